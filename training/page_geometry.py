"""How a sheet lies before the camera: zoom, skew, perspective, curl; pixels and truth go the same way."""

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 2) float64, x and y in pixels."""

INVERSION_STEPS = 8
"""Steps that undo the curl of a point; each makes the error smaller by the curl's slope, at most 0.3."""


@dataclass(frozen=True, slots=True)
class View:
    """A map from a sheet to the square window that is seen of it."""

    matrix: NDArray[np.float64]
    """(3, 3) homography, sheet to window, before the curl."""

    waves: tuple[tuple[float, float, float], ...]
    """Curl: (height in pixels, wavelength in pixels, phase) of each wave along x."""

    side: int
    """Pixels of the window."""

    def image(self, sheet: NDArray[np.float32], ground: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the window on `sheet`, (H, W) float32, lying on `ground`, (side, side) float32."""
        steps = np.arange(self.side, dtype=np.float64) + 0.5
        x, y = np.meshgrid(steps, steps)
        y = y + self._rise(x)
        back = np.linalg.inv(self.matrix)
        depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = ((back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth - 0.5).astype(np.float32)
        v = ((back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth - 0.5).astype(np.float32)
        seen = cv2.remap(sheet, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        outside = (u < -0.5) | (v < -0.5) | (u > sheet.shape[1] - 0.5) | (v > sheet.shape[0] - 0.5)
        return np.where(outside, ground, seen)

    def points(self, points: Points) -> Points:
        """Return where `points` of the sheet, (N, 2), are seen in the window."""
        flat = cv2.perspectiveTransform(points[None].astype(np.float64), self.matrix)[0]
        seen = flat.copy()
        if self.waves:
            for _ in range(INVERSION_STEPS):
                seen[:, 1] = flat[:, 1] - self._rise(seen[:, 0])
        return seen

    def _rise(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the sheet is pushed up at `x` of the window, in pixels."""
        total = np.zeros_like(x)
        for height, wavelength, phase in self.waves:
            total += height * np.sin(x * (2 * math.pi / wavelength) + phase)
        return total


def random_view(width: int, height: int, side: int, zoom: float, loose: bool, rng: random.Random) -> View:
    """Return a view of a sheet of (`height`, `width`): straight, skewed, or, where `loose`, as a photo has it."""
    draw = rng.random()
    angle = 0.0 if draw < 0.3 else rng.gauss(0, 1.3) if draw < 0.7 else rng.uniform(-15, 15)
    turn = math.radians(angle if loose or draw < 0.7 else angle / 3)
    slack = 0.12 * side
    shift = [rng.uniform(-1, 1) * (slack + abs(side - zoom * length) / 2) for length in (width, height)]
    if draw < 0.3:
        shift = [
            round(value) + 0.5 * ((side - length) % 2) for value, length in zip(shift, (width, height), strict=True)
        ]
    cosine, sine = zoom * math.cos(turn), zoom * math.sin(turn)
    place = np.array([[cosine, -sine, side / 2 + shift[0]], [sine, cosine, side / 2 + shift[1]], [0, 0, 1]])
    centred = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    tilt = np.eye(3)
    if loose and rng.random() < 0.5:
        reach = 0.35 / max(width, height)
        tilt[2, :2] = rng.uniform(-reach, reach), rng.uniform(-reach, reach)
        tilt[0, 1], tilt[1, 0] = rng.uniform(-0.1, 0.1), rng.uniform(-0.04, 0.04)
    waves: tuple[tuple[float, float, float], ...] = ()
    if loose and rng.random() < 0.4:
        waves = tuple(_wave(side, rng) for _ in range(rng.choice([1, 1, 2])))
    return View(place @ tilt @ centred, waves, side)


def _wave(side: int, rng: random.Random) -> tuple[float, float, float]:
    """Return one wave whose slope stays under 0.15."""
    wavelength = rng.uniform(0.5, 3) * side
    return rng.uniform(0.02, 0.15) * wavelength / (2 * math.pi), wavelength, rng.uniform(0, 2 * math.pi)
