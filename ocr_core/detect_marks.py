"""Line finder, part four: dots, accents, commas and colons -> the lines that they stand next to."""

import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_components import Components

Boxes = NDArray[np.float64]
"""(B, 4) float64 rows of x0, y0, x1, y1 in pixels of the working image."""

REACH = (0.6, 0.35)  # line heights beside and above a line within which a small mark belongs to it
END_REACH = (0.5, 0.1)  # the same for a mark at the end of a line, which stands within its height
COLON_REACH = (1.3, 0.1)  # the same for a colon: as far off as a word, `Total  : 5.00`
DOTS_ALIKE = 2.0  # how many times as large as the other a dot of a colon is at most; the comma of a semicolon is
DOTS_APART = (1.5, 5.0)  # distance of its dots, in dots: bold faces have 2, thin ones 4
MAX_SPECKS = 1000  # among which colons are looked for; more are noise, and bounds the time


def take_marks(boxes: Boxes, marks: Components, reach: tuple[float, float] = REACH, whole: bool = False) -> Boxes:
    """Return the boxes grown around the marks that stand next to them, each taken by the nearest box.

    Args:
        boxes: lines.
        marks: dots, accents, commas.
        reach: line heights beside a line, and above and below it, within which a mark's middle belongs to it.
        whole: whether all of the mark, not its middle alone, must lie so high.
    """
    if len(marks) == 0 or len(boxes) == 0:
        return boxes
    x, y = marks.x + marks.w / 2, marks.y + marks.h / 2
    half = marks.h / 2 * whole
    size = boxes[:, 3] - boxes[:, 1]
    reach_x, reach_y = reach[0] * size, reach[1] * size
    grown = boxes.copy()
    for start in range(0, len(marks), 1000):  # a block at a time keeps the matrix small
        part = slice(start, start + 1000)
        dx = np.maximum(boxes[:, 0, None] - x[part], x[part] - boxes[:, 2, None])
        dy = np.maximum(boxes[:, 1, None] - y[part], y[part] - boxes[:, 3, None]) + half[part]
        near = (dx <= reach_x[:, None]) & (dy <= reach_y[:, None])
        distance = np.where(near, np.maximum(dx, 0) + np.maximum(dy, 0), np.inf)
        line = distance.argmin(axis=0)
        found = np.flatnonzero(near.any(axis=0))
        mark, line = found + start, line[found]
        np.minimum.at(grown[:, 0], line, marks.x[mark])
        np.minimum.at(grown[:, 1], line, marks.y[mark])
        np.maximum.at(grown[:, 2], line, (marks.x + marks.w)[mark])
        np.maximum.at(grown[:, 3], line, (marks.y + marks.h)[mark])
    return grown


def take_colons(boxes: Boxes, specks: Components) -> Boxes:
    """Return the boxes grown around the colons that stand in their rows, before or behind them.

    Two dots one above the other are hardly noise, and may stand farther off than a single one: receipts and forms
    set a word space before a colon, or all colons below one another.

    Args:
        boxes: lines.
        specks: what is too small to be a line.
    """
    if len(specks) > MAX_SPECKS:
        return boxes
    x, y, size = specks.x + specks.w / 2, specks.y + specks.h / 2, np.maximum(specks.w, specks.h)
    smaller, larger = np.minimum(size[:, None], size), np.maximum(size[:, None], size)
    apart = (y - y[:, None]) / larger
    nearest, farthest = DOTS_APART
    pairs = (larger <= DOTS_ALIKE * smaller) & (np.abs(x - x[:, None]) <= larger / 2)
    over, under = (specks.where(dots) for dots in np.nonzero(pairs & (apart >= nearest) & (apart <= farthest)))
    left, right = np.minimum(over.x, under.x), np.maximum(over.x + over.w, under.x + under.w)
    colons = Components(left, over.y, right - left, under.y + under.h - over.y)
    return take_marks(boxes, colons, COLON_REACH, whole=True)
