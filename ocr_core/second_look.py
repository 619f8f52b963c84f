"""A line that was read with doubt is looked at again: cut to its ink and drawn wider.

Boxes are not always tight, and receipts are set in narrow faces; both leave the network fewer pixels of a character
than it learnt from. Of the two readings the surer one counts.
"""

import cv2
import numpy as np

from ocr_core.types import Gray, Reading

DOUBT = 0.95
"""Confidence, 0-1, below which a line is read a second time: 0.9 left mistakes that the second look mends, and
higher ones cost time for few more."""

WIDER = 1.15
"""Width of the second image, of the first one's."""

LEAST_INK = 0.01
"""Share of a row's pixels that is ink, from which the row belongs to the text."""

LEAST_ROWS = 6
"""Pixels; what is lower is no line of text, and is not cut."""

MARGIN = 0.08
"""Paper that is left above and below, as a share of the text's height."""


def is_doubtful(reading: Reading) -> bool:
    """Return whether a line that is read as `reading` is worth a second look; one that is bare is not."""
    return bool(reading.text) and reading.confidence < DOUBT


def closer(line: Gray) -> Gray:
    """Return `line` without the paper above and below its text, and wider.

    What is found from left to right lies at the same share of the width as in `line`.

    Args:
        line: (H, W) uint8, 0 = black, H and W >= 1.

    Returns:
        (h, w) uint8 with 1 <= h <= H and about `WIDER` times the width.
    """
    rows = np.flatnonzero(_ink(line).mean(axis=1) > LEAST_INK)
    if len(rows) >= LEAST_ROWS:
        margin = max(1, round(MARGIN * (rows[-1] - rows[0])))
        line = line[max(0, rows[0] - margin) : rows[-1] + 1 + margin]
    return np.asarray(cv2.resize(line, None, fx=WIDER, fy=1, interpolation=cv2.INTER_LINEAR), np.uint8)


def _ink(line: Gray) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return where `line` is of the rarer of its two tones, (H, W) bool: light print counts as ink, too."""
    smooth = cv2.GaussianBlur(line, (3, 3), 0)
    light = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1] > 0
    return ~light if light.mean() >= 0.5 else light
