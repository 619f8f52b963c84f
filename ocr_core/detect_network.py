"""Second step, with a network: page -> quads of text lines, after DB (Liao et al. 2020, arXiv 1911.08947).

The network answers with the probability of lying in the core of a line; `detect_cores` grows cores into lines.
"""

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.detect_components import find_components, letter_height
from ocr_core.detect_cores import CoreRule, lines_from_cores
from ocr_core.detect_ink import ink_mask
from ocr_core.detector import Found
from ocr_core.engine import open_session
from ocr_core.errors import ModelFileError
from ocr_core.layout import area, common_area, places
from ocr_core.line_support import Glance, SecondLook
from ocr_core.preprocess import normalize, to_gray
from ocr_core.types import Color, Gray, Quad

ESTIMATE_PIXELS = (1_000_000, 4_000_000, 16_000_000)
"""Pixels on which the height of letters is estimated; the larger ones if they turn out to be too small to tell."""

SMALL_LETTERS = 4.0
"""Pixels; what is lower has lost its shape where a page is reduced."""

SCALES = (0.05, 2.0)
"""Least and greatest scale at which the network sees a page."""

PIXELS = (40_000, 16_000_000)
"""Least and greatest number of pixels that the network sees of a page: fewer show no line, more take seconds."""

TILE, OVERLAP = 1536, 64
"""Pixels; a larger page is looked at in square tiles, each with this much of its neighbours around it, so that the
memory stays the same. Both are multiples of the network's `multiple`."""

FEWEST_TOLD = 4
"""Lines of another finder that tell how high lines are: it may take a whole column for a single one."""

TRUSTED = (0.45, 2.2)
"""If the lines found are this much lower or higher than expected, the scale was wrong: one more look is taken."""

FEW, CLOSER, CLOSER_PIXELS = 12, 3.0, 4_000_000
"""A page of fewer lines is looked at again, so much larger unless it then had more pixels: posters, labels and
photographs hold small print beside large, or lines that are far lower than what was taken for letters."""

ELSEWHERE = 0.3
"""Most that a line seen there may share with one found before, of the smaller one's area."""

LINE_OF_LETTER = 1.45
"""Height of a line in heights of its letters, as `letter_height` estimates them."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """What a detector's file says about itself."""

    stride: int
    """Pixels for each cell of the answer."""

    multiple: int
    """Both sides of the input are multiples of this many pixels."""

    mean: float
    """Grey level that becomes 0."""

    scale: float
    """Grey levels that become 1."""

    line_height: float
    """Pixels; pages are scaled until the typical line is about this high."""

    rule: CoreRule


class NetworkLineFinder:
    """Finds lines of print with a network. Is a `Detector`; safe to call from many threads."""

    def __init__(self, path: Path, intra_op_threads: int = 1) -> None:
        """Load `path`, check that it describes itself, and look at an empty page once.

        Args:
            path: an ONNX file of `training.export_detector`.
            intra_op_threads: threads that one call computes with.

        Raises:
            ModelFileError: the file is missing, is no detector, or describes itself wrongly.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"The model file {path} cannot be read: {error.strerror}.") from error
        self.name = f"detector-{hashlib.sha256(data).hexdigest()[:8]}"
        self._session = open_session(data, path, intra_op_threads)
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        self.spec = read_detector_spec(self.metadata)
        self.find(np.full((256, 256, 3), 255, np.uint8))

    def find(self, image: Color) -> Found:
        """Return the text lines of `image`, the level ones; empty lists where there are none.

        Args:
            image: (H, W, 3) uint8, BGR.
        """
        return Found(self.detect_beside(image, ()).lines, [])

    def detect_beside(self, image: Color, first: Sequence[Quad]) -> SecondLook:
        """Return the level lines of `find`, sooner: the lines that another finder saw tell how high lines are.

        Args:
            image: (H, W, 3) uint8, BGR.
            first: lines on it, each (4, 2) float32 in its pixels.
        """
        gray = to_gray(image)
        height, width = gray.shape
        told = len(first) >= FEWEST_TOLD
        expected = _typical_height(np.stack(first)) if told else LINE_OF_LETTER * _letter_height(gray)
        lines, glance = self._look(gray, expected)
        if len(lines) and not TRUSTED[0] < (typical := _typical_height(lines)) / expected < TRUSTED[1]:
            expected, (lines, glance) = typical, self._look(gray, typical)
        glances = [glance]
        if len(lines) < FEW:
            more, glance = self._look(gray, expected / CLOSER, CLOSER_PIXELS)
            lines = np.concatenate([lines, _elsewhere(more, lines)])
            glances.append(glance)
        quads = [quad.clip((0, 0), (width, height)).astype(np.float32) for quad in lines]
        return SecondLook([quads[place.index] for place in places(quads)], glances)

    def probability(self, gray: Gray) -> NDArray[np.float32]:
        """Return the probability of lying in the core of a line, one for each cell: (h, w) float32, 0-1.

        Args:
            gray: (H, W) uint8, 0 = black.
        """
        height, width = gray.shape
        if max(height, width) <= TILE + 2 * OVERLAP:
            return self._answer(gray)
        stride = self.spec.stride
        cells = np.zeros((-(-height // stride), -(-width // stride)), np.float32)
        for top, left in itertools.product(range(0, height, TILE), range(0, width, TILE)):
            y, x = max(0, top - OVERLAP), max(0, left - OVERLAP)
            answer = self._answer(gray[y : top + TILE + OVERLAP, x : left + TILE + OVERLAP])
            own = answer[(top - y) // stride :, (left - x) // stride :][: TILE // stride, : TILE // stride]
            cells[top // stride :, left // stride :][: own.shape[0], : own.shape[1]] = own
        return cells

    def _answer(self, gray: Gray) -> NDArray[np.float32]:
        """Return the network's answer on `gray`, (H, W) uint8, whose sides are padded to the multiple."""
        spec = self.spec
        height, width = gray.shape
        padded = cv2.copyMakeBorder(
            gray, 0, -height % spec.multiple, 0, -width % spec.multiple, cv2.BORDER_REPLICATE
        )
        tensor = normalize(np.asarray(padded, np.uint8), spec.mean, spec.scale)[np.newaxis, np.newaxis]
        answer = self._session.run(None, {self._input: tensor})[0][0, 0]
        rows, columns = -(-height // spec.stride), -(-width // spec.stride)
        cells: NDArray[np.float32] = answer[:rows, :columns]
        return cells

    def _look(self, gray: Gray, line_height: float, pixels: int = PIXELS[1]) -> tuple[NDArray[np.float32], Glance]:
        """Return the lines on `gray` as (N, 4, 2) corners in its pixels, unsorted, and what they come from.

        Args:
            gray: the page.
            line_height: of a typical line on it, in pixels.
            pixels: that the network sees at most.
        """
        height, width = gray.shape
        least, most = (math.sqrt(limit / (height * width)) for limit in (PIXELS[0], pixels))
        # padding makes a strip of a few pixels' height a band of `multiple`
        most = min(most, pixels / (self.spec.multiple * max(height, width)))
        scale = min(max(self.spec.line_height / line_height, SCALES[0], least), SCALES[1], most)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # averaging keeps thin strokes when shrinking; when enlarging it would only repeat pixels
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        seen = np.asarray(cv2.resize(gray, size, interpolation=method), np.uint8)
        cells = self.probability(seen)
        to_page = np.array([width / size[0], height / size[1]], np.float32) * np.float32(self.spec.stride)
        return lines_from_cores(cells, self.spec.rule) * to_page, Glance(cells, np.float32(1) / to_page)


def read_detector_spec(metadata: Mapping[str, str]) -> DetectorSpec:
    """Return the conventions that a detector's file describes; raise `ModelFileError` naming a bad key."""

    def number(key: str) -> float:
        if key not in metadata:
            raise ModelFileError(f"The detector's metadata lacks the key {key!r}.")
        try:
            return float(metadata[key])
        except ValueError:
            raise ModelFileError(f"The detector's {key}={metadata[key]!r} is not a number.") from None

    rule = CoreRule(number("threshold"), number("score"), number("growth"), number("least"))
    return DetectorSpec(
        stride=int(number("stride")),
        multiple=int(number("multiple")),
        mean=number("mean"),
        scale=number("scale"),
        line_height=number("line_height"),
        rule=rule,
    )


def _letter_height(gray: Gray) -> float:
    """Return the typical height of the letters on `gray`, (H, W) uint8, in its pixels, > 0."""
    height, width = gray.shape
    estimate = 0.0
    for pixels in ESTIMATE_PIXELS:
        scale = min(1.0, math.sqrt(pixels / (height * width)))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        reduced = cv2.resize(gray, size, interpolation=cv2.INTER_AREA) if scale < 1 else gray
        parts = find_components(ink_mask(np.asarray(reduced, np.uint8)))
        estimate = letter_height(parts) / scale
        if scale == 1 or len(parts) == 0 or min(np.median(parts.h), letter_height(parts)) >= SMALL_LETTERS:
            break
    return estimate


def _elsewhere(lines: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return those of `lines`, (N, 4, 2), that do not lie on one of `known`, (K, 4, 2)."""
    boxes, taken = (np.hstack((quads.min(axis=1), quads.max(axis=1))) for quads in (lines, known))
    free = np.ones(len(lines), np.bool_)
    for box in taken:
        free &= common_area(box, boxes) <= ELSEWHERE * np.minimum(area(box), area(boxes))
    return lines[free]


def _typical_height(lines: NDArray[np.float32]) -> float:
    """Return the median of the shorter sides of `lines`, (N, 4, 2), N >= 1, in pixels."""
    sides = np.linalg.norm(lines - np.roll(lines, -1, axis=1), axis=2)
    return float(np.median(sides[:, :2].min(axis=1)))
