"""Line finder, part four: boxes -> the order in which a person reads them."""

import numpy as np
from numpy.typing import NDArray

COLUMN_GAP = 1.0  # median line heights of empty space between two columns at least
MIN_COLUMN_LINES = 3  # lines that both sides of a gap have, or it is a table, which is read by rows
MIN_COLUMN_WIDTH = 8.0  # median line heights; columns of prose are wide, those of a table or receipt narrow
SPANNING = 0.6  # share of a block's width from which a line spans its columns
SAME_ROW = 0.5  # share of the lower line's height that two neighbours in a row have in common


def reading_order(boxes: NDArray[np.float64]) -> list[int]:
    """Return the indices of `boxes`, (B, 4) rows of x0, y0, x1, y1 in pixels, in reading order.

    A recursive XY-cut: wide text above, below or between columns separates blocks, columns are read one
    after the other, and rows from top to bottom, each from left to right.
    """
    if len(boxes) == 0:
        return []
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return _cut(boxes, np.arange(len(boxes)), height)


def _cut(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> list[int]:
    """Return `members`, indices into `boxes`, in reading order."""
    columns = _columns(boxes, members, height)
    if len(columns) > 1:
        return [index for column in columns for index in _cut(boxes, column, height)]
    blocks = _blocks(boxes, members)
    if len(blocks) > 1:
        return [index for block in blocks for index in _cut(boxes, block, height)]
    return _rows(boxes, members)


def _gaps(start: NDArray[np.float64], end: NDArray[np.float64], least: float) -> NDArray[np.intp]:
    """Return where to cut sorted intervals: positions i so that [:i] ends `least` before [i:] begins."""
    reach = np.maximum.accumulate(end)
    return np.flatnonzero(start[1:] - reach[:-1] >= least) + 1


def _columns(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> list[NDArray[np.intp]]:
    """Return the columns of prose, left to right; one column where there is no clear gap."""
    if len(members) < 2 * MIN_COLUMN_LINES:
        return [members]
    order = members[np.argsort(boxes[members, 0], kind="stable")]
    columns = np.split(order, _gaps(boxes[order, 0], boxes[order, 2], COLUMN_GAP * height))
    for column in columns:
        widths = boxes[column, 2] - boxes[column, 0]
        if len(column) < MIN_COLUMN_LINES or np.median(widths) < MIN_COLUMN_WIDTH * height:
            return [members]
    return columns


def _blocks(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Return blocks from top to bottom, cut where that frees columns; one block where it does not.

    Lines that span two columns (a title, a footer) hide the gap between them: each becomes a block.
    """
    x0, x1 = boxes[members, 0], boxes[members, 2]
    spanning = x1 - x0 >= SPANNING * (x1.max() - x0.min())
    height = float(np.median(boxes[members, 3] - boxes[members, 1]))
    if not spanning.any() or len(_columns(boxes, members[~spanning], height)) < 2:
        return [members]
    middle = (boxes[members, 1] + boxes[members, 3]) / 2
    order = np.argsort(middle, kind="stable")
    wide = spanning[order]
    edges = np.flatnonzero(wide[1:] | wide[:-1]) + 1
    return np.split(members[order], edges)


def _rows(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> list[int]:
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
    return [index for row in rows for index in sorted(row, key=lambda i: float(boxes[i, 0]))]
