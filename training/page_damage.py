"""What happens to pages on their way into a file; truth stays where it is. See `training.damage` for lines."""

import random

import cv2
import numpy as np

from training.damage import (
    Damage,
    Image,
    binarised,
    compressed,
    moved,
    noise_field,
    noisy,
    shaded,
    sharpened,
    stained,
    textured,
)


def shadowed(gray: Image, rng: random.Random) -> Image:
    """The shadow of a hand or a phone: darker on one side of a soft or sharp edge."""
    height, width = gray.shape
    points = np.array([[rng.uniform(-0.5, 1.5) * width, rng.uniform(-0.5, 1.5) * height] for _ in range(4)])
    mask = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.int32)), 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 25))
    return gray * (1 - mask * np.float32(rng.uniform(0.15, 0.6)))


def folded(gray: Image, rng: random.Random) -> Image:
    """Creases: a bright and a dark line side by side, and a change of light from one half to the other."""
    height, width = gray.shape
    gray = gray.copy()
    for _ in range(rng.randint(1, 3)):
        upright = rng.random() < 0.5
        length = width if upright else height
        at = rng.uniform(0.1, 0.9) * length
        distance = np.arange(length, dtype=np.float32) - np.float32(at)
        profile = np.exp(-((distance / rng.uniform(0.7, 4)) ** 2)) * rng.uniform(-60, 60)
        profile += np.where(distance > 0, np.exp(-distance / rng.uniform(20, 200)), 0) * rng.uniform(-40, 20)
        gray += profile[None, :] if upright else profile[:, None]
    return gray


def shone_through(gray: Image, rng: random.Random) -> Image:
    """The back of the sheet, mirrored and pale."""
    paper = float(np.median(gray))
    back = cv2.GaussianBlur(gray[:, ::-1], (0, 0), rng.uniform(0.8, 2))
    return gray + (np.roll(back, rng.randint(3, 60), axis=0) - paper) * np.float32(rng.uniform(0.05, 0.2))


def faded(gray: Image, rng: random.Random) -> Image:
    """Patches where the print is pale: worn ribbons, tired thermal paper."""
    paper = float(np.median(gray))
    strength = noise_field(gray.shape, rng.uniform(2, 60), rng) * np.float32(rng.uniform(0.8, 2.5))
    return paper + (gray - paper) * np.clip(strength, 0.15, 1)


def retoned(gray: Image, rng: random.Random) -> Image:
    """Another exposure: less contrast, brighter or darker, gamma."""
    curve = (np.clip(gray, 0, 255) / 255) ** np.float32(rng.uniform(0.6, 1.7))
    low = rng.uniform(0, 70)
    return curve * np.float32(rng.uniform(low + 100, 255) - low) + np.float32(low)


def speckled(gray: Image, rng: random.Random) -> Image:
    """Salt and pepper in patches, as copies of copies have it."""
    patches = noise_field(gray.shape, rng.uniform(20, 120), rng)
    dots = np.random.default_rng(rng.getrandbits(64)).random(gray.shape, np.float32)
    hit = dots < patches**3 * np.float32(rng.uniform(0.005, 0.06))
    return np.where(hit, np.float32(rng.choice([0, 255])), gray)


BEFORE: tuple[tuple[float, Damage], ...] = (
    (0.06, shone_through), (0.12, faded), (0.12, textured), (0.08, stained), (0.15, folded), (0.35, shaded),
    (0.15, shadowed), (0.45, retoned),
)  # fmt: skip
"""What paper and light do."""

AFTER: tuple[tuple[float, Damage], ...] = (
    (0.05, moved), (0.12, sharpened), (0.35, noisy), (0.4, compressed), (0.07, binarised), (0.05, speckled),
)  # fmt: skip
"""What sensor and file do."""

SEVERITIES = (0.0, 0.5, 1.0)
"""Shares of the damages' full probabilities: a third of all pages is clean."""


def blurred(gray: Image, letters: float, rng: random.Random) -> Image:
    """Out of focus, or enlarged from fewer pixels, by a share of the height of its letters in pixels."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(gray, (0, 0), max(0.3, rng.uniform(0.02, 0.1) * letters))
    share = rng.uniform(min(0.95, max(0.4, 7 / letters)), 0.95)
    height, width = gray.shape
    small = cv2.resize(gray, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))


def damaged(gray: Image, letters: float, rng: random.Random) -> Image:
    """Return `gray`, (H, W) float32 with letters of about `letters` pixels, after paper, light and camera."""
    severity = rng.choice(SEVERITIES)
    gray = _some(gray, BEFORE, severity, rng)
    if rng.random() < 0.4 * severity:
        gray = blurred(gray, letters, rng)
    return _some(gray, AFTER, severity, rng)


def _some(gray: Image, damages: tuple[tuple[float, Damage], ...], severity: float, rng: random.Random) -> Image:
    """Return `gray` after each of `damages` had its chance."""
    for probability, apply in damages:
        if rng.random() < probability * severity:
            gray = apply(gray, rng).astype(np.float32, copy=False)
    return gray
