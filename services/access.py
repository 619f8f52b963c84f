"""Who may ask for a reading, how often, and from which web pages: keys, rates and CORS. All are off by default."""

import hashlib
import hmac
import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.call import Header
from services.contract import Answer, TooManyRequests, Unauthorized
from services.settings import Settings

ALLOWED_HEADERS = "Authorization, Cache-Control, Content-Type, X-API-Key, X-Deadline-Ms, X-Request-ID"
EXPOSED_HEADERS = "Retry-After, Server-Timing, X-Cache, X-Request-ID, X-Unread-Pages"


class Access:
    """Checks requests against the settings. Safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._digests = [_digest(key.encode("utf-8", "surrogateescape")) for key in settings.api_keys]
        self._rate = parse(settings.rate_limit) if settings.rate_limit else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._origins = (*settings.cors_origins, *((settings.peer_url,) if settings.peer_url else ()))

    def check(self, header: Header, address: str) -> None:
        """Let a request for a reading pass, and count it.

        Args:
            header: the request's headers.
            address: where it comes from; counts as its sender where there are no keys.

        Raises:
            Unauthorized: keys are asked for, and the request has none of them.
            TooManyRequests: its sender has used up its share.
        """
        sender = self._known_key(header) if self._digests else address
        if self._rate is None or self._limiter.hit(self._rate, sender):
            return
        reset = self._limiter.get_window_stats(self._rate, sender).reset_time
        raise TooManyRequests(retry_after=max(1, math.ceil(reset - time.time())))

    def cors_headers(self, header: Header) -> dict[str, str]:
        """Return the headers with which a browser lets a page of another origin see an answer."""
        origin = header("Origin")
        if not self._origins or origin is None:
            return {}
        if origin not in self._origins and "*" not in self._origins:
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED_HEADERS,
            "Vary": "Origin",
        }

    def preflight(self, method: str, header: Header, allowed: str) -> Answer | None:
        """Return the answer to a browser that asks before it sends the real request; None for any other request.

        Args:
            method: of the request.
            header: its headers.
            allowed: the methods of the address.
        """
        allowing = self.cors_headers(header) if method == "OPTIONS" else {}
        if "Access-Control-Allow-Origin" not in allowing or header("Access-Control-Request-Method") is None:
            return None
        # the headers of `cors_headers` are added to every answer, to this one too
        return Answer(
            204,
            b"",
            {
                "Access-Control-Allow-Methods": allowed,
                "Access-Control-Allow-Headers": ALLOWED_HEADERS,
                "Access-Control-Max-Age": "600",
            },
        )

    def _known_key(self, header: Header) -> str:
        """Return a name for the key of a request, from which the key cannot be told."""
        kind, _, token = (header("Authorization") or "").partition(" ")
        key = token.strip(" \t") if kind.lower() == "bearer" else header("X-API-Key") or ""
        given = _digest(_sent(key))
        # every key is compared, each in constant time, so that the time of a refusal tells nothing about any
        if not any([hmac.compare_digest(given, known) for known in self._digests]):
            raise Unauthorized("This service needs a key: send it as `Authorization: Bearer KEY`.")
        return given.hex()


def _sent(value: str) -> bytes:
    """Return the bytes of a header: WSGI (PEP 3333) and ASGI servers give them as Latin-1, whatever they mean."""
    return value.encode("latin-1", "backslashreplace")


def _digest(key: bytes) -> bytes:
    """Return bytes of one length for keys of any length."""
    return hashlib.sha256(key).digest()
