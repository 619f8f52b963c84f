"""Line finder, part three: components -> upright rectangles around lines of text."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_broken import broken_letters
from ocr_core.detect_components import Components, Floats, Ints, letter_height
from ocr_core.detect_marks import END_REACH, Boxes, take_colons, take_marks

GAP = 1.1  # letter heights; wider than a word space (a third), narrower than a column gap (two and more)
SEED = 0.4  # share of the local letter height from which a component may start a line: no dots, no commas
CORE = 0.3  # share cut from the top and the bottom of a letter before it is linked: ascenders, descenders
FLAT_CORE = 0.3  # letter heights that a flat stroke (a dash, the character for one) counts as
TALL = 1.7  # letter heights; what is higher joins two lines, or is a bracket, and tells no line height
NEIGHBOURHOOD = (9, 3)  # letter heights, (along, across) the line, over which the local height is taken
LOCAL_LIMIT = 2.5  # a component stands in print at most this much higher than itself: 1 / SEED, a seed at least
ROW_SHARE = 0.35  # share of the strongest row under which a row of a group is a gap between two lines
ROW_DISTANCE = 0.75  # letter heights between the centres of two lines at least
WORD_GAP = 1.3  # line heights between two words at most: justified print stretches its spaces to this
HEADING = 4.0  # typical letter heights from which a component is a heading's letter or a picture's outline
SPECK = 0.5  # typical line heights; a lone mark below this is no line
DASHED_ASPECT = 12.0  # a low box this many times as wide as high may be a row of dashes
DASHED_HEIGHT = (10.0, 0.15)  # px, and typical line heights, below which it is one, and no line of small print
PICTURE_LINES = 3  # lines, each less than half as high, that a box around a picture holds at least
SAME_ROW = 0.6  # share of the lower box's height that two pieces of one line have in common
MIN_HEIGHT = 5  # px of the working image; print below this cannot be read
MARGIN = 0.08  # line heights added on every side, so that antialiased edges are not cut
MIN_MARGIN = 1.0  # px
MAX_LINES = 4000  # a dense page has 300; bounds the time on noise


def find_lines(parts: Components, width: int, height: int) -> Boxes:
    """Return the lines of text that `parts` form on a page of `width` x `height` pixels, in no order."""
    # headings and outlines of pictures are linked apart, so that they cannot chain the text around them
    heading = parts.h > HEADING * letter_height(parts)
    found = [_lines_of(parts.where(kind), width, height) for kind in (~heading, heading)]
    boxes = _specks_to_lines(_merge(np.vstack(found)))
    margin = np.maximum(MIN_MARGIN, MARGIN * (boxes[:, 3] - boxes[:, 1]))[:, None]
    grown: Boxes = boxes + margin * np.array([-1.0, -1.0, 1.0, 1.0])
    return grown


def _lines_of(parts: Components, width: int, height: int) -> Boxes:
    """Return the lines of components of roughly one size, not yet merged across wide gaps."""
    if len(parts) == 0:
        return np.zeros((0, 4))
    local = local_heights(parts, width, height)
    seed = np.maximum(parts.w, parts.h) >= SEED * local
    if not seed.any():
        return np.zeros((0, 4))
    seeds, sizes = parts.where(seed), local[seed]
    groups = _split_stacked(seeds, sizes, _link(seeds, sizes, width, height))
    boxes = _boxes(seeds, sizes, groups)
    boxes = boxes[np.argsort(-(boxes[:, 2] - boxes[:, 0]), kind="stable")[:MAX_LINES]]
    return take_marks(boxes, parts.where(~seed))


def _specks_to_lines(boxes: Boxes) -> Boxes:
    """Return the boxes that are high enough to read, without dashed rules and outlines of pictures.

    A speck is added to the line that it stands next to, as the full stop or the hyphen at its end, or is left out;
    two of them may be a letter that broke.
    """
    if len(boxes) == 0:
        return boxes
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    order = np.argsort(h, kind="stable")
    length = np.cumsum(w[order])
    usual = h[order][np.searchsorted(length, length[-1] / 2)]  # the height of half of all print, by length
    lone = (w < 2 * h) & (h < SPECK * usual)
    least, share = DASHED_HEIGHT
    dashed = (w > DASHED_ASPECT * h) & (h < min(max(least, share * usual), SPECK * usual))
    kept = (h >= MIN_HEIGHT) & ~lone & ~dashed
    lines, low = _without_pictures(boxes[kept]), boxes[~kept & ~dashed]
    letters, used = broken_letters(low, lines)
    x0, y0, x1, y1 = low[~used].astype(np.intp).T
    specks = Components(x0, y0, x1 - x0, y1 - y0)
    return take_colons(take_marks(np.vstack([lines, letters]), specks, END_REACH), specks)


def _without_pictures(boxes: Boxes) -> Boxes:
    """Return the boxes without those that hold several far lower lines: outlines of pictures, not print."""
    if len(boxes) == 0:
        return boxes
    x, y, h = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]
    in_x = (boxes[:, 0, None] < x) & (x < boxes[:, 2, None])
    in_y = (boxes[:, 1, None] < y) & (y < boxes[:, 3, None])
    held = (in_x & in_y & (h < h[:, None] / 2)).sum(axis=1)
    kept: Boxes = boxes[held < PICTURE_LINES]
    return kept


def local_heights(parts: Components, width: int, height: int) -> Floats:
    """Return (N,) pixels: the letter height around each component, the tall ones counting more.

    A component's own height will not do: a Chinese character falls into strokes.
    """
    cell = letter_height(parts)
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    column = ((parts.x + parts.w / 2) / cell).astype(np.intp).clip(0, columns - 1)
    row = ((parts.y + parts.h / 2) / cell).astype(np.intp).clip(0, rows - 1)
    at = row * columns + column
    sums = []
    for power in (1, 2):
        grid = np.bincount(at, parts.h.astype(np.float64) ** power, rows * columns).reshape(rows, columns)
        blurred = cv2.boxFilter(grid, -1, NEIGHBOURHOOD, normalize=False, borderType=cv2.BORDER_CONSTANT)
        sums.append(blurred.ravel()[at])
    around = sums[1] / np.maximum(sums[0], 1e-9)
    local: Floats = np.clip(around, 1.0, LOCAL_LIMIT * np.maximum(parts.w, parts.h))
    return local


def _link(parts: Components, local: Floats, width: int, height: int) -> Ints:
    """Return the group of each component, (N,): neighbours whose middles touch once stretched by the gap."""
    trim = np.where(parts.h > local / 2, CORE * parts.h, 0)
    top, bottom = parts.y + trim, parts.y + parts.h - trim
    middle = (top + bottom) / 2
    half = np.maximum((bottom - top) / 2, FLAT_CORE * local / 2)
    y0 = np.clip(middle - half, 0, height - 1).astype(np.intp)
    y1 = np.clip(middle + half + 1, 1, height).astype(np.intp)
    x1 = np.clip(parts.x + parts.w + GAP * np.minimum(local, 2 * parts.h + parts.w), 1, width).astype(np.intp)
    # painted by their corners: the running sum over both axes fills every rectangle at once
    corners = np.zeros((height + 1, width + 1), np.int32)
    for rows, columns, sign in ((y0, parts.x, 1), (y0, x1, -1), (y1, parts.x, -1), (y1, x1, 1)):
        np.add.at(corners, (rows, columns), sign)
    for axis in (0, 1):
        np.cumsum(corners, axis=axis, out=corners)  # in place: the largest array of a page
    painted = (corners[:-1, :-1] > 0).astype(np.uint8)
    del corners
    _, labels = cv2.connectedComponents(painted, connectivity=4, ltype=cv2.CV_32S)
    groups: Ints = labels[middle.astype(np.intp).clip(0, height - 1), parts.x].astype(np.intp)
    return groups


def _split_stacked(parts: Components, local: Floats, groups: Ints) -> Ints:
    """Return groups in which lines that were linked one above the other are apart again, (N,)."""
    result = groups.copy()
    following = int(groups.max()) + 1
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    top = np.minimum.reduceat(parts.y[order], starts)
    bottom = np.maximum.reduceat((parts.y + parts.h)[order], starts)
    least = np.minimum.reduceat(local[order], starts)
    members_of = np.split(order, starts[1:])
    for group in np.flatnonzero(bottom - top >= TALL * least):  # few; the others are no higher than a line
        members = members_of[group]
        size = float(np.median(local[members]))
        if bottom[group] - top[group] < TALL * size:
            continue
        centres = _row_centres(parts.where(members), size)
        if len(centres) > 1:
            middles = parts.y[members] + parts.h[members] / 2
            nearest = np.abs(middles[:, None] - centres[None]).argmin(axis=1)
            result[members] = following + nearest
            following += len(centres)
    return result


def _row_centres(parts: Components, size: float) -> Floats:
    """Return the centres, in pixels, of the rows that `parts` stand in."""
    parts = parts.where(parts.h < TALL * size)
    if len(parts) == 0:
        return np.zeros(0)
    top = int(parts.y.min())
    profile = np.zeros(int((parts.y + parts.h).max()) - top + 2)
    trim = (CORE * parts.h).astype(np.intp)
    np.add.at(profile, parts.y - top + trim, parts.w)
    np.add.at(profile, parts.y - top + parts.h - trim, -parts.w)
    strong = np.cumsum(profile)
    strong = np.concatenate(([0], (strong >= ROW_SHARE * strong.max()).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(strong))
    centres = top + (edges[0::2] + edges[1::2]) / 2
    kept = [centres[0]]
    for centre in centres[1:]:
        if centre - kept[-1] >= ROW_DISTANCE * size:
            kept.append(centre)
    return np.array(kept)


def _boxes(parts: Components, local: Floats, groups: Ints) -> Boxes:
    """Return the rectangle around each group; tall components do not stretch it vertically."""
    _, group = np.unique(groups, return_inverse=True)
    count = int(group.max()) + 1
    box = np.tile([np.inf, np.inf, -np.inf, -np.inf], (count, 1))
    np.minimum.at(box[:, 0], group, parts.x)
    np.maximum.at(box[:, 2], group, parts.x + parts.w)
    usual = parts.h <= TALL * local
    usual |= ~np.isin(group, group[usual])  # a group of nothing but tall ones
    np.minimum.at(box[:, 1], group[usual], parts.y[usual])
    np.maximum.at(box[:, 3], group[usual], (parts.y + parts.h)[usual])
    return box


def _merge(boxes: Boxes) -> Boxes:
    """Return the boxes after pieces of one row that overlap or nearly touch have become one."""
    merged: list[NDArray[np.float64]] = []
    rest = boxes[np.argsort(boxes[:, 0], kind="stable")]
    while len(rest):
        box, rest = rest[0], rest[1:]
        while True:
            size = np.minimum(rest[:, 3] - rest[:, 1], box[3] - box[1])
            common = np.minimum(rest[:, 3], box[3]) - np.maximum(rest[:, 1], box[1])
            gap = np.maximum(rest[:, 0], box[0]) - np.minimum(rest[:, 2], box[2])
            higher = np.maximum(rest[:, 3] - rest[:, 1], box[3] - box[1])
            taller = higher > TALL * size
            same = (common >= SAME_ROW * size) & (gap <= np.where(taller, -size / 2, WORD_GAP * higher))
            if not same.any():
                break
            group = np.vstack((box[None], rest[same]))
            box = np.concatenate((group[:, :2].min(axis=0), group[:, 2:].max(axis=0)))
            rest = rest[~same]
        merged.append(box)
    return np.array(merged).reshape(-1, 4)
