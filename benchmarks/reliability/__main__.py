"""Measures what the services promise: `python -m benchmarks.reliability [--short] [--service NAME] [--only NAME]`.

Ends with status 1 if a promise was broken. The short form takes about two minutes a service.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from benchmarks.reliability import endurance, interruption, overhead, overload, slow_clients
from benchmarks.reliability.bars import Bar, table
from benchmarks.reliability.service import SERVICES
from ocr_core.sizing import find_cpus

Measurement = Callable[[str], list[Bar]]


def measurements(short: bool) -> dict[str, Measurement]:
    """Return the measurements by name; each takes a service."""
    return {
        "start": lambda name: overhead.start(name, 1 if short else 5),
        "web": overhead.web_layer,
        "saturation": lambda name: overhead.saturation(name, 2 if short else 5, 3.0 if short else 6.0),
        "overload": lambda name: overload.overload(name, 10.0 if short else 60.0),
        "correct": lambda name: endurance.correct_under_load(name, 200 if short else 1000),
        "sigterm": lambda name: interruption.sigterm(name, 2 if short else 20),
        "sigkill": interruption.sigkill,
        "slow": lambda name: slow_clients.slow_clients(name, 2 if short else 8, 3.0 if short else 5.0),
        "soak": lambda name: endurance.soak(name, 400 if short else 10_000),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and end with the verdict."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability")
    parser.add_argument("--short", action="store_true", help="a smaller number of everything")
    parser.add_argument("--service", choices=SERVICES, action="append", help="both by default")
    parser.add_argument("--only", choices=list(measurements(True)), action="append", help="all by default")
    options = parser.parse_args(arguments)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, CPUs: {find_cpus()}")
    rows = [(name, _measure(name, options.only, options.short)) for name in options.service or SERVICES]
    print(table(rows))
    if not all(bar.kept for _, bars in rows for bar in bars):
        sys.exit(1)


def _measure(service: str, only: list[str] | None, short: bool) -> list[Bar]:
    bars = []
    for name, measure in measurements(short).items():
        if only is None or name in only:
            found = measure(service)
            print(*(f"{service} {bar}" for bar in found), sep="\n", flush=True)
            bars += found
    return bars


if __name__ == "__main__":
    main()
