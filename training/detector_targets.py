"""Truth of a page -> what the detector is to answer: the cores of its lines, and how much each pixel counts."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector_network import STRIDE
from training.page_maker import Page, Polygon

FRACTION_BITS = 4
"""OpenCV draws polygons with corners at sixteenths of a pixel."""

FINE = 2
"""Cores are drawn this much larger than the page: OpenCV draws polygons half a pixel too large on all sides."""

LEGIBLE = 5.5
"""Pixels; lines lower than this count neither way."""

PLAIN, EDGE = 1, 3
"""Weights of a pixel far from any line and of one at the edge of a core, where lines touch or part."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What the detector is to answer on one page."""

    core: NDArray[np.uint8]
    """(H / STRIDE, W / STRIDE) uint8: share of the cell that lies in the core of a line, 255 = all."""

    weight: NDArray[np.uint8]
    """The same shape: 0 where any answer is right, else `PLAIN` or `EDGE`."""


def targets(page: Page) -> Targets:
    """Return the targets of `page`."""
    side = page.gray.shape[0]
    core, weight = np.zeros((side * FINE, side * FINE), np.uint8), np.full((side, side), PLAIN, np.uint8)
    for line in page.lines:
        _fill(weight, line.outline, EDGE)
    for line in page.lines:
        if line.height < LEGIBLE:
            _fill(weight, line.outline, 0)
        else:
            _fill(core, line.core * FINE, 255)
    size = (side // STRIDE, side // STRIDE)
    return Targets(
        np.asarray(cv2.resize(core, size, interpolation=cv2.INTER_AREA), np.uint8),
        np.ascontiguousarray(weight[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]),
    )


def _fill(canvas: NDArray[np.uint8], polygon: Polygon, value: int) -> None:
    """Fill `polygon` on `canvas` in place."""
    # OpenCV counts from the centres of pixels, which lie half a pixel inside their corners
    corners = np.rint((polygon - 0.5) * (1 << FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], value, cv2.LINE_8, FRACTION_BITS)
