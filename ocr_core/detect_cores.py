"""Network line finder, part two: probability of lying in the core of a line -> quads around whole lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Contour = NDArray[np.integer[Any] | np.floating[Any]]
"""(K, 1, 2) corners x, y, the centres of cells."""

MAX_LINES = 4_000
"""Lines of one page; more is noise, and bounds the time."""

LEVEL = 0.3
"""Degrees; a page that is less askew counts as level, so that its lines can be cut out without resampling."""

STACKED = 2.0
"""Height over width from which a core may be that of letters which stand one above the other, as in a column."""

DIP = 0.05
"""How far the probability falls between two such letters; within a letter, or a line that runs down, it stays."""

SLACK = 1.2
"""A line lies as its page does unless its core would be this much thicker then, and a cell more."""


@dataclass(frozen=True, slots=True)
class CoreRule:
    """How cores become lines; kept in the model file."""

    threshold: float
    """Probability from which a cell belongs to a core, 0-1."""

    score: float
    """Least mean probability of the cells of a core, 0-1."""

    growth: float
    """A line's edges lie this share of its core's thickness outside it, on all four sides."""

    least: float
    """Least thickness of a core, in cells."""


@dataclass(frozen=True, slots=True)
class _Core:
    """One connected core."""

    contour: Contour

    degrees: float
    """Of the rectangle of least area around it, -45 to 45."""

    thin: float
    """Shorter side of that rectangle between the centres of cells."""

    long: float
    """Its longer side."""

    thickness: float
    """Mean thickness in cells."""


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
    contours = sorted(contours, key=len, reverse=True)[:MAX_LINES]
    pieces = chain.from_iterable(_letters(contour, probability) for contour in contours)
    cores = [core for contour in pieces if (core := _core(contour, probability, rule))]
    page = _page_angle(cores)
    return _parted(np.array([_line(core, page, rule.growth) for core in cores], np.float32).reshape(-1, 4, 2))


def _parted(lines: Floats) -> Floats:
    """Return `lines`, (N, 4, 2), the level ones that reach into their right neighbour parted in the middle.

    Cores of two columns that stand close end later than their print, and no line begins within another one.
    """
    low, high = lines.min(axis=1), lines.max(axis=1)
    height = high[:, 1] - low[:, 1]
    level = lines[:, 0, 1] == lines[:, 1, 1]
    for left in np.flatnonzero(level):
        shared = np.minimum(high[left, 1], high[:, 1]) - np.maximum(low[left, 1], low[:, 1])
        deep = high[left, 0] - low[:, 0]
        into = (shared > 0.5 * np.minimum(height[left], height)) & (deep > 0) & (deep < height[left])
        into &= level & (low[:, 0] > low[left, 0]) & (high[:, 0] > high[left, 0])
        for right in np.flatnonzero(into):
            lines[left, 1:3, 0] -= deep[right] / 2
            lines[right, (0, 3), 0] += deep[right] / 2
    return lines


def _letters(contour: Contour, probability: Floats) -> Sequence[Contour]:
    """Return the contours of the letters of a stack, and any other `contour` as it is.

    Single digits of a table's column may be so near to the ones above and below that their cores touch.
    """
    x, y, width, height = cv2.boundingRect(contour)
    if height < STACKED * width:
        return [contour]
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour], -1, 1, -1, offset=(-x, -y))
    rows = (probability[y : y + height, x : x + width] * inside).max(axis=1)
    inside[_dips(rows)] = 0
    return cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))[0]


def _dips(rows: Floats) -> list[int]:
    """Return where `rows`, (H,) float32, are lowest between values that are higher by `DIP` on both sides."""
    dips, top, low = [], 0, 0
    for row, value in enumerate(rows):
        if value >= rows[low] + DIP:
            if rows[top] >= rows[low] + DIP:
                dips.append(low)
            top = low = row
        elif value > rows[top]:
            top = low = row
        elif value < rows[low]:
            low = row
    return dips


def _core(contour: Contour, probability: Floats, rule: CoreRule) -> _Core | None:
    """Return the core inside `contour`, None where it is too faint or too thin."""
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour], -1, 1, -1, offset=(-x, -y))
    if cv2.mean(probability[y : y + height, x : x + width], inside)[0] < rule.score:
        return None
    _, sides, degrees = cv2.minAreaRect(contour)
    thickness = cv2.countNonZero(inside) / (max(sides) + 1)
    if thickness < rule.least:
        return None
    return _Core(contour, degrees - 90 * round(degrees / 90), min(sides), max(sides), thickness)


def _page_angle(cores: list[_Core]) -> float:
    """Return how the page lies, in degrees: the median of its cores by their length; 0.0 if it is level."""
    if not cores:
        return 0.0
    # what is hardly longer than thick has any angle
    weights = np.array([max(1e-3, core.long - 3 * core.thickness) for core in cores])
    angles = np.array([core.degrees for core in cores])
    order = np.argsort(angles)
    reached = np.cumsum(weights[order])
    angle = float(angles[order][np.searchsorted(reached, reached[-1] / 2)])
    return angle if abs(angle) >= LEVEL else 0.0


def _line(core: _Core, page: float, growth: float) -> Floats:
    """Return the line around `core`, on a page at `page` degrees: (4, 2) corners."""
    degrees = page
    x, y, width, height = _extent(core.contour, page)
    if min(width, height) > SLACK * core.thin + 1:
        degrees = core.degrees
        x, y, width, height = _extent(core.contour, degrees)
    grown = 2 * growth * core.thickness
    return _corners(x, y, _full(width, core) + grown, _full(height, core) + grown, degrees)


def _full(side: float, core: _Core) -> float:
    """Return the length in cells of a `side` of the rectangle around a core's contour.

    The contour runs through the centres of cells: a level core is one cell higher than it, while the steps at
    the edge of a skewed one make up for that; the mean thickness tells which.
    """
    return min(max(core.thickness, side), side + 1) if side < 2 * core.thin + 2 else side + 1


def _extent(contour: Contour, degrees: float) -> tuple[float, float, float, float]:
    """Return middle x, y, width and height of the rectangle at `degrees` around `contour`, in cells."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    points = contour[:, 0].astype(np.float64) + 0.5
    turned = points @ np.array([[cosine, -sine], [sine, cosine]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    x, y = (low + high) / 2 @ np.array([[cosine, sine], [-sine, cosine]])
    return float(x), float(y), float(high[0] - low[0]), float(high[1] - low[1])


def _corners(x: float, y: float, width: float, height: float, degrees: float) -> Floats:
    """Return the corners of a rectangle about (`x`, `y`) turned by `degrees`: (4, 2) float32."""
    turn = math.radians(degrees)
    along = np.array([math.cos(turn), math.sin(turn)]) * width / 2
    down = np.array([-math.sin(turn), math.cos(turn)]) * height / 2
    middle = np.array([x, y])
    offsets = (-along - down, along - down, along + down, down - along)
    return np.array([middle + offset for offset in offsets], np.float32)
