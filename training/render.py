"""Text + font -> a clean line with its surroundings. Damage comes after, in `training.damage`.

Works on an ink map: (H, W) float32, 0 = paper, 1 = full ink; paper and ink get their grey values last.
"""

import random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.fonts import Font, opened
from training.setting import set_runs

Ink = NDArray[np.float32]
"""(H, W) float32, 0 = paper, 1 = ink."""

SIZES = (18, 22, 26, 32, 40, 48)
"""Pixels per em that lines are drawn at; the final resolution comes from `damage.resolution`."""

WIDEST = 2600
"""Pixels; wider drawings are given up."""

DOT_PITCH = 4
"""Pixels from dot to dot of dot-matrix print."""

PIN_SIZES = (9, 10, 10, 11, 12, 14, 16)
"""Rows of dots per em of dot-matrix print: capitals of 6 to 11 dots, mostly of 7."""

LOOSE_SHARE = 0.12
"""Of the lines, cropped with much paper above and below: a finder's boxes are not always tight."""


def draw_ink(text: str, font: Font, rng: random.Random) -> Ink | None:
    """Return the ink of `text` with random spacing and margins, or None where it is too wide or empty."""
    size = rng.choice(SIZES)
    spaces = 1.0 if rng.random() < 0.72 else rng.uniform(0.6, 2.5)
    runs = set_runs(text, font, size, rng)
    if spaces != 1.0:
        runs = [letter for run in runs for letter in run.letters()]
    advances = [run.width(spaces) for run in runs]
    boxes = [run.face.getbbox(run.text, anchor="ls") for run in runs]
    left, right = boxes[0][0], sum(advances[:-1]) + boxes[-1][2]
    top = min(box[1] - run.rise for run, box in zip(runs, boxes, strict=True))
    bottom = max(box[3] - run.rise for run, box in zip(runs, boxes, strict=True))
    width, height = int(right - left), int(bottom - top)
    if not 3 <= width <= WIDEST or height < 2:
        return None
    if height < size * 0.5:
        # A hyphen alone is cropped by the line it stands on, not by its own ink.
        top, height = int(size * 0.1) - runs[0].face.getmetrics()[0], size
    loose = rng.random() < LOOSE_SHARE
    above, below = (int(_margin(loose, rng) * height) for _ in range(2))
    before, after = (int(rng.triangular(-0.03, 0.8, 0.08) * height) for _ in range(2))
    canvas = Image.new("L", (max(4, width + before + after + 2), max(4, height + above + below + 2)), 0)
    pen = ImageDraw.Draw(canvas)
    x, y = before + 1 - left, above + 1 - top
    position = float(x)
    for run, advance in zip(runs, advances, strict=True):
        pen.text((position, y - run.rise), run.text, fill=255, font=run.face, anchor="ls")
        position += advance
    if rng.random() < 0.22:
        _draw_neighbours(pen, text, int(x), int(y), size, runs[0].face, rng)
    return np.asarray(canvas, np.float32) / 255


def _margin(loose: bool, rng: random.Random) -> float:
    """Return the paper above or below the ink, as a share of the ink's height; below 0 the crop cuts into it."""
    return rng.uniform(0.1, 0.75) if loose else rng.triangular(-0.04, 0.35, 0.06)


def _draw_neighbours(
    pen: ImageDraw.ImageDraw, text: str, x: int, y: int, size: int, face: object, rng: random.Random
) -> None:
    """Draw what crops of dense print show: the feet of the line above, the heads of the line below."""
    for direction in rng.choice([(-1,), (1,), (-1, 1)]):
        other = list(text * 2)
        rng.shuffle(other)
        pen.text(
            (x + rng.randint(-20, 20), y + direction * int(size * rng.uniform(1.0, 1.3))),
            "".join(other),
            fill=255,
            font=face,
            anchor="ls",
        )


def stretched(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink wider or narrower: receipt printers set tall narrow and wide flat characters."""
    factor = rng.uniform(0.55, 0.85) if rng.random() < 0.6 else rng.uniform(1.15, 1.5)
    height, width = ink.shape
    return cv2.resize(ink, (max(4, int(width * factor)), height), interpolation=cv2.INTER_AREA)


def slanted(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink as an oblique."""
    height, width = ink.shape
    shear = rng.uniform(-0.1, 0.35)
    shift = abs(shear) * height
    matrix = np.array([[1, -shear, shift if shear > 0 else 0], [0, 1, 0]], np.float32)
    return cv2.warpAffine(ink, matrix, (int(width + shift) + 1, height))


def ruled(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink with an underline, a table border or a frame around it."""
    height, width = ink.shape
    ink = ink.copy()
    thickness = rng.randint(1, max(1, height // 20))
    if rng.random() < 0.65:
        y = rng.choice([rng.randint(0, height // 10), height - 1 - rng.randint(0, height // 7)])
        cv2.line(ink, (0, y), (width, y + rng.randint(-1, 1)), 1.0, thickness)
    if rng.random() < 0.45:
        x = rng.choice([rng.randint(0, 5), width - 1 - rng.randint(0, 5)])
        cv2.line(ink, (x, 0), (x + rng.randint(-1, 1), height), 1.0, thickness)
    return ink


def draw_dots(text: str, font: Font, rng: random.Random) -> Ink | None:
    """Draw the ink of `text` as a dot-matrix printer sets it, dot by dot; None where it is too wide or empty."""
    face = opened(font.path, rng.choice(PIN_SIZES))
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text, mode="1", anchor="ls"))
    if not 3 <= right - left <= WIDEST // DOT_PITCH or bottom <= top:
        return None
    if bottom - top < face.size // 2:  # a hyphen alone is cropped by the line it stands on, too
        top, bottom = round(-0.8 * face.size), round(0.2 * face.size)
    width, height = right - left, bottom - top
    above, below = (max(0, round(_margin(False, rng) * height)) for _ in range(2))
    before, after = (round(rng.triangular(0, 0.8, 0.1) * height) for _ in range(2))
    # In one bit a pixel the face is drawn on the grid, as the printer's own characters are made for theirs.
    grid = Image.new("1", (width + before + after, height + above + below), 0)
    ImageDraw.Draw(grid).text((before - left, grid.height - below - bottom), text, fill=1, font=face, anchor="ls")
    return _struck(np.asarray(grid, np.float32), rng)


def dotted(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink as a dot-matrix printer sets it: one round dot for each cell of a coarse grid."""
    height, width = ink.shape
    rows = rng.randint(11, 18)
    columns = max(2, round(width * rows / height * rng.uniform(0.8, 1.2)))
    grid = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA) > rng.uniform(0.3, 0.45)
    return _struck(grid.astype(np.float32), rng)


def _struck(grid: Ink, rng: random.Random) -> Ink:
    """Return a round dot for each cell of `grid`, `DOT_PITCH` pixels wide and high, as strong as the cell."""
    dot = cv2.getGaussianKernel(DOT_PITCH, rng.uniform(0.9, 1.6))
    dot = np.minimum(1.0, (dot @ dot.T) / (dot @ dot.T).max() * 1.15).astype(np.float32)
    return np.kron(grid, dot)


def printed(ink: Ink, rng: random.Random) -> NDArray[np.float32]:
    """Return (H, W) float32 grey in [0, 255]: ink on paper, dark on light or light on dark."""
    if rng.random() < 0.82:
        paper = rng.uniform(215, 255) if rng.random() < 0.6 else rng.uniform(130, 255)
        tone = rng.uniform(0, 60) if rng.random() < 0.6 else rng.uniform(0, paper - 60)
    else:
        paper = rng.uniform(0, 130)
        tone = rng.uniform(paper + 60, 255)
    return paper * (1 - ink) + tone * ink
