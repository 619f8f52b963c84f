"""Answers by what was asked: in the memory of a worker, and in a Redis that all of them share.

Both are off unless configured. A Redis that is slow or down costs misses and nothing else: it has
`TIMEOUT_S` for each step and `STEPS` times as long for all, and after a failure it is left alone for `PAUSE_S`.
"""

import dataclasses
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

from cachetools import LRUCache

from ocr_core.types import ReadOptions
from services.metrics import Metrics
from services.settings import Settings, SettingsError

log = logging.getLogger("services")

TIMEOUT_S = 0.05
"""Seconds that Redis has to take a connection, and for each piece of an answer. A reading takes about as long."""

STEPS = 4
"""Times `TIMEOUT_S` after which nobody waits any more: for an address to be found, or the last of many pieces."""

PAUSE_S = 5.0
"""Seconds for which Redis is not asked after a failure."""

PREPARERS = 2
"""Threads beside the readings that look into the cache."""

OVERHEAD = 300
"""Bytes that an entry takes beside its answer: key, links and object headers, rounded up."""

FORMAT = "ocr-pair:4"
"""Begin of all keys; the number changes with the form of the answers."""

UNUSABLE = "OCR_CACHE_URL cannot be used; write for example redis://:PASSWORD@127.0.0.1:6379/0, and / in it as %2F"
"""Does not show what is wrong: that may be a piece of the password."""

DIGEST_BYTES = 32
"""Of SHA-256, in front of each body in Redis: what is not an answer of ours, or half of one, is a miss."""


def digest_of(key: str, body: bytes) -> bytes:
    """Return what stands in front of `body` in Redis; the answer to another question has another."""
    return hashlib.sha256(key.encode() + body).digest()


def space_of(settings: Settings) -> str:
    """Return what stands in front of the keys in Redis: all but the question that decides an answer.

    Pages of PDFs that are too large are drawn with as many pixels as are taken, and a model's name does not tell
    which detectors find its lines.
    """
    return f"{_version()}:{settings.detector}:{settings.max_pixels}:"


def _version() -> str:
    try:
        return metadata.version("ocr-pair")
    except metadata.PackageNotFoundError:  # it runs from a folder
        return ""


def key_of(image: bytes, options: ReadOptions, model: str, form: str = "json") -> str:
    """Return the name of a reading: all that decides its answer, with SHA-256 for the bytes of the image."""
    settings = ":".join(str(value) for value in (*dataclasses.astuple(options), form))
    return f"{FORMAT}:{model}:{settings}:{hashlib.sha256(image).hexdigest()}"


class AnswerCache:
    """Keeps the bodies of answers. Safe to use from many threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._lock = threading.Lock()
        self._bodies: LRUCache[str, bytes] = LRUCache(
            settings.cache_bytes, getsizeof=lambda body: len(body) + OVERHEAD
        )
        self._redis = RedisCache(settings, metrics) if settings.cache_url else None
        self._metrics = metrics

    @property
    def may_block(self) -> bool:
        """Whether `get` may have to wait for another machine."""
        return self._redis is not None

    def get(self, key: str) -> bytes | None:
        """Return the body that was stored under `key`, if it is still known."""
        with self._lock:
            body = self._bodies.get(key)
        if body is None and self._redis and (body := self._redis.get(key)) is not None:
            self._remember(key, body)
        return body

    def put(self, key: str, body: bytes) -> None:
        """Store the body of an answer."""
        self._remember(key, body)
        if self._redis:
            self._redis.put(key, body)

    def _remember(self, key: str, body: bytes) -> None:
        if len(body) + OVERHEAD > self._bodies.maxsize:
            return
        with self._lock:
            self._bodies[key] = body
            self._metrics.cache_bytes.set(self._bodies.currsize)


class RedisCache:
    """A Redis that may fail at any time. Safe to use from many threads."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Take the server's address from the settings; it is not asked yet.

        Raises `SettingsError` if the package `redis` is missing or the address cannot be understood.
        """
        try:
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise SettingsError("OCR_CACHE_URL needs the package redis: pip install 'ocr-pair[redis]'") from None
        askers = settings.threads + PREPARERS
        try:
            self._client = Redis.from_url(
                settings.cache_url or "",
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                max_connections=askers,
                retry=Retry(NoBackoff(), 0),
                health_check_interval=0,
            )
        except ValueError:
            raise SettingsError(UNUSABLE) from None
        self._space, self._ttl_s = space_of(settings), settings.cache_ttl_s
        pool = ThreadPoolExecutor(askers, "redis")
        # one that is full still answers, and what has another type is mended by the next answer
        self._reading, self._writing = _Patience(pool, metrics), _Patience(pool, metrics)

    def get(self, key: str) -> bytes | None:
        """Return what is stored under `key`; None if nothing is, or if Redis does not say so in time."""
        key = self._space + key
        found = self._reading.ask(lambda: self._client.get(key))
        if not isinstance(found, bytes):
            return None
        digest, body = found[:DIGEST_BYTES], found[DIGEST_BYTES:]
        return body if digest == digest_of(key, body) else None

    def put(self, key: str, body: bytes) -> None:
        """Store `body`, if Redis takes it in time."""
        key = self._space + key
        self._writing.ask(lambda: self._client.set(key, digest_of(key, body) + body, ex=self._ttl_s))


class _Patience:
    """Asks, and leaves Redis alone for a while after a failure."""

    def __init__(self, pool: ThreadPoolExecutor, metrics: Metrics) -> None:
        """Take the threads that ask: the client sets no limit to the time of an answer as a whole."""
        self._pool, self._metrics = pool, metrics
        self._lock = threading.Lock()
        self.paused_until = 0.0

    def ask(self, question: Callable[[], object]) -> object:
        """Return what Redis says; None if it fails, says nothing in time or has failed within `PAUSE_S`."""
        if self._left_alone():
            return None
        try:
            answer = self._pool.submit(question).result(STEPS * TIMEOUT_S)
        except Exception as error:  # what is no Redis at all makes the client's parser raise what it likes
            self._metrics.redis_failures.inc()
            log.warning("Redis fails and is left alone for %g s: %s", PAUSE_S, type(error).__name__)
            self.paused_until = time.monotonic() + PAUSE_S
            return None
        self.paused_until = 0.0
        return answer

    def _left_alone(self) -> bool:
        """Return whether Redis is not to be asked. After a failure one caller tries, and the others wait for it."""
        with self._lock:
            now = time.monotonic()
            if self.paused_until > now:
                return True
            if self.paused_until:
                self.paused_until = now + PAUSE_S
            return False
