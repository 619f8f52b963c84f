"""Third step, part one: quads -> images of single lines, upright, and the way back to the page."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Gray, Quad


@dataclass(frozen=True, slots=True)
class LineCrop:
    """A line cut from a page, and the way back."""

    pixels: Gray
    """(H, W) uint8, 0 = black; the text runs from left to right."""

    quad: Quad
    """The corners on the page of the area that `pixels` show."""

    def part(self, start: float, end: float) -> Quad:
        """Return the corners on the page of the columns `start` to `end`, pixels of the line, 0 to W."""
        height, width = self.pixels.shape
        columns = np.array([[[start, 0], [end, 0], [end, height], [start, height]]], np.float32)
        to_page = cv2.getPerspectiveTransform(_rectangle(width, height), self.quad.astype(np.float32))
        return np.asarray(cv2.perspectiveTransform(columns, to_page)[0], np.float32)


def crop_line(gray: Gray, quad: Quad) -> LineCrop:
    """Return the upright line inside `quad`; a rectangle along the page's sides is sliced, all else is warped.

    Args:
        gray: (H, W) uint8, 0 = black, the page.
        quad: (4, 2) float32 corners x, y, clockwise from the text's own top left, in pixels of `gray`.
    """
    for turns in range(4):
        # slicing keeps every pixel as it is; resampling would blur small print once more
        if _is_upright(turned_back := np.asarray(np.roll(quad, turns, axis=0), np.float32)):
            found = _slice(gray, turned_back)
            text: Gray = np.ascontiguousarray(np.rot90(found.pixels, turns))
            return LineCrop(text, np.asarray(np.roll(found.quad, -turns, axis=0), np.float32))
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    width, height = (max(1, round(float(max(pair)))) for pair in (sides[::2], sides[1::2]))
    # OpenCV counts from the centres of pixels, which lie half a pixel inside their corners
    half = np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32) - half, _rectangle(width, height) - half)
    pixels = cv2.warpPerspective(
        gray, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return LineCrop(np.asarray(pixels, np.uint8), quad)


def _rectangle(width: float, height: float) -> NDArray[np.float32]:
    """Return the corners of a rectangle at the origin, (4, 2) float32, clockwise from the top left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _is_upright(quad: Quad) -> bool:
    """Return whether `quad`, (4, 2) corners x, y, is a level rectangle whose text is not upside down."""
    (left, top), (right, bottom) = quad[0], quad[2]
    level = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], quad.dtype)
    return bool(np.array_equal(quad, level) and left <= right and top <= bottom)


def _slice(gray: Gray, quad: Quad) -> LineCrop:
    """Return the pixels of `gray`, (H, W), that an upright `quad` touches; at least one."""
    height, width = gray.shape
    x0, y0 = (min(max(0, int(low)), size - 1) for low, size in zip(quad[0], (width, height), strict=True))
    x1, y1 = (max(math.ceil(high), low + 1) for high, low in zip(quad[2], (x0, y0), strict=True))
    pixels = gray[y0:y1, x0:x1]
    area = _rectangle(pixels.shape[1], pixels.shape[0]) + np.array([x0, y0], np.float32)
    return LineCrop(pixels, area)
