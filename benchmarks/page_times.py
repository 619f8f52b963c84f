"""Time of a page against its size and its lines, as a plot.

    python -m benchmarks.page_times docs/images/page-times.svg

One thread; time of the processor, the least of several readings, which other work disturbs least. Needs
matplotlib (extra `training`).
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from ocr_core.detect import LineFinder
from ocr_core.image_io import decode_image
from ocr_core.pipeline import OcrPipeline, load_pipeline
from ocr_core.types import Color, ReadOptions

matplotlib.use("Agg")
from matplotlib import pyplot

MEGAPIXELS = (1, 2, 4, 8, 16)
LINES = (5, 50, 500)
LINES_OF_SIZES = 50
MEGAPIXELS_OF_LINES = 8
REPEATS = 2
STAGES = ("decode", "detect", "recognize")
PAGE = ReadOptions(mode="page")
TEXT = "Item 4711 costs 12.50 in all"


def draw(megapixels: float, lines: int) -> Color:
    """Return a page of A4's shape with `lines` lines in as many columns as they need, (H, W, 3) uint8."""
    width = round((megapixels * 1e6 / 2**0.5) ** 0.5)
    page = np.full((round(width * 2**0.5), width, 3), 255, np.uint8)
    columns = max(1, round((lines / 20) ** 0.5))
    pitch = min(page.shape[0] // -(-lines // columns), 90)
    room = width // columns
    (natural, _), _ = cv2.getTextSize(TEXT, cv2.FONT_HERSHEY_SIMPLEX, 1, 2)
    scale = min(0.75 * room / natural, pitch / 45)
    for index in range(lines):
        row, column = divmod(index, columns)
        place = (column * room + room // 20, row * pitch + round(0.8 * pitch))
        cv2.putText(page, TEXT, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 2, cv2.LINE_AA)
    return page


def fastest(pipeline: OcrPipeline, page: Color) -> tuple[tuple[float, ...], int]:
    """Return milliseconds of each of `STAGES` for `page` as a PNG, and the lines found."""
    data = cv2.imencode(".png", page)[1].tobytes()
    finder = LineFinder()
    decode = min(_milliseconds(lambda: decode_image(data)) for _ in range(REPEATS))
    detect = min(_milliseconds(lambda: finder.find(page)) for _ in range(REPEATS))
    whole = min(_milliseconds(lambda: pipeline.read(data, PAGE)) for _ in range(REPEATS))
    return (decode, detect, whole - decode - detect), len(pipeline.read(data, PAGE).lines)


def _milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time that `work` takes."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1e3


def main(arguments: Sequence[str]) -> None:
    """Print the times and draw them into the file that is named."""
    cv2.setNumThreads(1)
    pipeline = load_pipeline()
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    sizes = [(m, LINES_OF_SIZES) for m in MEGAPIXELS]
    counts = [(MEGAPIXELS_OF_LINES, lines) for lines in LINES]
    for axis, cases, label in (
        (axes[0], sizes, f"megapixels ({LINES_OF_SIZES} lines)"),
        (axes[1], counts, f"lines ({MEGAPIXELS_OF_LINES} megapixels)"),
    ):
        shown = list(MEGAPIXELS) if cases is sizes else list(LINES)
        timings = []
        for megapixels, lines in cases:
            timing, found = fastest(pipeline, draw(megapixels, lines))
            timings.append(timing)
            stages = "  ".join(f"{stage} {value:7.1f}" for stage, value in zip(STAGES, timing, strict=True))
            print(f"{megapixels:3d} MP {lines:4d} lines ({found} found)  {stages}  total {sum(timing):7.1f} ms")
        for stage, values in zip(STAGES, zip(*timings, strict=True), strict=True):
            axis.plot(shown, values, marker="o", label=stage)
        axis.set(xscale="log", yscale="log", xlabel=label, ylabel="ms of processor time", xticks=shown)
        axis.set_xticklabels(map(str, shown))
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(Path(arguments[0]), metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1:])
