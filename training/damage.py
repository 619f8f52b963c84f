"""What happens to print: one small function per damage, each `(image, rng) -> image`.

Two stages. Ink damages work on the ink map ((H, W) float32, 0 = paper, 1 = ink) as the printer leaves it;
picture damages work on grey ((H, W) float32, 0-255) as the camera or scanner sees it. `damage` applies them with
their probabilities. Noise is measured against the line's own contrast, so that a person could read nearly every
line: what nobody can read teaches guessing.
"""

import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Damage = Callable[[Image, random.Random], Image]


def noise_field(shape: tuple[int, int], cell: float, rng: random.Random) -> Image:
    """Return (H, W) float32 smooth noise in [0, 1] with features of about `cell` pixels."""
    height, width = shape
    grid = np.random.default_rng(rng.getrandbits(64)).random(
        (max(2, int(height / cell)), max(2, int(width / cell))), np.float32
    )
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)


def normal(shape: tuple[int, int], deviation: float, rng: random.Random) -> Image:
    """Return (H, W) float32 independent noise of the given deviation."""
    return np.random.default_rng(rng.getrandbits(64)).standard_normal(shape, np.float32) * np.float32(deviation)


def contrast(grey: Image) -> float:
    """Return the grey levels between paper and ink."""
    dark, light = np.percentile(grey, (3, 97))
    return float(light - dark)


def spread_ink(ink: Image, rng: random.Random) -> Image:
    """Bolder or thinner strokes."""
    kernel = np.ones((2, 2), np.uint8)
    return cv2.dilate(ink, kernel) if rng.random() < 0.6 else cv2.erode(ink, kernel)


def faded_ink(ink: Image, rng: random.Random) -> Image:
    """Patches where the ink is pale or gone, as on worn type and thermal paper."""
    patches = noise_field(ink.shape, rng.uniform(2, 9), rng)
    return ink * np.clip(patches * rng.uniform(1.7, 4.0), 0, 1)


def ragged_ink(ink: Image, rng: random.Random) -> Image:
    """Ragged, broken or clogged edges: a copy of a copy, old type on rough paper, a fax."""
    soft = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 0.02 * ink.shape[0] + 0.4))
    rough = noise_field(ink.shape, rng.uniform(1.0, 3.5), rng) - 0.5
    level = rng.uniform(0.28, 0.58) + rough * rng.uniform(0.05, 0.45)
    return np.clip((soft - level) * rng.uniform(4, 30) + 0.5, 0, 1)


def thermal_streaks(ink: Image, rng: random.Random) -> Image:
    """Dead or weak heater dots: pale columns through the line; sometimes the head fades across it."""
    height, width = ink.shape
    strength = np.ones(width, np.float32)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(width)
        strength[at : at + rng.randint(1, max(1, height // 12))] *= rng.uniform(0, 0.6)
    if rng.random() < 0.4:
        strength *= np.linspace(1, rng.uniform(0.3, 1), width, dtype=np.float32)[:: rng.choice([1, -1])]
    return ink * strength


def weak_rows(ink: Image, rng: random.Random) -> Image:
    """Pale bands along the line: a worn ribbon prints the tops or feet of letters only faintly."""
    height = ink.shape[0]
    y = np.arange(height, dtype=np.float32)[:, None] / height
    edge, top = rng.uniform(0.1, 0.45), rng.random() < 0.5
    band = (y < edge) if top else (y > 1 - edge)
    return ink * np.where(band, np.float32(rng.uniform(0.15, 0.8)), np.float32(1))


def pale_marks(ink: Image, rng: random.Random) -> Image:
    """Dots, commas and hyphens paler than the letters: too small for the heater or the toner to take hold."""
    largest = ink.shape[0] * rng.uniform(0.13, 0.25)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.2).astype(np.uint8))
    small = (stats[:, cv2.CC_STAT_WIDTH] < 1.5 * largest) & (stats[:, cv2.CC_STAT_HEIGHT] < largest)
    if small.sum() > len(small) / 2:  # print that consists of dots would be gone altogether
        return ink
    strength = np.where(small, [rng.uniform(0.12, 0.6) for _ in small], 1.0).astype(np.float32)
    grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8))  # with their soft edges
    return ink * np.where(labels > 0, strength[labels], strength[grown.astype(np.intp)])


INK_DAMAGES: tuple[tuple[float, Damage], ...] = (
    (0.10, spread_ink), (0.10, faded_ink), (0.22, ragged_ink), (0.05, thermal_streaks), (0.04, weak_rows),
    (0.12, pale_marks),
)  # fmt: skip


def shaded(grey: Image, rng: random.Random) -> Image:
    """Uneven light."""
    height, width = grey.shape
    light = np.random.default_rng(rng.getrandbits(64)).normal(
        0, rng.uniform(3, 20), (rng.randint(2, 4), rng.randint(2, 8))
    )
    return grey + cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def textured(grey: Image, rng: random.Random) -> Image:
    """Paper grain, cloth or a picture behind the text."""
    return grey + (noise_field(grey.shape, rng.uniform(1.5, 14), rng) - 0.5) * contrast(grey) * rng.uniform(
        0.05, 0.45
    )


def stained(grey: Image, rng: random.Random) -> Image:
    """Specks of dirt, dark and light."""
    height, width = grey.shape
    grey = grey.copy()
    for _ in range(rng.randint(1, 12)):
        at = (rng.randrange(width), rng.randrange(height))
        cv2.circle(
            grey,
            at,
            rng.randint(0, max(1, height // 24)),
            float(rng.choice([rng.uniform(0, 90), rng.uniform(180, 255)])),
            -1,
        )
    return grey


def tilted(grey: Image, rng: random.Random) -> Image:
    """Skew, shear and perspective of a page not held straight."""
    height, width = grey.shape
    rise = rng.uniform(-0.07, 0.07) * height if rng.random() < 0.8 else rng.uniform(-0.2, 0.2) * height
    shear = rng.uniform(-0.25, 0.25) * height if rng.random() < 0.3 else 0.0
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.array([[shear, rise], [shear, -rise], [-shear, -rise], [-shear, rise]], np.float32) / 2
    moved += normal((4, 2), 0.015 * height, rng)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(grey, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def waved(grey: Image, rng: random.Random) -> Image:
    """The wave of a page near the spine of a book."""
    height, width = grey.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    rows += np.sin(columns / rng.uniform(30, 200) + rng.uniform(0, 6.3)) * rng.uniform(0.5, height * 0.07)
    return cv2.remap(grey, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def scanned(grey: Image, rng: random.Random) -> Image:
    """A scan in black and white, as faxes, forms and old books are kept: hard edges, specks, thin strokes lost."""
    height, width = grey.shape
    rows = rng.randint(16, 64)
    size = (max(4, round(width * rows / height)), rows)
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if rows < height else cv2.INTER_LINEAR)
    dark, light = np.percentile(grey, (3, 97))
    level = dark + (light - dark) * rng.uniform(0.3, 0.7)
    rough = normal(grey.shape, float(light - dark) * rng.uniform(0, 0.16), rng)
    scan = np.where(cv2.GaussianBlur(grey + rough, (0, 0), rng.uniform(0.3, 0.8)) > level, 255, 0)
    if rng.random() < 0.4:
        specks = np.random.default_rng(rng.getrandbits(64)).random(scan.shape) < rng.uniform(0.0005, 0.01)
        size = np.ones((rng.randint(1, 2), rng.randint(1, 2)))
        scan = np.where(cv2.dilate(specks.astype(np.uint8), size), 0, scan)
    return scan.astype(np.float32)


def low_resolution(grey: Image, rng: random.Random) -> Image:
    """The pixels that a scan, screenshot or photo really has for a line, 10 to 60 of them in height."""
    height, width = grey.shape
    target = rng.choice([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 26, 28, 30, 32, 36, 40, 50, 60])
    if target >= height:
        return grey
    size = (max(4, int(width * target / height * rng.uniform(0.88, 1.12))), target)
    return cv2.resize(grey, size, interpolation=rng.choice([cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR]))


def blurred(grey: Image, rng: random.Random) -> Image:
    """Out of focus."""
    return cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 0.4 + grey.shape[0] * 0.022))


def moved(grey: Image, rng: random.Random) -> Image:
    """Motion along the line or across it."""
    kernel = np.zeros((5, 5), np.float32)
    length = rng.choice([3, 5])
    kernel[2, (5 - length) // 2 : (5 + length) // 2] = 1 / length
    return cv2.filter2D(grey, -1, kernel if rng.random() < 0.6 else kernel.T)


def sharpened(grey: Image, rng: random.Random) -> Image:
    """The halo of a scanner's or phone's sharpening."""
    return grey + (grey - cv2.GaussianBlur(grey, (0, 0), 1.2)) * rng.uniform(0.4, 1.6)


def noisy(grey: Image, rng: random.Random) -> Image:
    """Sensor noise."""
    return grey + normal(grey.shape, contrast(grey) * rng.uniform(0.01, 0.11), rng)


def compressed(grey: Image, rng: random.Random) -> Image:
    """JPEG blocks and ringing."""
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(20, 85)])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)


def binarised(grey: Image, rng: random.Random) -> Image:
    """Black and white, by one threshold for all or by the neighbourhood."""
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.5 and pixels.shape[0] >= 12:
        method, window, offset = (
            cv2.ADAPTIVE_THRESH_GAUSSIAN_C,
            rng.choice([11, 15, 21, 31]),
            rng.choice([2, 5, 10]),
        )
        return cv2.adaptiveThreshold(pixels, 255, method, cv2.THRESH_BINARY, window, offset).astype(np.float32)
    level, _ = cv2.threshold(pixels, 0, 255, cv2.THRESH_OTSU)
    return np.where(pixels > level + rng.uniform(-25, 25), np.float32(255), np.float32(0))


ALWAYS = 1.0
"""Probability of a damage that the severity of a line does not lower."""

PICTURE_DAMAGES: tuple[tuple[float, Damage], ...] = (
    (0.20, shaded), (0.12, textured), (0.06, stained), (0.40, tilted), (0.08, waved), (0.28, scanned),
    (ALWAYS, low_resolution),
    (0.25, blurred), (0.04, moved), (0.12, sharpened), (0.28, noisy), (0.25, compressed), (0.20, binarised),
)  # fmt: skip


def damage(image: Image, damages: tuple[tuple[float, Damage], ...], rng: random.Random, severity: float) -> Image:
    """Return `image` after each of `damages` had its chance, times `severity` (0-1), in their order."""
    for probability, apply in damages:
        if probability == ALWAYS or rng.random() < probability * severity:
            image = apply(image, rng)
    return image
