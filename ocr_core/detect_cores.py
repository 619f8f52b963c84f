"""Network line finder, part two: probability of lying in the core of a line -> quads around whole lines."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MAX_LINES = 4_000
"""Lines of one page; more is noise, and bounds the time."""


@dataclass(frozen=True, slots=True)
class CoreRule:
    """How cores become lines; kept in the model file."""

    threshold: float
    """Probability from which a cell belongs to a core, 0-1."""

    score: float
    """Least mean probability of the cells of a core, 0-1."""

    growth: float
    """A line's edges lie this share of its core's shorter side outside it, on all four sides."""

    least: float
    """Least shorter side of a core, in cells."""


def lines_from_cores(probability: Floats, rule: CoreRule) -> Floats:
    """Return the lines as (N, 4, 2) float32 corners x, y in cells of `probability`, top left first, clockwise.

    The sides keep the order that is nearest to level text: a line that runs down a page sideways is a quad
    that is higher than wide.

    Args:
        probability: (H, W) float32, 0-1.
        rule: of the model that answered.
    """
    mask = (probability >= rule.threshold).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in sorted(contours, key=len, reverse=True)[:MAX_LINES]:
        (x, y), sides, degrees = cv2.minAreaRect(contour)
        score, cells = _inside(probability, contour)
        # the contour runs through the centres of its cells: a level core is one cell higher than it, while the
        # steps at the edge of a skewed one make up for that; the number of cells tells which
        thickness = cells / (max(sides) + 1)
        short = min(max(thickness, min(sides)), min(sides) + 1)
        if short < rule.least or score < rule.score:
            continue
        grown = 2 * rule.growth * min(thickness, short)
        width, height = (short + grown if side == min(sides) else side + 1 + grown for side in sides)
        turns = round(degrees / 90)
        if turns % 2:
            width, height = height, width
        quads.append(_corners(x + 0.5, y + 0.5, width, height, degrees - 90 * turns))
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def _inside(probability: Floats, contour: NDArray[np.integer[Any] | np.floating[Any]]) -> tuple[float, int]:
    """Return (mean of `probability`, number of cells) inside `contour`, (K, 1, 2) cells."""
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour], -1, 1, -1, offset=(-x, -y))
    return float(cv2.mean(probability[y : y + height, x : x + width], inside)[0]), cv2.countNonZero(inside)


def _corners(x: float, y: float, width: float, height: float, degrees: float) -> Floats:
    """Return the corners of a rectangle about (`x`, `y`) turned by `degrees`: (4, 2) float32."""
    turn = np.radians(degrees)
    along = np.array([np.cos(turn), np.sin(turn)]) * width / 2
    down = np.array([-np.sin(turn), np.cos(turn)]) * height / 2
    middle = np.array([x, y])
    offsets = (-along - down, along - down, along + down, down - along)
    return np.array([middle + offset for offset in offsets], np.float32)
