"""Bounds what a process holds: requests being read and requests waiting. More are refused at once, with a time."""

import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from services.contract import Overloaded

Result = TypeVar("Result")

SMOOTHING = 0.2
"""Weight of the newest reading in the mean seconds of a reading."""

SAFETY = 2.0
"""How many times the expected wait a request must have time for: pages take longer than the mean reading."""


class Gate:
    """Lets in as many requests as may run and wait. Safe to use from many threads."""

    def __init__(self, running: int, waiting: int) -> None:
        """Take the readings that run at once and the requests that may wait for them."""
        self._running, self._limit = running, running + waiting
        self._lock = threading.Lock()
        self._held = 0
        self._seconds = 0.0

    @property
    def held(self) -> int:
        """Requests inside: those that run and those that wait."""
        return self._held

    def enter(self, patience: float = math.inf) -> None:
        """Take a place; raise `Overloaded` at once if there is none, or if its turn would come too late.

        Args:
            patience: seconds until the request is of no use any more.
        """
        with self._lock:
            if self._held >= self._limit or SAFETY * self._seconds_to_drain() > patience:
                raise Overloaded(retry_after=max(1, math.ceil(self._seconds_to_drain())))
            self._held += 1

    def leave(self) -> None:
        """Give the place back."""
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

    def _seconds_to_drain(self) -> float:
        """Return the seconds until all that is held will have been read at the measured rate."""
        return self._held * self._seconds / self._running
