"""Line finder, part two: ink -> components, without rules, frames, bars and pictures; and the skew."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Gray

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]

MAX_COMPONENTS = 80_000  # a dense page has 10,000, a sheet of 3,000 lines 60,000; bounds the time on noise
MIN_AREA = 3  # px; smaller specks are noise even in the smallest legible print
LETTER_HEIGHTS = (5, 160)  # px of the working image between which a component may tell the letter height
DEFAULT_HEIGHT = 20.0  # px, where nothing tells the letter height
RULE_ASPECT = 12.0  # a dash is up to 8 times as long as thick
RULE_LENGTH = 2.5  # letter heights; shorter strokes may be a dash or a letter
LARGE_HEIGHT = 5.0  # letter heights; what is higher, and wide too, is a frame, a bar or a picture
LARGE_WIDTH = 8.0  # letter heights; letters that touch rarely run longer
EDGE_HEIGHT = 1.5  # letter heights, and own widths; what touches the edge and is higher is the paper's edge
EDGE_WIDTH = 0.25  # letter heights; what touches the edge and is narrower is at most a cut letter
BAR_FILL = 0.6  # share of its own rectangle that an inverse bar covers at least; print covers less
MAX_LARGE = 200  # large components looked into; bounds the time

SKEW_LIMIT = 18.0  # degrees; a sheet laid on a scanner or held before a phone by hand lies straighter
SKEW_STEPS = (0.5, 0.1)  # degrees, coarse then fine
SKEW_GAIN = 1.15  # a turn must sharpen the rows by this factor, or the page is taken as straight
SKEW_MIN_LETTERS = 30  # fewer do not form rows that could be told from chance


@dataclass(frozen=True, slots=True)
class Components:
    """Connected pieces of ink: N rectangles in pixels of the working image."""

    x: Ints
    """(N,) left edges."""
    y: Ints
    """(N,) top edges."""
    w: Ints
    """(N,) widths, >= 1."""
    h: Ints
    """(N,) heights, >= 1."""

    def __len__(self) -> int:
        return len(self.x)

    def where(self, keep: NDArray[np.bool_] | Ints) -> "Components":
        """Return the components that `keep` picks: (N,) bool, or (M,) int64 places of M of them."""
        return Components(self.x[keep], self.y[keep], self.w[keep], self.h[keep])


def letter_height(parts: Components) -> float:
    """Return the typical height of a letter in pixels, > 0.

    The median over letter-like components, weighted by height: the dots of a printer are many but small.
    """
    low, high = LETTER_HEIGHTS
    letters = (parts.h >= low) & (parts.h <= high) & (parts.w < 4 * parts.h) & (parts.h < 8 * parts.w)
    if not letters.any():
        return DEFAULT_HEIGHT
    heights = np.sort(parts.h[letters])
    weights = np.cumsum(heights)
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def find_components(mask: Gray) -> Components:
    """Return the components of `mask` ((H, W) uint8, 255 = ink) that may be print.

    Large components are looked into once: an inverse bar gives way to the letters cut out of it, and a
    table frame loses its rules, so that letters which touch them come free.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    parts = _from_stats(stats)
    height = letter_height(parts)
    large = _is_large(parts, height)
    if large.any():
        cleaned = mask.copy()
        _open_large(cleaned, labels, stats, height)
        del labels  # as large as the page; the next ones take its place
        _, _, stats, _ = cv2.connectedComponentsWithStats(cleaned, connectivity=8, ltype=cv2.CV_32S)
        parts = _from_stats(stats)
    unwanted = _is_large(parts, height) | _is_rule(parts, height) | _is_edge(parts, height, mask.shape[1])
    parts = parts.where(~unwanted)
    if len(parts) > MAX_COMPONENTS:
        parts = parts.where(np.argsort(-(parts.w * parts.h), kind="stable")[:MAX_COMPONENTS])
    return parts


def _from_stats(stats: NDArray[np.generic]) -> Components:
    """Return the components of OpenCV's table (N + 1, 5), without the background and the specks."""
    table = stats[1:].astype(np.intp)
    table = table[table[:, cv2.CC_STAT_AREA] >= MIN_AREA]
    return Components(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def _is_large(parts: Components, height: float) -> NDArray[np.bool_]:
    """Return which components are too large to be print: (N,) bool."""
    return (parts.w > LARGE_WIDTH * height) & (parts.h > 1.2 * height) | (
        (parts.h > LARGE_HEIGHT * height) & ((parts.w > LARGE_HEIGHT * height) | (parts.w < height))
    )


def _is_rule(parts: Components, height: float) -> NDArray[np.bool_]:
    """Return which components are rules: (N,) bool."""
    long, thin = np.maximum(parts.w, parts.h), np.minimum(parts.w, parts.h)
    return (long > RULE_LENGTH * height) & (long > RULE_ASPECT * thin)


def _is_edge(parts: Components, height: float, width: int) -> NDArray[np.bool_]:
    """Return which components are the shadow at the left or right edge of a scan: (N,) bool."""
    touches = (parts.x == 0) | (parts.x + parts.w == width)
    edge: NDArray[np.bool_] = touches & (
        (parts.h > EDGE_HEIGHT * np.maximum(height, parts.w)) | (parts.w < EDGE_WIDTH * height)
    )
    return edge


def _open_large(mask: Gray, labels: NDArray[np.generic], stats: NDArray[np.generic], height: float) -> None:
    """Replace each large component of `mask`, in place, by the print that it holds."""
    table = stats.astype(np.intp)
    everything = Components(table[:, 0], table[:, 1], table[:, 2], table[:, 3])
    ids = np.flatnonzero(_is_large(everything, height))
    ids = ids[ids > 0]
    for index in ids[np.argsort(-table[ids, cv2.CC_STAT_AREA])][:MAX_LARGE]:
        x, y, w, h, area = table[index]
        window = mask[y : y + h, x : x + w]
        own = labels[y : y + h, x : x + w] == index
        if area > BAR_FILL * w * h:
            inside = np.maximum.accumulate(own, axis=1) & np.maximum.accumulate(own[:, ::-1], axis=1)[:, ::-1]
            window[own] = 0
            window[inside & ~own] = 255
        else:
            piece = own.astype(np.uint8) * 255
            length = max(3, round(RULE_LENGTH * height))
            for size in ((length, 1), (1, length)):
                rules = cv2.morphologyEx(piece, cv2.MORPH_OPEN, np.ones(size[::-1], np.uint8))
                window[rules > 0] = 0


def skew_degrees(parts: Components) -> float:
    """Return the angle, -18 to 18 degrees, by which lines run down to the right; 0.0 if not clear.

    The bottoms of letters, projected along the right angle, pile up in few rows.
    """
    height = letter_height(parts)
    letters = parts.where((parts.h > height / 2) & (parts.h < 2 * height) & (parts.w < 3 * height))
    if len(letters) < SKEW_MIN_LETTERS:
        return 0.0
    x = letters.x + letters.w / 2
    y = (letters.y + letters.h).astype(np.float64)
    row = max(1.0, height / 4)
    best = 0.0
    reach = SKEW_LIMIT
    for step in SKEW_STEPS:
        angles = best + np.arange(-reach, reach + step / 2, step)
        best = float(angles[np.argmax([_row_sharpness(x, y, angle, row) for angle in angles])])
        reach = step
    if _row_sharpness(x, y, best, row) < SKEW_GAIN * _row_sharpness(x, y, 0.0, row):
        return 0.0
    return best


def _row_sharpness(x: Floats, y: Floats, degrees: float, row: float) -> float:
    """Return how much the points pile up in rows of `row` pixels when turned back by `degrees`."""
    turned = (y - x * np.tan(np.radians(degrees))) / row
    counts = np.bincount((turned - turned.min()).astype(np.intp))
    return float(np.square(counts).sum())
