"""The line images of a benchmark: drawn here, or those of a folder."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr_core.preprocess import to_gray
from ocr_core.types import Color

WORDS = ("receipt", "number", "total", "Street", "invoice", "payment", "Office", "amount", "25.00", "2024-11-03")
HEIGHTS = (24, 32, 48)
"""Pixels; print is cropped at many resolutions."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One line image."""

    image: Color

    text: str
    """What it says."""


def drawn_crops(count: int, seed: int = 7) -> list[Crop]:
    """Return `count` clean lines of one to eight words, the same ones in every run."""
    rng = np.random.default_rng(seed)
    crops = []
    for index in range(count):
        text = " ".join(map(str, rng.choice(WORDS, size=1 + index % 8)))
        crops.append(Crop(_draw(text, HEIGHTS[index % len(HEIGHTS)]), text))
    return crops


def folder_crops(folder: Path, count: int) -> list[Crop]:
    """Return the first `count` lines of a folder with `labels.tsv` (name<TAB>text) and `crops/`.

    Raises:
        FileNotFoundError: the list or an image on it is missing.
    """
    rows = (folder / "labels.tsv").read_text(encoding="utf-8").splitlines()
    cells = [row.partition("\t") for row in rows if row][:count]
    return [Crop(_load(folder / "crops" / name), text) for name, _, text in cells]


def without_color(image: Color) -> Color:
    """Return the brightness of `image`, (H, W, 3) uint8, BGR, in three equal channels."""
    return np.repeat(to_gray(image)[:, :, np.newaxis], 3, axis=2)


def _draw(text: str, height: int) -> Color:
    """Return black `text` on white, (height, W, 3) uint8."""
    scale, thickness = height / 42, max(1, height // 20)
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    image = np.full((height, width + height // 2, 3), 255, np.uint8)
    place = (height // 4, round(0.72 * height))
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), thickness, cv2.LINE_AA)
    return image


def _load(path: Path) -> Color:
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(f"{path} is missing or is no image.")
    return np.asarray(image, np.uint8)
