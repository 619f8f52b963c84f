"""Short words as photos of signs hold them: turned, seen from one side, or set along an arc.

Whoever cuts such a word out of a photo draws an upright box around it, and the letters within stay as they hang.
"""

import random

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
"""(H, W) float32, 0 = paper, 1 = ink."""

LONGEST = 6.0
"""Width to height of what hangs askew; longer lines are print, and their pages are levelled before."""

ASKEW_SHARE = 0.2
"""Of the short lines."""

TURN, LARGEST_TURN = 7.0, 18.0
"""Degrees: deviation of the turns from level, and the largest one."""

ARCHED_SHARE, ARCH = 0.25, 0.45
"""Share that is set along an arc, and how far its middle rises or sinks at most, in heights of the line."""

FAR_SHARE, FAR_SIDE = 0.4, 0.6
"""Share that is seen from one side, and the height of its far end beside the near one's at least."""


def is_short(ink: Ink) -> bool:
    """Return whether the ink is as short as what signs say."""
    height, width = ink.shape
    return width <= LONGEST * height


def hung_askew(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink, now and then, as a short word on a sign; longer lines come back as they are."""
    if not is_short(ink) or rng.random() >= ASKEW_SHARE:
        return ink
    if rng.random() < ARCHED_SHARE:
        ink = _arched(ink, rng.uniform(-ARCH, ARCH))
    far = rng.uniform(FAR_SIDE, 1.0) if rng.random() < FAR_SHARE else 1.0
    turn = float(np.clip(rng.gauss(0, TURN), -LARGEST_TURN, LARGEST_TURN))
    return _cropped(_seen(ink, turn, far, rng.random() < 0.5), rng)


def _arched(ink: Ink, rise: float) -> Ink:
    """Return the ink with its middle `rise` heights above its ends."""
    height, width = ink.shape
    room = int(abs(rise) * height) + 1
    ink = np.pad(ink, ((room, room), (0, 0)))
    rows, columns = np.mgrid[0 : ink.shape[0], 0:width].astype(np.float32)
    rows += rise * height * (1 - (2 * columns / width - 1) ** 2) - rise * height / 2
    bent = cv2.remap(ink, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return bent.astype(np.float32, copy=False)


def _seen(ink: Ink, turn: float, far: float, right: bool) -> Ink:
    """Return the ink turned by `turn` degrees, its right or left end `far` times as high as the other."""
    height, width = ink.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners - corners.mean(axis=0)
    moved[(1, 2) if right else (0, 3), 1] *= far
    moved[:, 0] *= (1 + far) / 2  # what recedes is foreshortened, too
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    moved = moved @ np.array([[cos, sin], [-sin, cos]])
    moved -= moved.min(axis=0)
    wide, high = np.ceil(moved.max(axis=0)).astype(int)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(ink, matrix, (int(wide), int(high))).astype(np.float32, copy=False)


def _cropped(ink: Ink, rng: random.Random) -> Ink:
    """Return the ink with narrow margins on all sides; where there is none, as it is."""
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ink
    above, below, before, after = (max(1, round(rng.uniform(0, 0.12) * (rows[-1] - rows[0]))) for _ in range(4))
    inked = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(inked, ((above, below), (before, after)))
