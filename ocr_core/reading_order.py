"""Boxes of lines -> blocks and rows, in the order in which a person reads them."""

import itertools

import numpy as np
from numpy.typing import NDArray

COLUMN_GAP = 0.2  # median line heights between the boxes of two columns at least; boxes reach into the gap
MIN_COLUMN_LINES = 3  # lines that both sides of a gap have, or it is a table, which is read by rows
MIN_COLUMN_WIDTH = 8.0  # median line heights; columns of prose are wide, those of a table or receipt narrow
BRIDGING = 3.0  # median line heights; what is shorter does not close a gap between columns
EDGE = 3.0  # median line heights from a gap within which lines end before it, and begin after it
OVERHANG = 0.2  # share of a line's width, `EDGE` at most, by which it reaches beyond a gap's sides to run across
INSIDE = 0.3  # as many as this share of those may be in the gap: badly cut ones, and headings of two columns
CELLS = 0.6  # of the lines of the shortest column; as many that are of none are the cells of a table
FILLED = 0.7  # share of the width of nine in ten lines that half of a column of prose fill; cells of a table do not
ALIGNED = 0.7  # share of a column's lines that stand beside a line of the other column, as cells do
SPANNING = 0.6  # share of a block's width from which a line spans its columns
SAME_ROW = 0.5  # share of the lower line's height that two neighbours in a row have in common
BLOCK_GAP = 0.5  # line heights beyond which, with `GAP_MULTIPLE` usual gaps, a gap between rows ends a block
GAP_MULTIPLE = 1.5  # so that print with wide leading is not all blocks of one row
USUAL_GAP = (25, 1.0)  # percentile of the gaps, and line heights at most, that the usual gap between rows is


Rows = list[list[int]]
"""Rows from top to bottom, each the indices of its boxes from left to right."""


def reading_order(boxes: NDArray[np.float64]) -> list[int]:
    """Return the indices of `boxes`, (B, 4) rows of x0, y0, x1, y1 in pixels, in reading order."""
    return [index for block in arrange(boxes) for row in block for index in row]


def arrange(boxes: NDArray[np.float64]) -> list[Rows]:
    """Return the blocks of `boxes`, (B, 4) rows of x0, y0, x1, y1 in pixels, in reading order.

    A recursive XY-cut: wide text above, below or between columns separates blocks, columns are read one
    after the other, and rows from top to bottom, each from left to right. A wide gap between rows ends a block.
    """
    if len(boxes) <= 1:
        return [[[index]] for index in range(len(boxes))]
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return _cut(boxes, np.arange(len(boxes)), height)


def _cut(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> list[Rows]:
    """Return the blocks of `members`, indices into `boxes`."""
    columns = _columns(boxes, members, height)
    if len(columns) > 1:
        return [block for column in columns for block in _cut(boxes, column, height)]
    parts = _parts(boxes, members)
    if len(parts) > 1:
        return [block for part in parts for block in _cut(boxes, part, height)]
    blocks = _blocks(boxes, _rows(boxes, members))
    if len(blocks) == 1:
        return blocks
    # what stands above or below may have hidden the gap between columns, as a table does
    inside = [np.array([index for row in block for index in row], np.intp) for block in blocks]
    return [block for group in inside for block in _cut(boxes, group, height)]


def _gaps(start: NDArray[np.float64], end: NDArray[np.float64], least: float) -> NDArray[np.intp]:
    """Return where to cut sorted intervals: positions i so that [:i] ends `least` before [i:] begins."""
    reach = np.maximum.accumulate(end)
    return np.flatnonzero(start[1:] - reach[:-1] >= least) + 1


def _columns(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> list[NDArray[np.intp]]:
    """Return the columns of prose, left to right; one column where there is no clear gap.

    What is too short or too lonely to be of a column goes to the nearest one: numbers, and stains in the gap.
    """
    start, end = boxes[members, 0], boxes[members, 2]
    long = np.flatnonzero(end - start >= BRIDGING * height)
    for left, right, across in _gutters(start[long], end[long], height):
        if across.any():  # `_parts` sets it apart
            continue
        # a stain or a bracket at the end of a line reaches into the gap
        on_left = start + end < left + right
        start, end = np.where(on_left, start, start.clip(right)), np.where(on_left, end.clip(None, left), end)
    order = long[np.argsort(start[long], kind="stable")]
    least = 0.99 * COLUMN_GAP * height  # what was moved out of a gap leaves it as wide, but for the rounding
    columns = [
        column
        for column in np.split(order, _gaps(start[order], end[order], least))
        if len(column) >= MIN_COLUMN_LINES and np.median((end - start)[column]) >= MIN_COLUMN_WIDTH * height
    ]
    sides = itertools.pairwise(members[column] for column in columns)
    if len(columns) < 2 or any(_is_table(boxes, left, right) for left, right in sides):
        return [members]
    others = np.setdiff1d(np.arange(len(members)), np.concatenate(columns))
    cells = np.isin(others, long).sum()
    if cells >= CELLS * min(map(len, columns)):
        return [members]
    middle = (start + end)[others] / 2
    off = [np.maximum(start[column].min() - middle, middle - end[column].max()).clip(0) for column in columns]
    nearest = np.argmin(off, axis=0)
    return [members[np.concatenate((column, others[nearest == i]))] for i, column in enumerate(columns)]


def _gutters(
    start: NDArray[np.float64], end: NDArray[np.float64], height: float
) -> list[tuple[float, float, NDArray[np.bool_]]]:
    """Return (left, right, those that run across) of gaps beside which many of the lines end and begin.

    Args:
        start: (L,) of lines that are long enough to be of a column.
        end: (L,) of the same lines.
        height: median height of a line.
    """
    ends, starts = np.sort(end), np.sort(start)
    after = ends + COLUMN_GAP * height
    inside = np.searchsorted(starts, after) - np.searchsorted(ends, ends, "right")
    ended = np.searchsorted(ends, ends, "right") - np.searchsorted(ends, ends - EDGE * height)
    place = np.searchsorted(starts, after)
    begun = np.searchsorted(starts, starts[place.clip(None, len(starts) - 1)] + EDGE * height) - place
    beside = np.minimum(ended, begun)
    found: list[tuple[float, float, NDArray[np.bool_]]] = []
    told = np.flatnonzero((beside >= MIN_COLUMN_LINES) & (inside <= INSIDE * beside))
    for near in np.split(told, np.flatnonzero(np.diff(ends[told]) > EDGE * height) + 1) if len(told) else ():
        best = near[np.lexsort((-beside[near], inside[near]))[0]]
        left, right = float(ends[best]), float(after[best])
        reach = np.minimum(EDGE * height, OVERHANG * (end - start))
        found.append((left, right, (start < left - reach) & (end > right + reach)))
    return found


def _is_table(boxes: NDArray[np.float64], left: NDArray[np.intp], right: NDArray[np.intp]) -> bool:
    """Return whether two columns are those of a table: side by side line for line, and not filled like prose."""
    fewer, more = sorted((left, right), key=len)
    middle = (boxes[fewer, 1] + boxes[fewer, 3]) / 2
    beside = (boxes[more, 1, None] < middle) & (middle < boxes[more, 3, None])
    if beside.any(axis=0).mean() < ALIGNED:
        return False
    widths = [boxes[column, 2] - boxes[column, 0] for column in (left, right)]
    return any(np.median(width) < FILLED * np.quantile(width, 0.9) for width in widths)


def _parts(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return parts from top to bottom, cut where that frees columns; one part where it does not.

    Lines that span two columns (a title, a footer) hide the gap between them and become a part of their own.
    """
    x0, x1 = boxes[members, 0], boxes[members, 2]
    height = float(np.median(boxes[members, 3] - boxes[members, 1]))
    spanning = x1 - x0 >= SPANNING * (x1.max() - x0.min())
    long = np.flatnonzero(~spanning & (x1 - x0 >= BRIDGING * height))
    for *_, across in _gutters(x0[long], x1[long], height):
        spanning[long[across]] = True
    if not spanning.any() or len(_columns(boxes, members[~spanning], height)) < 2:
        return [members]
    middle = (boxes[members, 1] + boxes[members, 3]) / 2
    order = np.argsort(middle, kind="stable")
    wide = spanning[order]
    edges = np.flatnonzero(wide[1:] != wide[:-1]) + 1
    parts: list[NDArray[np.intp]] = []
    was_free = True
    for part in np.split(members[order], edges):
        frees = len(_columns(boxes, part, height)) > 1
        if frees or was_free:
            parts.append(part)
        else:  # short and long lines of one paragraph
            parts[-1] = np.concatenate((parts[-1], part))
        was_free = frees
    return parts


def _rows(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> Rows:
    """Return `members` row by row, each from left to right."""
    order = members[np.argsort((boxes[members, 1] + boxes[members, 3]) / 2, kind="stable")]
    rows: list[list[int]] = []
    top = bottom = 0.0
    for index in map(int, order):
        y0, y1 = float(boxes[index, 1]), float(boxes[index, 3])
        common = min(bottom, y1) - max(top, y0)
        if rows and common >= SAME_ROW * min(bottom - top, y1 - y0):
            rows[-1].append(index)
        else:
            rows.append([index])
            top, bottom = y0, y1
    return [sorted(row, key=lambda i: float(boxes[i, 0])) for row in rows]


def _blocks(boxes: NDArray[np.float64], rows: Rows) -> list[Rows]:
    """Return `rows` cut into blocks where the gap between two of them is clearly wider than usual."""
    tops = [float(boxes[row, 1].min()) for row in rows]
    bottoms = [float(boxes[row, 3].max()) for row in rows]
    gaps = np.array(tops[1:]) - np.array(bottoms[:-1])
    if len(gaps) == 0:
        return [rows]
    height = float(np.median(np.array(bottoms) - np.array(tops)))
    percentile, most = USUAL_GAP
    usual = float(np.clip(np.percentile(gaps, percentile), 0, most * height))
    wide = gaps > GAP_MULTIPLE * usual + BLOCK_GAP * height
    edges = [0, *(np.flatnonzero(wide) + 1).tolist(), len(rows)]
    return [rows[start:end] for start, end in itertools.pairwise(edges)]
