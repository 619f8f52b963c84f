"""Lines wherever they lie -> blocks of rows, in the order in which a person reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr_core.reading_order import arrange
from ocr_core.types import Quad

LEVEL = 0.4
"""Degrees; lines that run less askew are taken as they are."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands among the others."""

    index: int
    """Of the line among those that were given."""

    block: int
    """Of its block on the page, from 0: a column, a paragraph, a table."""

    row: int
    """Of its row on the page, from 0; a table has several lines in one row."""


def places(quads: Sequence[Quad]) -> list[Place]:
    """Return the places of `quads` in reading order, each (4, 2) float32, clockwise from its text's top left.

    Lines that run down or up the page come last, each a block of its own: they stand beside many rows.
    """
    found, row, block = [], 0, 0
    level, sideways = (
        [index for index, quad in enumerate(quads) if runs_sideways(quad) is kind] for kind in (False, True)
    )
    if level:
        for rows in arrange(level_boxes(np.stack([quads[index] for index in level]).astype(np.float64))):
            for members in rows:
                found += [Place(level[index], block, row) for index in members]
                row += 1
            block += 1
    return found + [Place(index, block + number, row + number) for number, index in enumerate(sideways)]


def runs_sideways(quad: Quad) -> bool:
    """Return whether the text in `quad`, (4, 2) float32, runs rather down or up than to the right or left."""
    x, y = quad[1] - quad[0]
    return bool(abs(y) > abs(x))


def level_boxes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the boxes (B, 4) x0, y0, x1, y1 of `corners`, (B, 4, 2), once the page's skew is taken off."""
    along = corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]
    angle = _median_angle(along)
    if abs(angle) >= np.radians(LEVEL):
        cosine, sine = np.cos(angle), np.sin(angle)
        corners = corners @ np.array([[cosine, -sine], [sine, cosine]])
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def area(boxes: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the pixels of `boxes` (..., 4), x0, y0, x1, y1: (...) float64."""
    return np.asarray((boxes[..., 2:] - boxes[..., :2]).prod(axis=-1), np.float64)


def common_area(box: NDArray[np.floating[Any]], boxes: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the pixels that `box` (4,), x0, y0, x1, y1, shares with each of `boxes` (N, 4): (N,) float64."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.asarray(sides.clip(0).prod(axis=1), np.float64)


def _median_angle(along: NDArray[np.float64]) -> float:
    """Return the angle in radians of the directions (B, 2), the median by length: short lines tell little."""
    angles, lengths = np.arctan2(along[:, 1], along[:, 0]), np.hypot(along[:, 0], along[:, 1])
    order = np.argsort(angles)
    reached = np.cumsum(lengths[order])
    return float(angles[order][np.searchsorted(reached, reached[-1] / 2)])
