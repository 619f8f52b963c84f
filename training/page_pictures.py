"""What lies on pages and is no text: pictures, textures, charts, bar codes, icons. All drawn, none photographed."""

import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.damage import noise_field, normal

Picture = NDArray[np.float32]
"""(H, W) float32 grey, 0-255."""


def clouds(width: int, height: int, rng: random.Random) -> Picture:
    """Soft light and dark on several scales, as walls, sky and skin."""
    picture = np.full((height, width), rng.uniform(40, 215), np.float32)
    cell, strength = rng.uniform(60, 240), rng.uniform(20, 110)
    while cell > rng.uniform(1.5, 6):
        picture += (noise_field((height, width), cell, rng) - 0.5) * strength
        cell, strength = cell / 2.3, strength * rng.uniform(0.55, 0.95)
    return np.clip(picture, 0, 255)


def scenery(width: int, height: int, rng: random.Random) -> Picture:
    """Shapes before clouds: edges, corners and curves on all scales, as streets, shelves and faces have them."""
    picture = clouds(width, height, rng)
    reach = max(width, height)
    for _ in range(rng.randint(4, 60)):
        size = reach * rng.uniform(0.01, 0.4) ** rng.uniform(1, 2)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        tone, kind = rng.uniform(0, 255), rng.random()
        thickness = -1 if rng.random() < 0.6 else rng.randint(1, 4)
        if kind < 0.4:
            count = rng.randint(3, 7)
            points = [(x + rng.uniform(-size, size), y + rng.uniform(-size, size)) for _ in range(count)]
            contour = np.array([cv2.convexHull(np.array(points, np.float32))], np.float32).astype(np.int32)
            cv2.drawContours(picture, [contour.reshape(-1, 1, 2)], -1, tone, thickness)
        elif kind < 0.7:
            axes = (max(1, int(size)), max(1, int(size * rng.uniform(0.2, 1))))
            cv2.ellipse(
                picture, (int(x), int(y)), axes, rng.uniform(0, 180), 0, rng.choice([180, 360]), tone, thickness
            )
        else:
            end = (int(x + rng.uniform(-3, 3) * size), int(y + rng.uniform(-3, 3) * size))
            cv2.line(picture, (int(x), int(y)), end, tone, rng.randint(1, 8))
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 3))
    return picture


def foliage(width: int, height: int, rng: random.Random) -> Picture:
    """Many short strokes without order: leaves, grass, gravel, cloth; what is most often taken for text."""
    picture = clouds(width, height, rng)
    length = rng.uniform(2, 14)
    for _ in range(int(min(2500, width * height / length**2 * rng.uniform(0.05, 0.3)))):
        x, y, angle = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, 6.3)
        end = (int(x + np.cos(angle) * length), int(y + np.sin(angle) * length))
        cv2.line(picture, (int(x), int(y)), end, rng.uniform(0, 255), rng.randint(1, 3))
    return picture


def pattern(width: int, height: int, rng: random.Random) -> Picture:
    """A thing that repeats: bricks, blinds, tiles, windows, fences, weave."""
    picture = clouds(width, height, rng)
    step_x, step_y = rng.uniform(4, 60), rng.uniform(4, 40)
    tone, thickness = rng.uniform(0, 255), rng.randint(1, max(1, int(min(step_x, step_y) / 3)))
    bricks, both = rng.random() < 0.5, rng.random() < 0.7
    for row, y in enumerate(np.arange(0, height, step_y)):
        cv2.line(picture, (0, int(y)), (width, int(y)), tone, thickness)
        if both:
            start = step_x / 2 if bricks and row % 2 else 0.0
            for x in np.arange(start, width, step_x):
                cv2.line(picture, (int(x), int(y)), (int(x), int(y + step_y)), tone, thickness)
    return picture


def guilloche(width: int, height: int, rng: random.Random) -> Picture:
    """The fine waves behind the print of tickets, notes and certificates."""
    picture = np.full((height, width), rng.uniform(190, 250), np.float32)
    x = np.arange(0, width, 3)
    tone, step = float(picture[0, 0]) - rng.uniform(12, 45), rng.uniform(3, 9)
    swing, wave, drift = rng.uniform(3, 30), rng.uniform(20, 120), rng.uniform(-0.05, 0.05)
    for y in np.arange(-swing, height + swing, step):
        wobble = y + swing * np.sin(x / wave + y * drift)
        cv2.polylines(picture, [np.column_stack([x, wobble]).astype(np.int32)], False, tone, 1, cv2.LINE_AA)
    return picture


def bar_code(width: int, height: int, rng: random.Random) -> Picture:
    """Bars of four widths."""
    unit = rng.randint(1, 3)
    widths = [rng.randint(1, 4) * unit for _ in range(width // unit)]
    bars = np.repeat(np.arange(len(widths)) % 2, widths)[:width]
    return np.tile(np.where(bars, np.float32(245), np.float32(20)), (height, 1))


def matrix_code(width: int, height: int, rng: random.Random) -> Picture:
    """A square code of black and white cells with three finders."""
    cells = rng.choice([21, 25, 29, 33])
    code = (np.random.default_rng(rng.getrandbits(32)).random((cells, cells)) < 0.5).astype(np.float32)
    for y, x in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        code[y : y + 7, x : x + 7] = 1
        code[y + 1 : y + 6, x + 1 : x + 6] = 0
        code[y + 2 : y + 5, x + 2 : x + 5] = 1
    side = max(cells, min(width, height))
    return cv2.resize(255 - code * 235, (side, side), interpolation=cv2.INTER_NEAREST)


def chart(width: int, height: int, rng: random.Random) -> Picture:
    """Bars, a curve or a pie, without lettering."""
    picture = np.full((height, width), rng.uniform(225, 255), np.float32)
    kind = rng.random()
    if kind < 0.45:
        count = rng.randint(3, 14)
        for k in range(count):
            top = int(height * rng.uniform(0.1, 0.9))
            left = int(width * (k + 0.15) / count)
            cv2.rectangle(
                picture, (left, top), (left + int(width * 0.6 / count), height - 3), rng.uniform(0, 200), -1
            )
    elif kind < 0.8:
        for _ in range(rng.randint(1, 4)):
            y = np.clip(np.cumsum([rng.gauss(0, 0.1) for _ in range(30)]) + 0.5, 0, 1) * height
            points = np.column_stack([np.linspace(0, width, 30), y]).astype(np.int32)
            cv2.polylines(picture, [points], False, rng.uniform(0, 180), rng.randint(1, 3), cv2.LINE_AA)
    else:
        start, radius = 0.0, max(4, min(width, height) // 2 - 4)
        while start < 360:
            end = start + rng.uniform(20, 140)
            cv2.ellipse(
                picture,
                (width // 2, height // 2),
                (radius, radius),
                0,
                start,
                min(360, end),
                rng.uniform(20, 230),
                -1,
            )
            start = end
    cv2.line(picture, (1, 0), (1, height), 90, 1)
    cv2.line(picture, (0, height - 2), (width, height - 2), 90, 1)
    return picture


def icon(width: int, height: int, rng: random.Random) -> Picture:
    """A few strokes in a disc or a square: a button, a logo, a stamp's middle."""
    ground, tone = rng.uniform(0, 255), rng.uniform(0, 255)
    picture = np.full((height, width), ground, np.float32)
    for _ in range(rng.randint(1, 5)):
        a, b = ((rng.randrange(width), rng.randrange(height)) for _ in range(2))
        thickness = max(1, min(width, height) // rng.randint(6, 14))
        if rng.random() < 0.5:
            cv2.line(picture, a, b, tone, thickness)
        else:
            cv2.circle(
                picture, a, max(1, min(width, height) // rng.randint(3, 8)), tone, rng.choice([-1, thickness])
            )
    return picture


def garland(width: int, height: int, rng: random.Random) -> Picture:
    """One motif again and again along a row: borders of certificates, rows of leaves, stitches, film holes."""
    size = max(6, min(width, height, rng.randint(7, 26)))
    motif = icon(size, size, rng)
    motif[[0, -1]] = motif[:, [0, -1]] = ground = float(motif[0, 0])
    row = np.tile(motif, (1, width // size + 1))[:, :width]
    picture = np.full((max(height, size), width), ground, np.float32)
    for y in range(0, picture.shape[0] - size + 1, size * rng.choice([1, 2, 5])):
        picture[y : y + size] = row
    return picture


Drawer = Callable[[int, int, random.Random], Picture]
PHOTOS: tuple[Drawer, ...] = (clouds, scenery, scenery, foliage, pattern)
FIGURES: tuple[Drawer, ...] = (*PHOTOS, chart, icon, matrix_code, bar_code, garland)


def photo(width: int, height: int, rng: random.Random) -> Picture:
    """Return (height, width) something like a photograph."""
    picture = rng.choice(PHOTOS)(width, height, rng)
    if rng.random() < 0.3:
        picture = picture + normal(picture.shape, rng.uniform(2, 12), rng)
    return np.clip(picture, 0, 255)


def figure(width: int, height: int, rng: random.Random) -> Picture:
    """Return what may stand between the texts of a page, at most (height, width)."""
    return np.clip(rng.choice(FIGURES)(max(8, width), max(8, height), rng), 0, 255)[:height, :width]
