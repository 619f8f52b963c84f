"""Lines that run across the gap between two columns are cut there.

In one row such a gap looks like a wide space of justified print. The rows above and below tell: where several of
them are bare, or end and begin, there is a gutter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_core.crop import LineCrop, crop_line
from ocr_core.layout import level_boxes
from ocr_core.preprocess import ink_of
from ocr_core.types import Gray, Quad

COLUMN = 6.0
"""Line heights from which print is as wide as a column; cells and spaced words line up by chance."""

NARROWEST = 0.75
"""Line heights that a gutter is wide at least; spaces are narrower, and so is the bare half of a Chinese comma."""

WIDEST = 4.0
"""Line heights; a wider gap needs no other rows to be told from a space."""

NEAR = 5.0
"""Line heights, from middle to middle, within which a row tells of the lines above and below it."""

FEWEST_ROWS = 3
"""Besides its own, in which a line's gap must be found."""

ALIKE = 1.6
"""How much higher or lower than a line the lines of such rows are at most: a heading has other columns."""

BARE = 0.03
"""Share of a column of pixels that may be ink in a gap: specks of a scan, but no hyphen."""

MARGIN = 0.1
"""Line heights of paper that a piece keeps at its end."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Spans:
    """Gaps, or lines; arrays (S,) in pixels of the level page."""

    left: Floats
    right: Floats
    middle: Floats
    """From top to bottom."""

    height: Floats
    """Of the row."""

    def one(self, index: int) -> "_Spans":
        """Return the one at `index`, as arrays (1,)."""
        return _Spans(*(getattr(self, name)[index : index + 1] for name in self.__slots__))

    def tell(self, middle: float, height: float) -> NDArray[np.bool_]:
        """Return which of them, (S,), tell of a line of this `height` and `middle`: those of other, near rows."""
        away = np.abs(self.middle - middle)
        alike = (self.height < ALIKE * height) & (height < ALIKE * self.height)
        return np.asarray((away > height / 2) & (away <= NEAR * height) & alike)


def cut_at_gutters(gray: Gray, quads: Sequence[Quad]) -> dict[int, list[Quad]]:
    """Return the pieces, from left to right, of those of `quads` that run across a gutter.

    Args:
        gray: (H, W) uint8, 0 = black, the page.
        quads: lines of one finder or of several, each (4, 2) float32, clockwise from the text's top left.
    """
    if len(quads) <= FEWEST_ROWS:
        return {}
    boxes = level_boxes(np.stack(quads).astype(np.float64))
    lines = _Spans(boxes[:, 0], boxes[:, 2], (boxes[:, 1] + boxes[:, 3]) / 2, _usual_heights(boxes))
    long = np.flatnonzero(lines.right - lines.left >= (2 * COLUMN + NARROWEST) * lines.height)
    crops = {index: crop_line(gray, quads[index]) for index in map(int, long)}
    within = {index: _gaps_within(crop, lines.one(index)) for index, crop in crops.items()}
    all_gaps = [_gaps_between(lines), *within.values()]
    gaps = _Spans(*(np.concatenate([getattr(some, name) for some in all_gaps]) for name in _Spans.__slots__))
    cuts = {index: _cuts(own, gaps, lines) for index, own in within.items()}
    return {index: _pieces(crops[index], boxes[index], at) for index, at in cuts.items() if at}


def _usual_heights(boxes: Floats) -> Floats:
    """Return the heights of `boxes`, (B, 4); a line that runs across columns may be higher than those around."""
    middle, height = (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]
    around = np.array(
        [
            np.median(height[(np.abs(middle - own) <= NEAR * high) & (boxes[:, 0] < end) & (boxes[:, 2] > start)])
            for own, high, start, end in zip(middle, height, boxes[:, 0], boxes[:, 2], strict=True)
        ]
    )
    return np.where(height < ALIKE * around, np.minimum(height, around), height)


def _gaps_between(lines: _Spans) -> _Spans:
    """Return the gaps to the right neighbours of `lines`, where both are wide."""
    wide = lines.right - lines.left >= COLUMN * lines.height
    found = []
    for index in np.flatnonzero(wide):
        right, middle, height = (float(of[index]) for of in (lines.right, lines.middle, lines.height))
        gap = lines.left - right
        beside = wide & (np.abs(lines.middle - middle) < height / 2)
        beside &= (gap >= NARROWEST * height) & (gap <= WIDEST * height)
        if beside.any():
            found.append((right, lines.left[beside].min(), middle, height))
    return _Spans(*np.array(found, np.float64).reshape(-1, 4).T)


def _gaps_within(crop: LineCrop, line: _Spans) -> _Spans:
    """Return the bare parts of a `line`, far enough from its ends."""
    bare = ink_of(crop.pixels).mean(axis=0) <= BARE
    edges = np.flatnonzero(np.diff(bare, prepend=False, append=False))
    left, right = line.left + edges.reshape(-1, 2).T * (line.right - line.left) / len(bare)
    kept = (right - left >= NARROWEST * line.height) & (right - left <= WIDEST * line.height)
    kept &= np.minimum(left - line.left, line.right - right) >= COLUMN * line.height
    count = int(kept.sum())
    return _Spans(left[kept], right[kept], np.repeat(line.middle, count), np.repeat(line.height, count))


def _cuts(own: _Spans, gaps: _Spans, lines: _Spans) -> list[tuple[float, float]]:
    """Return those of a line's `own` gaps, from left to right, that enough rows above and below have as well.

    Args:
        own: gaps of the line.
        gaps: of all lines.
        lines: all lines themselves; one that runs across where a gap would be ends the gutter.
    """
    found = []
    for left, right, middle, height in zip(own.left, own.right, own.middle, own.height, strict=True):
        shared = np.minimum(gaps.right, right) - np.maximum(gaps.left, left) >= NARROWEST * height
        rows = gaps.middle[shared & gaps.tell(middle, height)]
        over = lines.middle[(lines.left < left) & (lines.right > right) & lines.tell(middle, height)]
        over = over[(np.abs(over[:, None] - rows) > height / 2).all(axis=1)]
        top, bottom = over[over < middle].max(initial=-np.inf), over[over > middle].min(initial=np.inf)
        rows = np.sort(rows[(rows > top) & (rows < bottom)])
        # two finders' lines of one row tell as one
        if np.count_nonzero(np.diff(rows, prepend=-np.inf) > height / 2) >= FEWEST_ROWS:
            found.append((float(left), float(right)))
    return found


def _pieces(crop: LineCrop, box: Floats, gaps: Sequence[tuple[float, float]]) -> list[Quad]:
    """Return the pieces of a line that lies in `box` (4,), without the `gaps` between them."""
    height, width = crop.pixels.shape
    scale, margin = width / (box[2] - box[0]), MARGIN * height
    inner = [
        edge
        for left, right in gaps
        for edge in ((left - box[0]) * scale + margin, (right - box[0]) * scale - margin)
    ]
    edges = [0.0, *inner, float(width)]
    return [crop.part(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
