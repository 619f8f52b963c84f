"""Line finder, between parts three and four: both parts of a lone letter that broke in faint print -> a line."""

import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_marks import MAX_SPECKS, Boxes

ABOVE = 0.4  # share of the narrower part's width that lies above or below the other part at least
WIDTH = (0.35, 1.2)  # width of both parts together, in heights of them; what is narrower is a stain along an edge
DOTS = (1.5, 0.75)  # how alike the heights of a colon's dots are at most, and the gap between them in dots at least
HEIGHT = (0.6, 1.3)  # height of both parts together, in heights of a line beside them
LONGER_SIDE = 0.3  # the same of the longest side of a part at least: the dots of a colon are smaller
APART = 0.4  # the same of the gap between the parts at most
ALONE = 1.0  # line heights to the next line in its row at least: what stands nearer is a mark of that line
IN_ROW = 0.25  # line heights between the middles of the letter and of a line beside it at most

Pairs = NDArray[np.intp]
"""(P, 2) numbers of specks, the upper one first."""


def broken_letters(specks: Boxes, lines: Boxes) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return the boxes of broken letters, (L, 4), and which of the `specks` they consist of, (S,) bool.

    The digits of a table stand alone, and some of them are an arc above a stroke: each too low to be a line. Both
    together are as high as the other cells of the row; what has no line in its row stays what it is.

    Args:
        specks: what is too low to be a line.
        lines: the lines found so far.
    """
    used = np.zeros(len(specks), bool)
    pairs = _pairs(specks if len(specks) <= MAX_SPECKS else specks[:0])
    if len(pairs) > MAX_SPECKS:  # noise, as more specks are
        pairs = pairs[:0]
    letters = _around(specks, pairs)
    kept = []
    fits = _fits_a_row(specks[pairs], letters, lines) & ~_has_neighbour(letters, lines)
    for number in np.flatnonzero(fits).tolist():
        if not used[pairs[number]].any():  # of a letter in three parts the third one stays a speck
            used[pairs[number]] = True
            kept.append(number)
    return letters[kept], used


def _pairs(specks: Boxes) -> Pairs:
    """Return the specks that stand one above the other, are as wide together as a letter, and are no colon."""
    x0, y0, x1, y1 = specks.T
    common = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    narrower = np.minimum((x1 - x0)[:, None], x1 - x0)
    above = (y0[:, None] < y0) & (y1[:, None] < y1)
    pairs = np.argwhere((common >= ABOVE * narrower) & above)
    parts = (y1 - y0)[pairs]
    gap = y0[pairs[:, 1]] - y1[pairs[:, 0]]
    colon = (parts.max(axis=1) <= DOTS[0] * parts.min(axis=1)) & (gap >= DOTS[1] * parts.max(axis=1))
    letters = _around(specks, pairs)
    width, height = letters[:, 2] - letters[:, 0], letters[:, 3] - letters[:, 1]
    kept: Pairs = pairs[~colon & (WIDTH[0] * height <= width) & (width <= WIDTH[1] * height)]
    return kept


def _around(specks: Boxes, pairs: Pairs) -> Boxes:
    """Return the boxes around `pairs` of specks, (P, 4)."""
    parts = specks[pairs]
    return np.hstack([parts[:, :, :2].min(axis=1), parts[:, :, 2:].max(axis=1)])


def _fits_a_row(parts: NDArray[np.float64], letters: Boxes, lines: Boxes) -> NDArray[np.bool_]:
    """Return, (P,), whether there is a line in whose row a letter fits; `parts`, (P, 2, 4), are its boxes."""
    tall = letters[:, 3] - letters[:, 1]
    side = (parts[:, :, 2:] - parts[:, :, :2]).max(axis=(1, 2))
    gap = parts[:, 1, 1] - parts[:, 0, 3]
    height = (lines[:, 3] - lines[:, 1])[:, None]  # (B, 1), against the pairs (P,)
    off = np.abs((letters[:, 1] + letters[:, 3]) - (lines[:, 1] + lines[:, 3])[:, None]) / 2
    fits = (off <= IN_ROW * height) & (HEIGHT[0] * height <= tall) & (tall <= HEIGHT[1] * height)
    fits &= (side >= LONGER_SIDE * height) & (gap <= APART * height)
    return np.asarray(fits.any(axis=0))


def _has_neighbour(letters: Boxes, lines: Boxes) -> NDArray[np.bool_]:
    """Return, (P,), whether a line of the same row stands so near to a letter that it is a mark of that line."""
    height = (lines[:, 3] - lines[:, 1])[:, None]
    off = np.maximum(lines[:, 0, None] - letters[:, 2], letters[:, 0] - lines[:, 2, None])
    crossing = (lines[:, 1, None] < letters[:, 3]) & (letters[:, 1] < lines[:, 3, None])
    return np.asarray(((off < ALONE * height) & crossing).any(axis=0))
