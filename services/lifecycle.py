"""From the start of a process to its end: loading, ready, draining.

    loading --canary read--> ready --SIGTERM--> draining --all answered, or the grace period is over--> end

A second SIGTERM ends a draining process at once.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from ocr_core.errors import OcrError
from ocr_core.types import PageReader
from services.contract import NotReady

log = logging.getLogger("services")

FAILED_TO_START = 3
"""Exit status by which the supervisors of uvicorn and gunicorn know that a new worker would fail as well."""

SAME_SIGNAL_S = 1.0
"""Seconds within which a second signal is taken for the first: a terminal sends it to the supervisor and to
the workers, and the supervisor passes it on."""

STOPPED_HARD = 1
"""Exit status of a process that ended with work left."""


class Lifecycle:
    """Holds the reader of this process and tells whether it takes work. Safe to use from many threads."""

    def __init__(self, grace_s: float) -> None:
        """Take the seconds from the request to stop until the process ends in any case."""
        self._grace_s = grace_s
        self._lock = threading.Lock()
        self._reader: PageReader | None = None
        self._drained_at: float | None = None
        self._when_ready: list[Callable[[], None]] = []

    def start(self, load: Callable[[], PageReader]) -> None:
        """Load the reader in a thread of its own. If it fails, the process ends with a sentence.

        Args:
            load: returns the reader after its canary reading.
        """
        threading.Thread(target=self._load, args=(load,), name="loading", daemon=True).start()

    @property
    def draining(self) -> bool:
        """Whether the process was asked to stop."""
        return self._drained_at is not None

    @property
    def ready(self) -> bool:
        """Whether new requests should be sent here."""
        return self.loaded and not self.draining

    @property
    def loaded(self) -> bool:
        """Whether the reader has made its canary reading and was not given up yet."""
        return self._reader is not None

    @property
    def reader(self) -> PageReader:
        """The reader. A draining process still has it, for the requests that reached it.

        Raises `NotReady` until it is loaded and has made its canary reading.
        """
        if self._reader is None:
            raise NotReady("The model is not loaded yet; try again in a moment.")
        return self._reader

    def when_ready(self, announce: Callable[[], None]) -> None:
        """Call `announce` once the reader is ready, or now if it is."""
        with self._lock:
            if self._reader is None:
                self._when_ready.append(announce)
                return
        announce()

    def drain(self) -> None:
        """Be ready no more, and end the process when the grace period is over. The second call ends it now."""
        now = time.monotonic()
        if self._drained_at is not None:
            if now - self._drained_at > SAME_SIGNAL_S:
                end_process("Stopped at once: a second signal came.", STOPPED_HARD)
            return
        self._drained_at = now
        timer = threading.Timer(self._grace_s, end_process, ("Stopped with work left.", STOPPED_HARD))
        timer.daemon = True
        timer.start()

    def stop(self) -> None:
        """Take no more work: what comes now is refused."""
        self._reader = None

    def _load(self, load: Callable[[], PageReader]) -> None:
        try:
            reader = load()
        except Exception as error:
            if not isinstance(error, OcrError):
                log.critical("The reader could not be loaded", exc_info=error)
            end_process(str(error) or repr(error), FAILED_TO_START)
        with self._lock:
            self._reader = reader
        for announce in self._when_ready:
            announce()


def end_process(sentence: str, status: int) -> NoReturn:
    """End this process from any of its threads, running readings included; nothing is on disk to be saved."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(status)
