"""Line finder, part one: page -> ink. Both polarities in one mask, so dark mode needs no special case."""

import cv2
import numpy as np

from ocr_core.types import Gray

BACKGROUND_SCALE = 4  # the background is smooth: a sixteenth of the pixels tells it as well
BACKGROUND_WINDOW = 25  # reduced pixels, odd; 100 px of page: text of up to about this height stays ink
MIN_CONTRAST = 14  # gray levels between ink and paper; fainter marks are paper texture
NOISE_MULTIPLE = 4  # ink stands this many typical deviations of the paper above the paper
POOL = 8  # px; the strongest contrast is looked up per block of this size
POOL_REACH = 5  # blocks, odd; about a letter and its neighbours
DOT_GAP = np.ones((3, 3), np.uint8)  # closes gaps of 2 px, the pitch of a dot-matrix printer on a scan
SHARE_OF_STRONGEST = 0.3  # below half, so that thin strokes next to bold ones are kept


def ink_mask(gray: Gray) -> Gray:
    """Return the ink of a page: (H, W) uint8, 255 where a pixel stands out from its paper, else 0.

    The paper is the local median. Text covers less than half of any neighbourhood, so the median is paper
    whether the text is darker or lighter than it, and unlike a mean it keeps the edges of panels sharp.

    Args:
        gray: (H, W) uint8.
    """
    contrast = cv2.absdiff(gray, _paper(gray)).astype(np.uint8, copy=False)
    floor = max(MIN_CONTRAST, NOISE_MULTIPLE * float(np.median(contrast[::4, ::4])))
    # whole grey levels lie above a limit where they lie above its floor; a table keeps large pages in bytes
    limits = np.floor(np.maximum(np.arange(256) * SHARE_OF_STRONGEST, floor)).clip(0, 255).astype(np.uint8)
    limit = cv2.LUT(_strongest_nearby(contrast), limits)
    return cv2.compare(contrast, limit, cv2.CMP_GT).astype(np.uint8, copy=False)


def join_dots(ink: Gray) -> Gray:
    """Return `ink`, (H, W) uint8, with gaps of 2 px closed: for dot-matrix print and broken strokes only.

    On sound print it would tie neighbouring lines together where a descender meets an ascender.
    """
    return cv2.morphologyEx(ink, cv2.MORPH_CLOSE, DOT_GAP).astype(np.uint8, copy=False)


def _paper(gray: Gray) -> Gray:
    """Return the local background of `gray`, same shape, uint8."""
    height, width = gray.shape
    small = (max(1, width // BACKGROUND_SCALE), max(1, height // BACKGROUND_SCALE))
    reduced = cv2.resize(gray, small, interpolation=cv2.INTER_AREA)
    median = cv2.medianBlur(reduced, BACKGROUND_WINDOW)
    return cv2.resize(median, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _strongest_nearby(contrast: Gray) -> Gray:
    """Return the greatest contrast in each pixel's neighbourhood, same shape, uint8, smoothly varying."""
    height, width = contrast.shape
    padded = np.pad(contrast, ((0, -height % POOL), (0, -width % POOL)))
    blocks = padded.reshape(padded.shape[0] // POOL, POOL, padded.shape[1] // POOL, POOL).max(axis=(1, 3))
    reach = cv2.dilate(blocks, np.ones((POOL_REACH, POOL_REACH), np.uint8))
    full = cv2.resize(reach, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return full[:height, :width].astype(np.uint8, copy=False)
