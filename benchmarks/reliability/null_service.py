"""A service that reads nothing, so that all its time is the web's.

python -m benchmarks.reliability.null_service fastapi|flask
"""

import importlib
import sys
from functools import partial

from ocr_core.types import PageResult, Progress, ReadOptions, Timings

DEFAULTS = ReadOptions()


class NullReader:
    """Returns an empty page at once."""

    name = "null-00000000"

    def read(
        self,
        data: bytes,
        options: ReadOptions = DEFAULTS,
        *,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> PageResult:
        """Return an empty page."""
        return PageResult((), 1, 1, self.name, Timings(0.0, 0.0, 0.0, 0.0))


def make(service: str, settings: object) -> object:
    """Return the app of `service` around a `NullReader`."""
    return importlib.import_module(f"services.{service}_app").create_app(settings, NullReader())


if __name__ == "__main__":
    importlib.import_module(f"services.{sys.argv[1]}_app.server").main(partial(make, sys.argv[1]))
