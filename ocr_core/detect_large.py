"""Line finder, last part: headings so large beside other print that they were taken for pictures or paper."""

import cv2
import numpy as np

from ocr_core.detect_components import Components, Floats
from ocr_core.detect_ink import ink_mask
from ocr_core.detect_lines import find_lines
from ocr_core.detect_marks import Boxes
from ocr_core.layout import area, common_area
from ocr_core.types import Gray

REDUCED = 4
"""Times by which the working image is made smaller, so that strokes are again thin beside what counts as paper."""

LARGE = 20
"""Pixels of the reduced image from which a letter is large; in the smallest headings that are lost it has 25."""

LETTERS = 3
"""Letters of such a line at least: pictures have larger and smaller pieces side by side."""

ALIKE = 0.45
"""Median height of such a line's letters at least, as a share of the line; an e beside an O and a p has half."""

FILL = (0.2, 0.78)
"""Median share of their own rectangles that the letters cover: frames, with labels in them, cover less, and discs
and buttons more."""

COVERED = 0.65
"""Share of a large line that the lines found in it cover, from which the place is left to them: they are the same
line, or the text of a panel. Pieces of large letters cover a tenth of it, or all but a letter."""


def with_large_lines(gray: Gray, boxes: Boxes) -> Boxes:
    """Return `boxes` with the lines of very large letters, each in the place of the pieces that were found of it.

    Args:
        gray: (H, W) uint8, the working image, level.
        boxes: (B, 4) x0, y0, x1, y1 of the lines that were found on it.
    """
    size = gray.shape[1] // REDUCED, gray.shape[0] // REDUCED
    if min(size) < LARGE:
        return boxes
    reduced = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    letters, fill = _letters(reduced)
    for line in find_lines(letters, *size) if len(letters) >= LETTERS else ():
        if _is_text(line, letters, fill):
            large = line * REDUCED
            common = common_area(large, boxes)
            if common.sum() < COVERED * area(large):
                inside = common > area(boxes) / 2
                boxes = np.vstack((boxes[~inside], large))
    return boxes


def _letters(gray: Gray) -> tuple[Components, Floats]:
    """Return what may be letters among the large pieces of ink on `gray`, (H, W) uint8, and the fill of each."""
    stats = cv2.connectedComponentsWithStats(ink_mask(gray), connectivity=8, ltype=cv2.CV_32S)[2][1:]
    x, y, w, h, area = stats[stats[:, cv2.CC_STAT_HEIGHT] >= LARGE].T.astype(np.intp)
    kept = (w < 2 * h) & (h < 8 * w)
    return Components(x, y, w, h).where(kept), (area / (w * h))[kept]


def _is_text(line: Floats, letters: Components, fill: Floats) -> bool:
    """Return whether the `letters` in `line`, (4,), are as those of a heading are; `fill`, (N,), is theirs."""
    x, y = letters.x + letters.w / 2, letters.y + letters.h / 2
    own = (x > line[0]) & (x < line[2]) & (y > line[1]) & (y < line[3])
    if own.sum() < LETTERS or np.median(letters.h[own]) < ALIKE * (line[3] - line[1]):
        return False
    return bool(FILL[0] <= np.median(fill[own]) <= FILL[1])
