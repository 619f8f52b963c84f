"""A `PageReader` whose answer depends on the bytes alone, and a way to serve it with a production server."""

import importlib
import os
import re
import sys
import time
from functools import partial

from ocr_core.errors import ImageTooLarge, ModelFileError, NotAnImage, UnreadableImage
from ocr_core.note import Note
from ocr_core.types import Box, LineResult, PageResult, Progress, Reading, ReadOptions, Span, Timings
from services.settings import Settings

ERRORS = {
    b"text": NotAnImage("This is not an image."),
    b"damaged": UnreadableImage("The PNG is damaged."),
    b"huge": ImageTooLarge("The image has 100 megapixels; the limit is 40."),
    b"model": ModelFileError("/secret/path is missing."),
    b"bug": RuntimeError("/secret/path line 7"),
}
HOLD = os.environ.get("FAKE_HOLD", "")
"""A file: b'held' is read for as long as it exists."""

HOLD_S = 300.0
"""Seconds after which it is given up: the test has forgotten it."""

CANARY_IS_HELD = os.environ.get("FAKE_CANARY") == "held"
"""Whether the canary reading ends no sooner than that of b'held'."""

CANARY_S = float(os.environ.get("FAKE_CANARY_S", "0"))
"""Seconds that each canary reading takes at least."""

TALK = int(os.environ.get("FAKE_TALK", "0"))
"""Characters that are added to each text."""

MAX_BYTES = 100_000
"""Upload limit of the servers that the tests start."""

DEFAULTS = ReadOptions()

WARNING = Note("Only frame 1 of 3.", "first_frame", "3")

for bound in os.environ.get("FAKE_BOUNDS", "").split():
    # of services, such as shares.PATIENCE_S=60; here, because workers that are spawned import this
    module, name, seconds = re.fullmatch(r"(.+)\.(.+)=([\d.]+)", bound).groups()
    setattr(
        importlib.import_module(f"services.{module}"), name, int(seconds) if seconds.isdigit() else float(seconds)
    )


class FakeReader:
    """Reads b'held' until it is let go, raises what `ERRORS` says, and returns a Chinese line for anything else."""

    name = "fake-00000000"

    def read(
        self, data: bytes, options: ReadOptions = DEFAULTS, *, deadline=None, progress: Progress | None = None
    ) -> PageResult:
        if data in ERRORS:
            raise ERRORS[data]
        is_canary = data.startswith(b"\x89PNG")
        if data == b"held" or (is_canary and CANARY_IS_HELD):
            self.wait_to_be_let_go()
        if is_canary:
            time.sleep(CANARY_S)
        text = f"总计 12.50 {options.threshold} {options.mode} {len(data)}" + "x" * TALK
        place = ((10, 20), (110, 20), (110, 44), (10, 44)), Box(10, 20, 110, 44)
        spans = () if options.granularity == "line" else (Span("总", 0, 0.5, *place),)
        line = LineResult(Reading(text, 0.98765), *place, spans, spans)
        if progress:
            progress.found(320, 64, 1)
            progress.line(line)
        if data == b"endless":
            self.endless(line, progress)
        return PageResult((line,), 320, 64, self.name, Timings(1.234, 2.0, 3.0, 6.234), (WARNING,))

    def wait_to_be_let_go(self) -> None:
        """Return once the test wants the reading to end."""
        end = time.monotonic() + HOLD_S
        while os.path.exists(HOLD):
            if time.monotonic() > end:
                raise TimeoutError(f"Nobody let go of {HOLD}.")
            time.sleep(0.005)

    def endless(self, line: LineResult, progress: Progress) -> None:
        """Tell of one line after the other, until `progress` puts an end to it."""
        while True:
            time.sleep(0.05)
            progress.line(line)


def app_with_fake(service: str, settings: Settings | None = None):
    """Return the app of `service` ("flask" or "fastapi") around a `FakeReader`."""
    return importlib.import_module(f"services.{service}_app").create_app(settings, FakeReader())


if __name__ == "__main__":
    service, _, server = sys.argv[1].partition("-")
    main = importlib.import_module(f"services.{service}_app.{server or 'server'}").main
    main(partial(app_with_fake, service))  # not a lambda: workers that are spawned import it
