"""Bounds what a process holds: requests being read and requests waiting. More are refused at once, with a time."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from services.contract import Overloaded

Result = TypeVar("Result")

SMOOTHING = 0.2
"""Weight of the newest reading in the mean seconds of a reading."""


class Gate:
    """Lets in as many requests as may run and wait. Safe to use from many threads."""

    def __init__(self, running: int, waiting: int) -> None:
        """Take the readings that run at once and the requests that may wait for them."""
        self._running, self._limit = running, running + waiting
        self._lock = threading.Lock()
        self._held = 0
        self._seconds = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from entry to exit; raise `Overloaded` at once if all are taken."""
        with self._lock:
            if self._held >= self._limit:
                raise Overloaded(retry_after=self._seconds_to_drain())
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1

    def timed(self, job: Callable[[], Result]) -> Result:
        """Return the result of `job`, and remember how long it ran."""
        started = time.monotonic()
        try:
            return job()
        finally:
            seconds = time.monotonic() - started
            with self._lock:
                self._seconds += (seconds - self._seconds) * (SMOOTHING if self._seconds else 1.0)

    def _seconds_to_drain(self) -> int:
        """Return the whole seconds until all that is held will have been read, at least 1."""
        return max(1, math.ceil(self._held * self._seconds / self._running))
