"""The pipeline without any web, as the ceiling: `python -m locustfiles.arms.bare IMAGE --seconds S --warm-up S`.

Reads one image again and again in one thread and prints, as JSON, its text and the start (seconds since the
epoch) and milliseconds of each reading.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from locustfiles.arms.readers import reader_for
from services.settings import from_environment


def main(arguments: Sequence[str] | None = None) -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.arms.bare")
    parser.add_argument("image", type=Path)
    parser.add_argument("--model", default="ocr")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm-up", type=float, default=1.0)
    options = parser.parse_args(arguments)
    image, reader = options.image.read_bytes(), reader_for(options.model, from_environment())
    measured = time.time() + options.warm_up
    rows: list[tuple[float, float]] = []
    text = ""
    while time.time() < measured + options.seconds:
        started = time.time(), time.perf_counter()
        text = reader.read(image).text
        if started[0] >= measured:
            rows.append((started[0], (time.perf_counter() - started[1]) * 1e3))
    json.dump({"text": text, "requests": rows}, sys.stdout)


if __name__ == "__main__":
    main()
