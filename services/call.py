"""One request on its way through the service: who asks, until when, and what became of it."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ocr_core.errors import BadOption

Header = Callable[[str], str | None]
"""Returns the value of a request header by its name in any case, or None."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Identifiers that are taken over from the caller. Anything else could forge lines of a log."""

FRESH = ("no-store", "no-cache")
"""Directives of Cache-Control (RFC 9111) with which a caller asks for a reading of its own."""

UNKNOWN = "other"
"""Route of a request for an address that does not exist."""

CALLER_GONE = 499
"""Status of a request whose caller hung up, in metrics and logs alone; nginx's number."""


@dataclass(slots=True, eq=False)
class Call:
    """What is known of one request; made when it arrives, completed while it is answered."""

    method: str
    """One of `METHODS`, or `other`."""

    route: str
    """The address, or `UNKNOWN`: callers cannot make up metrics."""

    request_id: str
    wanted_ms: str = ""
    """The header X-Deadline-Ms as it was sent."""

    fresh: bool = False
    """Whether the caller wants a reading of its own: neither from a cache nor shared with another caller."""

    accept: str = ""
    """The header Accept as it was sent."""

    started: float = field(default_factory=time.monotonic)
    """`time.monotonic()` seconds when the request arrived, as are all times here."""

    deadline: float = float("inf")
    """When the answer is of no use any more."""

    stages: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage, in the order in which they ran; sent as Server-Timing."""

    cache: str = ""
    """`hit`, `miss` or `coalesced`; empty where nothing was read."""

    code: str = ""
    """Identifier of the error that was answered; empty if there was none."""

    cors: dict[str, str] = field(default_factory=dict)
    """Headers with which a browser lets the page of another origin see the answer."""

    files: dict[str, int] = field(default_factory=dict)
    """How many files of a stream came to what: `done`, `caller_gone` or the identifier of an error."""

    left: bool = False
    """Set once nobody waits for the answer any more."""

    hung_up: Callable[[], bool] | None = None
    """Asks the server whether the caller has closed the connection; None where the server cannot tell."""

    @property
    def gone(self) -> bool:
        """Whether an answer would reach nobody."""
        return self.left or (self.hung_up is not None and self.hung_up())

    def remaining(self) -> float:
        """Return the seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    def set_deadline(self, cap_ms: int) -> None:
        """Set the deadline that the caller asked for, at most `cap_ms` from now.

        Called when the request has wholly arrived: how long that may take is bounded on its own.

        Raises `BadOption` if the header is not a whole number of at least 1.
        """
        wanted = cap_ms
        if self.wanted_ms:
            if not (self.wanted_ms.isascii() and self.wanted_ms.isdigit() and int(self.wanted_ms[:12])):
                raise BadOption("X-Deadline-Ms is not a whole number of milliseconds of at least 1.")
            wanted = min(cap_ms, int(self.wanted_ms[:12]))
        self.deadline = time.monotonic() + wanted / 1e3


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def new_call(method: str, route: str, header: Header) -> Call:
    """Return the call that a request with these headers begins."""
    given = header("X-Request-ID") or ""
    cache_control = (header("Cache-Control") or "").lower()
    return Call(
        method=method if method in METHODS else "other",
        route=route,
        request_id=given if REQUEST_ID.fullmatch(given) else f"{random.getrandbits(64):016x}",
        wanted_ms=(header("X-Deadline-Ms") or "").strip(),
        accept=header("Accept") or "",
        fresh=any(word in cache_control for word in FRESH),
    )
