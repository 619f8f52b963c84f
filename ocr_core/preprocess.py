"""Third step: image and quads -> lines of the recogniser's height. Pure functions; none keeps a state.

Each transform that moves pixels has its inverse beside it, so that a place along a prepared line can be
told in pixels of the original image.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Color, Gray, Quad

LINE_HEIGHT = 32
"""Pixels; the height at which our recogniser reads."""

MIN_LINE_WIDTH = 8
"""Pixels; two time steps, the least in which a character and a blank have room."""

WIDTH_BUCKETS: tuple[int, ...] = (
    *range(64, 320, 32),
    *(320, 384, 448, 512, 608, 704, 800, 960, 1120, 1280, 1600, 2000, 2400),
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


@dataclass(frozen=True, slots=True)
class LineCrop:
    """A line cut from a page, and the way back."""

    pixels: Gray
    """(H, W) uint8, 0 = black; the text runs from left to right."""

    quad: Quad
    """The four corners on the page from which `pixels` were taken."""

    def to_page(self, position: float) -> tuple[float, float]:
        """Return the page point (x, y) in the middle of the line's height at `position`, 0-1 of its width."""
        top_left, top_right, bottom_right, bottom_left = self.quad
        left, right = (top_left + bottom_left) / 2, (top_right + bottom_right) / 2
        x, y = left + position * (right - left)
        return float(x), float(y)


def crop_line(gray: Gray, quad: Quad) -> LineCrop:
    """Return the upright line inside `quad`; a level rectangle is sliced, anything else is warped straight.

    Args:
        gray: (H, W) uint8, 0 = black, the page.
        quad: (4, 2) float32 corners x, y, clockwise from the text's own top left, in pixels of `gray`.
    """
    if _is_upright(quad):
        # slicing keeps every pixel as it is; resampling would blur small print once more
        return LineCrop(_slice(gray, quad), quad)
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    width, height = (max(1, round(float(max(pair)))) for pair in (sides[::2], sides[1::2]))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # OpenCV counts from the centres of pixels, which lie half a pixel inside their corners
    half = np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32) - half, target - half)
    pixels = cv2.warpPerspective(
        gray, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return LineCrop(np.asarray(pixels, np.uint8), quad)


def _is_upright(quad: Quad) -> bool:
    """Return whether `quad`, (4, 2) corners x, y, is a level rectangle whose text is not upside down."""
    (left, top), (right, bottom) = quad[0], quad[2]
    level = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], quad.dtype)
    return bool(np.array_equal(quad, level) and left <= right and top <= bottom)


def _slice(gray: Gray, quad: Quad) -> Gray:
    """Return the pixels of `gray`, (H, W), that an upright `quad` touches; at least one."""
    height, width = gray.shape
    x0, y0 = (min(max(0, int(low)), size - 1) for low, size in zip(quad[0], (width, height), strict=True))
    x1, y1 = (math.ceil(high) for high in quad[2])
    return gray[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


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
    return np.pad(line, ((0, 0), (0, missing)), constant_values=int(np.median(line[:, -2:])))


def normalize(line: Gray, mean: float = 127.5, scale: float = 127.5) -> NDArray[np.float32]:
    """Return (`line` - `mean`) / `scale` as (H, W) float32; -1 = black and 1 = white by default.

    Args:
        line: (H, W) uint8, 0 = black.
        mean: grey level that becomes 0.
        scale: grey levels that become 1.
    """
    return (line.astype(np.float32) - np.float32(mean)) / np.float32(scale)
