"""What adorns pages and is no text: borders, leaves, emblems of firms, seals, marks in the paper."""

import math
import random

import cv2
import numpy as np
from numpy.typing import NDArray

from training.damage import noise_field
from training.page_pictures import Picture, garland

Mask = NDArray[np.float32]
"""(H, W) float32, 0-1: how much of a tone lies on each pixel."""

FINE = 2
"""Shapes are drawn this much larger and reduced, for soft edges."""


def emblem(side: int, rng: random.Random) -> Mask:
    """Return the sign of a firm, (side, side), 8 at least: strokes, rings, leaves or cut shapes of one tone."""
    span = max(8, side) * FINE
    mask = np.zeros((span, span), np.float32)
    draw = rng.choice((_strokes, _rings, _leaves, _cuts))
    draw(mask, span, rng)
    return _reduced(mask)


def _strokes(mask: Mask, span: int, rng: random.Random) -> None:
    """A thick line through some corners of a polygon."""
    corners = rng.randint(3, 8)
    start, thick = rng.uniform(0, math.tau), _thick(span, rng, 0.08, 0.2)
    points = []
    for k in range(corners):
        reach = span * rng.uniform(0.25, 0.42)
        angle = start + math.tau * k / corners
        points.append((span / 2 + reach * math.cos(angle), span / 2 + reach * math.sin(angle)))
    if rng.random() < 0.4:
        rng.shuffle(points)
    cv2.polylines(mask, [np.array(points, np.int32)], rng.random() < 0.4, 1.0, thick)


def _thick(span: int, rng: random.Random, least: float, most: float) -> int:
    """Return the thickness of a stroke in pixels, by shares of `span`; OpenCV draws none of 0."""
    return max(1, int(span * rng.uniform(least, most)))


def _rings(mask: Mask, span: int, rng: random.Random) -> None:
    """Rings and arcs about one middle, with a bar or two through them."""
    middle = (span // 2, span // 2)
    for _ in range(rng.randint(1, 3)):
        reach = int(span * rng.uniform(0.1, 0.42))
        start = rng.uniform(0, 360)
        arc = rng.choice([360, 360, 270, 200])
        cv2.ellipse(mask, middle, (reach, reach), start, 0, arc, 1.0, _thick(span, rng, 0.04, 0.12))
    for _ in range(rng.randint(0, 2)):
        x = int(span * rng.uniform(0.3, 0.7))
        ends = ((x, int(span * 0.1)), (x, int(span * 0.9)))
        a, b = ends if rng.random() < 0.5 else tuple((y, x) for x, y in ends)
        cv2.line(mask, a, b, 1.0, _thick(span, rng, 0.04, 0.12))


def _leaves(mask: Mask, span: int, rng: random.Random) -> None:
    """Petals about a middle."""
    count, reach = rng.randint(2, 8), span * rng.uniform(0.2, 0.26)
    thin = rng.uniform(0.3, 0.8)
    for k in range(count):
        angle = math.tau * k / count
        middle = (int(span / 2 + reach * math.cos(angle)), int(span / 2 + reach * math.sin(angle)))
        cv2.ellipse(mask, middle, (int(0.8 * reach), int(0.8 * thin * reach)), math.degrees(angle), 0, 360, 1.0, -1)


def _cuts(mask: Mask, span: int, rng: random.Random) -> None:
    """A disc or a square with shapes cut out of it."""
    if rng.random() < 0.5:
        cv2.circle(mask, (span // 2, span // 2), int(span * 0.45), 1.0, -1)
    else:
        mask[int(0.08 * span) : int(0.92 * span), int(0.08 * span) : int(0.92 * span)] = 1
    for _ in range(rng.randint(1, 4)):
        points = [(rng.uniform(0.1, 0.9) * span, rng.uniform(0.1, 0.9) * span) for _ in range(rng.randint(2, 4))]
        cv2.polylines(mask, [np.array(points, np.int32)], False, 0.0, _thick(span, rng, 0.05, 0.14))


def leaf_row(width: int, height: int, rng: random.Random) -> Mask:
    """Return a branch, (height, width), 6 and 8 at least: pairs of leaves or angles along a row, as in borders."""
    size = max(6, height)
    step = size * rng.uniform(0.35, 0.9)
    mask = np.zeros((size * FINE, max(8, width) * FINE), np.float32)
    lean, thin = rng.uniform(25, 60), rng.uniform(0.1, 0.25)
    solid = rng.random() < 0.6
    for k in range(int(width / step)):
        x = (k + 0.5) * step * FINE
        for side in (-1, 1):
            middle = (int(x), int(size * FINE * (0.5 + 0.22 * side)))
            axes = (int(0.32 * size * FINE), max(1, int(thin * size * FINE)))
            cv2.ellipse(mask, middle, axes, side * lean, 0, 360, 1.0, -1 if solid else 2)
    if rng.random() < 0.4:
        cv2.line(mask, (0, size), (mask.shape[1], size), 1.0, FINE)
    return _reduced(mask)


def border(width: int, height: int, rng: random.Random) -> Mask:
    """Return a row of one motif, (height, width), 6 and 8 at least, as far as it stands out from its own ground."""
    if rng.random() < 0.6:
        return leaf_row(width, height, rng)
    row: Picture = garland(width, height, rng)
    apart = np.abs(row - row[0, 0])
    return np.asarray(apart / max(1.0, float(apart.max())), np.float32)


def watermark(width: int, height: int, rng: random.Random) -> Mask:
    """Return large shapes without meaning, (height, width), as maps and crests behind a text."""
    cell = rng.uniform(0.15, 0.6) * min(width, height)
    field = noise_field((height, width), max(4.0, cell), rng) + 0.4 * noise_field(
        (height, width), max(3, cell / 5), rng
    )
    shapes = np.asarray(field > np.quantile(field, rng.uniform(0.5, 0.8)), np.float32)
    return np.asarray(cv2.GaussianBlur(shapes, (0, 0), rng.uniform(0.5, 1.5)), np.float32)


def scribble(width: int, height: int, rng: random.Random) -> Mask:
    """Return a signature that nobody can read, (height, width)."""
    turns = rng.randint(5, 14)
    x = np.linspace(0.1, 0.9, turns) + [rng.uniform(-0.12, 0.12) for _ in range(turns)]
    y = np.array([0.5 + rng.choice([-1, 1]) * rng.uniform(0.05, 0.42) for _ in range(turns)])
    fine = np.linspace(0, turns - 1, turns * 8)
    curve = [cv2.GaussianBlur(np.interp(fine, range(turns), values)[None], (0, 0), 3)[0] for values in (x, y)]
    points = (np.column_stack(curve) * (width * FINE, height * FINE)).astype(np.int32)
    mask = np.zeros((height * FINE, width * FINE), np.float32)
    cv2.polylines(mask, [points], False, 1.0, rng.randint(2, 5), cv2.LINE_AA)
    return _reduced(mask)


def _reduced(mask: Mask) -> Mask:
    """Return `mask` at the size of the page."""
    size = (mask.shape[1] // FINE, mask.shape[0] // FINE)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
