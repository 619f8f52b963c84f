"""Line finder, part five: print that runs up or down an upright page, as labels of axes and numbers in margins do.

What no level line holds is linked once more, as it lies after a quarter turn. A row of letters that stand one above
the other is found too, upright ones among them: their readings tell (`rivals`).
"""

import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_components import Components
from ocr_core.detect_lines import find_lines
from ocr_core.detect_marks import Boxes

WORD = 2.5
"""Width over height from which a level line is more than a letter that lies on its side."""

SHORTEST = 2.0
"""Length over thickness of a line that runs sideways: three letters."""

LETTER = 0.5
"""Thickness of a line that a letter takes at least: that of an o beside an ascender."""

FEWEST = 3
"""Letters of a line that runs sideways."""

LEAST_THICKNESS = 8.0
"""Pixels of the working image; lower print on its side is hardly told from dots and rules."""

CROSSED = 0.3
"""Share of a line that level words cover, from which it is none: it runs across a paragraph."""

LOOKED_INTO = 256
"""Lines whose letters are counted, the longest ones; bounds the time on noise."""

MOST = 64
"""Lines, the longest ones: each is read twice. A page of vertical Chinese has fewer columns."""


def find_sideways(parts: Components, level: Boxes, width: int, height: int) -> Boxes:
    """Return upright rectangles around what may be lines that run up or down, in pixels of the working image.

    Args:
        parts: all pieces of print.
        level: (B, 4) x0, y0, x1, y1 of the level lines.
        width: of the working image, pixels.
        height: of the same.
    """
    words = level[level[:, 2] - level[:, 0] > WORD * (level[:, 3] - level[:, 1])]
    x, y = parts.x + parts.w / 2, parts.y + parts.h / 2
    rest = parts.where(~_inside(x, y, words))
    if not len(rest):
        return np.zeros((0, 4))
    # a quarter turn to the left: x runs down the page, y from its right to its left
    turned = find_lines(Components(rest.y, width - rest.x - rest.w, rest.h, rest.w), height, width)
    length, thickness = turned[:, 2] - turned[:, 0], turned[:, 3] - turned[:, 1]
    long = turned[(length >= SHORTEST * thickness) & (thickness >= LEAST_THICKNESS)]
    found = np.stack([width - long[:, 3], long[:, 0], width - long[:, 1], long[:, 2]], axis=1)
    free = found[_covered(found, words) < CROSSED]
    longest = free[np.argsort(free[:, 1] - free[:, 3], kind="stable")[:LOOKED_INTO]]
    return longest[[_letters(line, rest) >= FEWEST for line in longest]][:MOST]


def _letters(line: NDArray[np.float64], parts: Components) -> int:
    """Return how many of `parts` are letters that lie on their side in `line`, (4,)."""
    inside = _inside(parts.x + parts.w / 2, parts.y + parts.h / 2, line[None])
    return int((inside & (parts.w >= LETTER * (line[2] - line[0]))).sum())


def _inside(x: NDArray[np.float64], y: NDArray[np.float64], boxes: Boxes) -> NDArray[np.bool_]:
    """Return which of the points lie in one of `boxes`, (N,) bool."""
    inside = np.zeros(len(x), bool)
    for x0, y0, x1, y1 in boxes:
        inside |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return inside


def _covered(lines: Boxes, words: Boxes) -> NDArray[np.float64]:
    """Return the share of each of `lines` that `words`, of which none covers another, cover: (N,) float64."""
    shared = np.zeros(len(lines))
    for word in words:
        sides = np.minimum(lines[:, 2:], word[2:]) - np.maximum(lines[:, :2], word[:2])
        shared += sides.clip(0).prod(axis=1)
    return np.asarray(shared / (lines[:, 2:] - lines[:, :2]).prod(axis=1), np.float64)
