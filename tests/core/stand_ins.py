"""Stand-ins for the parts of a pipeline, and what is drawn for it."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr_core.detector import Found
from ocr_core.line_support import Glance, SecondLook
from ocr_core.page_view import PageView
from ocr_core.recognizer import Sight
from ocr_core.types import Reading


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def drawn(*texts: str, width: int = 420) -> np.ndarray:
    """Return rows of dark print on white, (50 a row, width, 3)."""
    page = Image.new("RGB", (width, 50 * len(texts)), "white")
    pen = ImageDraw.Draw(page)
    for row, text in enumerate(texts):
        pen.text((15, 50 * row + 4), text, fill="black", font=ImageFont.load_default(32))
    return np.asarray(page)


def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


class FixedDetector:
    """Finds the same quads on every image."""

    def __init__(self, *quads: np.ndarray) -> None:
        self.quads = list(quads)

    def find(self, image):
        return Found(self.quads, [])

    def detect_beside(self, image, first):
        seen = np.ones((1, 1), np.float32)
        return SecondLook(self.quads, [Glance(seen, np.ones(2, np.float32))])


class BrightnessReader:
    """Reads a line as its mean grey level, and a white one as empty."""

    name = "brightness"

    def __init__(self, confidence: float = 0.7) -> None:
        self.confidence = confidence

    def see(self, lines):
        return [Sight(reading, None, None, 0.0) for reading in self.recognize(lines)]

    def recognize(self, lines, decoder="beam", seen=()):
        means = [round(float(line.mean())) for line in lines]
        return [Reading("" if mean == 255 else str(mean), self.confidence if mean < 255 else 0.0) for mean in means]


class Views:
    """Stand-in recogniser: sure of a line whose first pixel is bright, by its grey level."""

    name = "views"

    def see(self, lines):
        return [Sight(Reading("text", float(line[0, 0]) / 255), None, None, 0.0) for line in lines]


def view(grey, turns, other_end=None):
    gray = np.full((20, 100), grey, np.uint8)
    gray[:, 50:] = grey if other_end is None else other_end
    quad = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32)
    return PageView(gray, turns, Found([quad], []), Views())
