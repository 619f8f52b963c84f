"""The image with what was found on it: a frame around each line, and its number in reading order."""

import cv2
import numpy as np

from ocr_core.image_io import decode_image
from ocr_core.types import Color, LineResult, PageResult

FRAME = (234, 91, 47)
"""Blue, green and red of the frames and of the ground of the numbers."""

DOUBTFUL_FRAME = (0, 80, 178)
DOUBTFUL = 0.75
"""Confidence below which a line is framed in the other colour, as on the page of the services."""

WHITE = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DIGIT_HEIGHT = 21  # pixels of its digits at scale 1


def marked_image(page: PageResult, image: bytes) -> bytes:
    """Return a PNG of `image`, the file that `page` was read from, with its lines framed and numbered from 1."""
    drawn = decode_image(image, page.width * page.height).pixels.copy()
    frame = max(1, round(min(drawn.shape[:2]) / 600))
    for line in page.lines:
        corners = [np.array(line.polygon, np.int32)]
        cv2.polylines(drawn, corners, True, _colour(line), frame, cv2.LINE_AA)
    for number, line in enumerate(page.lines, 1):
        _write_number(drawn, line, str(number))
    return cv2.imencode(".png", drawn)[1].tobytes()


def _write_number(drawn: Color, line: LineResult, number: str) -> None:
    """Write `number` at the beginning of `line` on `drawn`, (H, W, 3) uint8, changed in place.

    It stands left of the line where there is room, else above it or below it, so that no print is covered.
    """
    (x0, y0), _, _, (x3, y3) = line.polygon
    height = int(np.clip(np.hypot(x3 - x0, y3 - y0) * 0.5, 9, 28))
    scale = height / _DIGIT_HEIGHT
    (wide, _), _ = cv2.getTextSize(number, _FONT, scale, 1)
    wide, high = wide + 4, height + 4
    if x0 >= wide:
        left, top = x0 - wide, y0
    else:
        left, top = x0, y0 - high if y0 >= high else line.box.y1
    left, top = max(0, min(left, drawn.shape[1] - wide)), max(0, min(top, drawn.shape[0] - high))
    cv2.rectangle(drawn, (left, top), (left + wide, top + high), _colour(line), cv2.FILLED)
    cv2.putText(drawn, number, (left + 2, top + high - 2), _FONT, scale, WHITE, max(1, height // 12), cv2.LINE_AA)


def _colour(line: LineResult) -> tuple[int, int, int]:
    return FRAME if line.reading.confidence >= DOUBTFUL else DOUBTFUL_FRAME
