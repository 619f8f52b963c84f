"""Models whose time is known beforehand, so that what remains is the web's."""

import hashlib
import time

from ocr_core.types import Box, LineResult, PageReader, PageResult, Progress, Reading, ReadOptions, Timings
from services import endpoint
from services.settings import Settings

DEFAULTS = ReadOptions()
TEXT = "nothing was read"
"""What every null model answers; the load generator expects it."""

CANARY_BYTES = 1000
"""Smaller images are the canary readings of a service that starts, which take no time here."""

BLOCK = bytes(64 * 1024)
"""Hashed again and again to burn time: like a real model, hashlib lets other threads run meanwhile."""


class NullReader:
    """Answers the same line for every image, after a wait or after work."""

    name = "null-00000000"

    def __init__(self, waits: float = 0.0, burns: float = 0.0) -> None:
        """Take seconds of waiting, as for a model on another machine, and seconds of processor time."""
        self.waits, self.burns = waits, burns

    def read(
        self,
        data: bytes,
        options: ReadOptions = DEFAULTS,
        *,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> PageResult:
        """Return the line."""
        if len(data) > CANARY_BYTES:
            time.sleep(self.waits)
            end = time.thread_time() + self.burns
            while time.thread_time() < end:
                hashlib.sha256(BLOCK)
        return null_page(self.name)


def null_page(name: str) -> PageResult:
    """Return a page with one line."""
    place = ((0, 0), (10, 0), (10, 10), (0, 10)), Box(0, 0, 10, 10)
    return PageResult((LineResult(Reading(TEXT, 1.0), *place),), 10, 10, name, Timings(0.0, 0.0, 0.0, 0.0))


def reader_for(model: str, settings: Settings) -> PageReader:
    """Return the loaded and warm reader of `ocr`, `nothing`, `sleep:SECONDS` or `burn:SECONDS`."""
    kind, _, seconds = model.partition(":")
    if kind == "ocr":
        return endpoint.warm_up(endpoint.load_reader(settings))
    if kind == "sleep":
        return NullReader(waits=float(seconds))
    return NullReader(burns=float(seconds or 0))
