"""Sets a line of type for a page: the ink of a text in a font, at any size that a page has."""

from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.fonts import Font, opened

BASES = (16, 32, 64, 128)
"""Pixels per em at which faces are opened; a text is drawn at the next larger one and reduced, since opening a
Chinese font takes as long as drawing a page."""

SMALLEST, LARGEST = 6, BASES[-1]
"""Pixels per em that are drawn."""


def face_of(font: Font, size: int) -> tuple[ImageFont.FreeTypeFont, float]:
    """Return an opened face of `font` and the reduction that makes it `size` pixels per em, 0-1."""
    base = next(base for base in BASES if base >= size)
    return opened(font.path, base), size / base


def drawn(text: str, font: Font, size: int, tracking: float) -> tuple[NDArray[np.float32], int]:
    """Return (the ink of `text`, (h, w) float32 0-1, tightly cut; its top below that of the em square)."""
    face, reduction = face_of(font, size)
    left, top, right, bottom = face.getbbox(text)
    positions = [0.0]
    if tracking:
        positions = [0.0, *accumulate(face.getlength(c) + tracking / reduction for c in text)]
        left, right = 0, positions[-1] - tracking / reduction
    canvas = Image.new("L", (max(2, int(right - left)), max(2, int(bottom - top))), 0)
    pen = ImageDraw.Draw(canvas)
    for position, piece in zip(positions, text if tracking else [text], strict=False):
        pen.text((position - left, -top), piece, fill=255, font=face)
    ink = np.asarray(canvas, np.float32) / 255
    shape = (max(2, round(ink.shape[1] * reduction)), max(2, round(ink.shape[0] * reduction)))
    return cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), round(top * reduction)
