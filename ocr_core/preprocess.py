"""Third step, part two: line images -> lines of the recogniser's height. Pure functions; none keeps a state."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Color, Gray, Threshold

LINE_HEIGHT = 32
"""Pixels; the height at which our recogniser reads."""

MIN_LINE_WIDTH = 8
"""Pixels; two time steps, the least in which a character and a blank have room."""

WIDTH_BUCKETS: tuple[int, ...] = (
    *range(64, 640, 16),
    *range(640, 1280, 32),
    *range(1280, 2401, 160),
)
"""Pixels; a line is padded to the next of these widths, and a wider one is squeezed into the last.
A fixed set keeps the runtime's memory bounded, and a line's padding the same in any company."""

THRESHOLD_BLOCK = 11
"""Pixels; side of the neighbourhood whose Gaussian-weighted mean is the local threshold."""

THRESHOLD_C = 2
"""Grey levels below the local mean from which a pixel counts as ink; absorbs paper noise."""

UNEVEN_LIGHT = 0.3
"""`light_unevenness` from which `threshold=auto` applies the adaptive threshold."""

LIGHT_CELLS = 8
"""Cells along each side of the grid on which the light is judged."""

LIGHT_CELL_PIXELS = 32
"""Least side of such a cell in pixels: a smaller one may hold nothing but ink."""

MIN_LIGHT_CELLS = 3
"""Cells each way below which light cannot be told from print, as on the crop of a line."""

PAPER_PERCENTILE = 80
"""Percentile of a cell's grey levels that stands for its paper: print covers less than a fifth."""


def to_gray(image: Color) -> Gray:
    """Return the brightness of `image` as (H, W) uint8, 0 = black.

    Args:
        image: (H, W, 3) uint8, channels blue, green, red.
    """
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def adaptive_threshold(gray: Gray) -> Gray:
    """Return `gray` in pure black and white, (H, W) uint8 of 0 and 255, by the local brightness.

    Args:
        gray: (H, W) uint8, 0 = black.
    """
    binary = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, THRESHOLD_BLOCK, THRESHOLD_C
    )
    return np.asarray(binary, np.uint8)


def light_unevenness(gray: Gray) -> float:
    """Return how much of the full brightness the paper changes from side to side, 0-1.

    The image is cut into cells; the bright percentile of a cell is its paper. Light falls off smoothly,
    so a plane is fitted through the cells and its range is the measure: panels and pictures, which jump
    instead, leave a plane mostly flat. An image too small to judge, under 96 px a side, is 0.0.

    Args:
        gray: (H, W) uint8, 0 = black.
    """
    rows, columns = (min(LIGHT_CELLS, side // LIGHT_CELL_PIXELS) for side in gray.shape)
    if min(rows, columns) < MIN_LIGHT_CELLS:
        return 0.0
    cells = [
        (y / rows, x / columns, float(np.percentile(cell, PAPER_PERCENTILE)))
        for y, band in enumerate(np.array_split(gray, rows, axis=0))
        for x, cell in enumerate(np.array_split(band, columns, axis=1))
    ]
    y, x, paper = np.array(cells).T
    places = np.column_stack([y, x, np.ones_like(y)])
    plane = places @ np.linalg.lstsq(places, paper, rcond=None)[0]
    return float(min(1.0, np.ptp(plane) / 255))


def apply_threshold(gray: Gray, threshold: Threshold) -> Gray:
    """Return `gray`, (H, W) uint8, in black and white where the option asks for it."""
    wanted = threshold == "on" or (threshold == "auto" and light_unevenness(gray) >= UNEVEN_LIGHT)
    return adaptive_threshold(gray) if wanted else gray


def ink_of(line: Gray) -> NDArray[np.bool_]:
    """Return where `line`, (H, W) uint8, is of the rarer of its two tones, (H, W) bool: light print is ink, too."""
    smooth = cv2.GaussianBlur(line, (3, 3), 0)
    light = np.asarray(cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1] > 0)
    return ~light if light.mean() >= 0.5 else light


def fit_height(line: Gray, height: int = LINE_HEIGHT, max_width: int = WIDTH_BUCKETS[-1]) -> Gray:
    """Return `line` at `height` with its width in proportion, (height, W) uint8, 8 <= W <= `max_width`.

    Args:
        line: (H, W) uint8, 0 = black, H and W >= 1.
        height: pixels.
        max_width: pixels; a longer line is squeezed along its width only.
    """
    rows, columns = line.shape
    width = max(MIN_LINE_WIDTH, min(max_width, round(columns * height / rows)))
    # averaging keeps thin strokes when shrinking; when enlarging it would only repeat pixels
    method = cv2.INTER_AREA if rows > height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(line, (width, height), interpolation=method), np.uint8)


def bucket_width(width: int) -> int:
    """Return the smallest of `WIDTH_BUCKETS` that is at least `width`, or the last one."""
    for bucket in WIDTH_BUCKETS:
        if bucket >= width:
            return bucket
    return WIDTH_BUCKETS[-1]


def pad_width(line: Gray, width: int) -> Gray:
    """Return `line` filled up on the right to `width` pixels, (H, width) uint8.

    The filling is the median of the last two columns, so that the paper goes on without an edge.

    Args:
        line: (H, W) uint8, 0 = black, W <= width.
        width: pixels.
    """
    missing = width - line.shape[1]
    if missing == 0:
        return line
    edge = np.sort(line[:, -2:], axis=None)
    padded = np.empty((line.shape[0], width), np.uint8)
    padded[:, :-missing] = line
    # of an even number of pixels the lower one of the middle two's mean
    padded[:, -missing:] = (int(edge[(len(edge) - 1) // 2]) + int(edge[len(edge) // 2])) // 2
    return padded


def normalize(line: Gray, mean: float = 127.5, scale: float = 127.5) -> NDArray[np.float32]:
    """Return (`line` - `mean`) / `scale` as (H, W) float32; -1 = black and 1 = white by default.

    Args:
        line: (H, W) uint8, 0 = black.
        mean: grey level that becomes 0.
        scale: grey levels that become 1.
    """
    return (line.astype(np.float32) - np.float32(mean)) / np.float32(scale)
