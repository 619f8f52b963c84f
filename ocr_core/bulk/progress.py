"""How far a job is, on stderr: inputs, speed, time left, errors."""

import sys
import threading
from collections.abc import Callable

from tqdm import tqdm

LOG_S = 60.0
"""Seconds between the lines that a file of logs gets; a terminal is kept up to date."""


class Bar:
    """A bar of progress. Is a `Progress`; use it as a context."""

    def __init__(self, count: Callable[[], int | None]) -> None:
        """Show the bar; `count` tells in a thread of its own how many inputs there are, None if it cannot."""
        seconds = 0.5 if sys.stderr.isatty() else LOG_S
        self.read = self.failed = self.before = 0
        self._bar = tqdm(unit="input", unit_scale=True, file=sys.stderr, dynamic_ncols=True, mininterval=seconds)
        threading.Thread(target=self._learn, args=(count,), daemon=True).start()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def ended(self, failed: bool, before: bool) -> None:
        """Count an input that was read or `failed`, in an earlier run if `before`."""
        self.failed += failed
        self.before += before
        self.read += not failed
        if failed:
            self._bar.set_postfix(errors=self.failed, refresh=False)
        if before:  # neither speed nor time left are of these
            self._bar.initial += 1
            self._bar.last_print_n += 1
            self._bar.n += 1
        else:
            self._bar.update()

    def _learn(self, count: Callable[[], int | None]) -> None:
        try:
            self._bar.total = count()
        except Exception:  # the job meets the same, and says it
            return
