"""Letters as signs, posters and titles have them: outlined, hollow, with a shadow, in relief, in changing tones.

Each works on an ink map ((H, W) float32, 0 = paper, 1 = ink) and gives grey ((H, W) float32, 0-255), in place of
`training.render.printed`.
"""

import random

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""(H, W) float32, 0 = black, 255 = white."""

LEAST_STEP = 60.0
"""Grey levels by which an edge differs from what is on both its sides."""


def lettered(ink: Grey, rng: random.Random) -> Grey:
    """Return the ink as letters of one of the kinds of this file."""
    return rng.choice((outlined, hollow, shadowed, raised))(ink, rng)


def outlined(ink: Grey, rng: random.Random) -> Grey:
    """Letters of one tone with an outline of another, on a ground that may be like either."""
    edge = rng.uniform(0, 255)
    body = _away_from(edge, rng)
    return _painted(rng.uniform(0, 255), (_widened(ink, _stroke(ink, rng)), edge), (ink, _filled(body, ink, rng)))


def hollow(ink: Grey, rng: random.Random) -> Grey:
    """An outline alone: within it is the ground, or nearly."""
    ground = rng.uniform(0, 255)
    edge = _away_from(ground, rng)
    inside = float(np.clip(ground + rng.uniform(-25, 25), 0, 255))
    return _painted(ground, (_widened(ink, _stroke(ink, rng)), edge), (ink, inside))


def shadowed(ink: Grey, rng: random.Random) -> Grey:
    """Letters before their own shadow, which is hard or soft."""
    ground = rng.uniform(0, 255)
    body = _away_from(ground, rng)
    reach = max(1.0, ink.shape[0] * rng.uniform(0.02, 0.09))
    shadow = _moved(ink, reach * rng.choice((-1, 1)), reach * rng.uniform(0.2, 1))
    if rng.random() < 0.5:
        shadow = cv2.GaussianBlur(shadow, (0, 0), reach * 0.5 + 0.3)
    return _painted(ground, (shadow, rng.uniform(0, 255)), (ink, _filled(body, ink, rng)))


def raised(ink: Grey, rng: random.Random) -> Grey:
    """Letters of nearly the ground's tone, told by light on one side of their strokes and dark on the other."""
    ground = rng.uniform(60, 195)
    body = ground + rng.uniform(-40, 40)
    reach = max(1.0, ink.shape[0] * rng.uniform(0.02, 0.05))
    across, down = reach * rng.choice((-1, 1)), reach * rng.choice((-1, 1))
    grey = _painted(ground, (ink, body))
    light = np.clip(_moved(ink, -across, -down) - ink, 0, 1)
    dark = np.clip(_moved(ink, across, down) - ink, 0, 1)
    return grey + light * rng.uniform(30, 90) - dark * rng.uniform(LEAST_STEP, 120)


def _painted(ground: float, *layers: tuple[Grey, float | Grey]) -> Grey:
    """Return a ground of one tone under `layers` of (cover 0-1, tone), the last one on top."""
    grey = np.full_like(layers[0][0], ground)
    for cover, tone in layers:
        grey += cover * (tone - grey)
    return grey


def _stroke(ink: Grey, rng: random.Random) -> int:
    """Return the width of an outline in pixels."""
    return max(1, round(ink.shape[0] * rng.uniform(0.015, 0.055)))


def _widened(ink: Grey, by: int) -> Grey:
    return cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1)))


def _moved(ink: Grey, right: float, down: float) -> Grey:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(ink, matrix, (ink.shape[1], ink.shape[0]))


def _away_from(tone: float, rng: random.Random) -> float:
    """Return a tone that differs from `tone` by `LEAST_STEP` or more."""
    darker, lighter = max(0.0, tone - LEAST_STEP), max(0.0, 255 - tone - LEAST_STEP)
    draw = rng.uniform(0, darker + lighter)
    return draw if draw < darker else tone + LEAST_STEP + draw - darker


def _filled(tone: float, ink: Grey, rng: random.Random) -> float | Grey:
    """Return the tone of letters, now and then as one that changes from their heads to their feet."""
    if rng.random() < 0.75:
        return tone
    rows = np.linspace(tone, np.clip(tone + rng.uniform(-50, 50), 0, 255), ink.shape[0], dtype=np.float32)
    return np.repeat(rows[:, None], ink.shape[1], axis=1)
