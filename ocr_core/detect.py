"""Second step: page -> quads of text lines, with OpenCV alone: no network, one core, milliseconds."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_components import Components, find_components, letter_height, skew_degrees
from ocr_core.detect_ink import ink_mask, join_dots
from ocr_core.detect_large import with_large_lines
from ocr_core.detect_lines import find_lines
from ocr_core.detect_sideways import find_sideways
from ocr_core.detector import Found
from ocr_core.reading_order import reading_order
from ocr_core.types import Color, Gray, Quad

WORKING_PIXELS = 3_000_000
"""Pixels that are looked at; a larger page is reduced to this, where its print is still 10 px high as a rule."""

FINE_PIXELS = 12_000_000
"""The same for pages whose print turns out to be smaller: plans, newspapers, contact sheets."""

SMALL_LETTERS = 8.0
"""Pixels of the working image; lower letters lose the gaps between them when a page is reduced."""

MIN_TURN = 0.4
"""Degrees; less skew than this moves a line of 20 letters by less than a seventh of its height."""

TATTERED = 0.35
"""Share of the letter height; where half of all pieces are lower than this, letters are broken into dots."""

Affine = NDArray[np.float64]
"""(2, 3) float64: maps (x, y, 1) to (x, y)."""


class LineFinder:
    """Finds lines of print on documents, receipts and screenshots. Is a `Detector`; holds no state."""

    def find(self, image: Color) -> Found:
        """Return the text lines of `image`, the level ones in reading order; empty lists where there are none.

        Args:
            image: (H, W, 3) uint8, BGR.
        """
        gray, to_original = _working_copy(image, WORKING_PIXELS)
        parts = _components(gray)
        if gray.shape[0] < image.shape[0] and letter_height(parts) < SMALL_LETTERS:
            gray, to_original = _working_copy(image, FINE_PIXELS)
            parts = _components(gray)
        skew = skew_degrees(parts)
        if abs(skew) >= MIN_TURN:
            gray, back = _straighten(gray, skew)
            to_original = _chain(to_original, back)
            parts = _components(gray)
        boxes = find_lines(parts, gray.shape[1], gray.shape[0])
        down = find_sideways(parts, boxes, gray.shape[1], gray.shape[0])
        boxes = with_large_lines(gray, boxes)
        height, width = image.shape[:2]
        level, standing = (
            [_quad(box, to_original, width, height) for box in kind] for kind in (boxes[reading_order(boxes)], down)
        )
        return Found(level, [np.roll(quad, -1, axis=0) for quad in standing])


def _components(gray: Gray) -> Components:
    """Return the pieces of print on `gray`, (H, W) uint8; letters in tatters are joined first."""
    ink = ink_mask(gray)
    parts = find_components(ink)
    if len(parts) and float(np.median(parts.h)) < TATTERED * letter_height(parts):
        parts = find_components(join_dots(ink))
    return parts


def _working_copy(image: Color, most: int) -> tuple[Gray, Affine]:
    """Return `image` in gray, reduced to `most` pixels, and the map from its pixels to the original's."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height, width = gray.shape
    scale = min(1.0, (most / (width * height)) ** 0.5)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    ratio_x, ratio_y = width / gray.shape[1], height / gray.shape[0]
    return gray.astype(np.uint8, copy=False), np.array([[ratio_x, 0, 0], [0, ratio_y, 0]], np.float64)


def _straighten(gray: Gray, degrees: float) -> tuple[Gray, Affine]:
    """Return `gray` turned so that its lines are level, nothing cut off, and the map back."""
    height, width = gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    new_width, new_height = int(width * cosine + height * sine) + 1, int(height * cosine + width * sine) + 1
    turn[:, 2] += ((new_width - width) / 2, (new_height - height) / 2)
    turned = cv2.warpAffine(
        gray, turn, (new_width, new_height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return turned.astype(np.uint8, copy=False), cv2.invertAffineTransform(turn).astype(np.float64)


def _chain(outer: Affine, inner: Affine) -> Affine:
    """Return the map that does `inner` first and `outer` after it."""
    chained: Affine = outer @ np.vstack((inner, [0.0, 0.0, 1.0]))
    return chained


def _quad(box: NDArray[np.float64], to_original: Affine, width: int, height: int) -> Quad:
    """Return the corners of `box` (x0, y0, x1, y1) on the original image, kept inside it."""
    x0, y0, x1, y1 = box
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]]) @ to_original.T
    return corners.clip((0, 0), (width, height)).astype(np.float32)
