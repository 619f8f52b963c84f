"""Image bytes -> `PageResult`: the steps in order. `load_pipeline` is the only place that wires classes."""

import hashlib
import json
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import cv2

from ocr_core.crop import crop_line
from ocr_core.detect import LineFinder
from ocr_core.engine import CrnnEngine
from ocr_core.errors import DeadlineExceeded, ModelFileError
from ocr_core.image_io import decode_image
from ocr_core.line_result import line_result
from ocr_core.preprocess import UNEVEN_LIGHT, adaptive_threshold, light_unevenness, to_gray
from ocr_core.single_line import MAX_CROP_HEIGHT, is_single_line, line_area, whole_image
from ocr_core.types import (
    Color,
    Detector,
    Gray,
    LineResult,
    PageResult,
    Quad,
    ReadOptions,
    Recognizer,
    Threshold,
    Timings,
)

MAX_PIXELS = 40_000_000
"""Pixels of the largest image that is decoded."""

LEAST_CONFIDENCE = 0.3
"""Confidence below which a line that was found on a page is taken for texture or a picture and left out.
Measured on 101 real pages: token precision rises by 3 to 5 points, recall falls by 0.2 at most."""

DEFAULT_OPTIONS = ReadOptions()

MANIFEST = "manifest.json"
DEFAULT_RECOGNIZER = "recognizer.onnx"


class OcrPipeline:
    """Reads whole images. Is a `PageReader`; nothing in it changes after construction."""

    def __init__(self, recognizer: Recognizer, detector: Detector, max_pixels: int = MAX_PIXELS) -> None:
        self._recognizer = recognizer
        self._detector = detector
        self._max_pixels = max_pixels

    @property
    def name(self) -> str:
        """Name and digest of the recogniser."""
        return self._recognizer.name

    def read(
        self, data: bytes, options: ReadOptions = DEFAULT_OPTIONS, *, deadline: float | None = None
    ) -> PageResult:
        """Return what `data`, an encoded image, says, line by line in reading order.

        Args:
            data: the bytes of an image file.
            options: how to read it.
            deadline: `time.monotonic()` seconds; looked at between the stages and between the lines.

        Raises:
            InputError: the bytes are no image that can be read; the subclass says why.
            DeadlineExceeded: the deadline came before the end.
        """
        started = time.perf_counter()
        check_deadline(deadline)
        decoded = decode_image(data, self._max_pixels)
        check_deadline(deadline)
        decoded_at = time.perf_counter()
        quads, is_page = self._find_lines(decoded.pixels, options)
        found_at = time.perf_counter()
        gray = _apply_threshold(to_gray(decoded.pixels), options.threshold)
        lines = self._read_lines(gray, quads, LEAST_CONFIDENCE if is_page else 0.0, options, deadline)
        if not lines and options.mode == "auto" and gray.shape[0] <= MAX_CROP_HEIGHT:
            # the lettering of signs and logos may be too odd for the line finder, and yet be read as a line
            lines = self._read_lines(gray, [whole_image(decoded.pixels)], LEAST_CONFIDENCE, options, deadline)
        finished = time.perf_counter()

        return PageResult(
            lines=lines,
            width=gray.shape[1],
            height=gray.shape[0],
            model=self.name,
            timings=_timings(started, decoded_at, found_at, finished),
            warnings=decoded.warnings,
        )

    def _read_lines(
        self, gray: Gray, quads: Sequence[Quad], least: float, options: ReadOptions, deadline: float | None
    ) -> tuple[LineResult, ...]:
        """Return the lines inside `quads` of `gray`, (H, W) uint8, that hold text of `least` confidence."""
        height, width = gray.shape
        lines = []
        for quad in quads:
            check_deadline(deadline)
            crop = crop_line(gray, quad)
            reading = self._recognizer.recognize([crop.pixels])[0]
            # a rule or a stain that was taken for text holds none, and is no line
            if reading.text.strip() and reading.confidence >= least:
                lines.append(line_result(reading, crop, quad, (width, height), options.granularity))
        return tuple(lines)

    def _find_lines(self, image: Color, options: ReadOptions) -> tuple[list[Quad], bool]:
        """Return (quads of the lines, whether they were looked for) on `image`, (H, W, 3) uint8, BGR.

        An image that is one line is a single quad, around all of it where its margins are narrow.
        """
        if options.mode == "line":
            return [whole_image(image)], False
        quads = self._detector.detect(image)
        if options.mode == "auto" and is_single_line(image, quads):
            return [line_area(image, quads)], False
        return quads, True


def load_pipeline(
    recognizer: Path | None = None, max_pixels: int = MAX_PIXELS, intra_op_threads: int = 1
) -> OcrPipeline:
    """Return a pipeline that is ready to read: the model is loaded, checked and warmed up.

    Args:
        recognizer: an ONNX file of ours or of PP-OCR; if None the shipped model, checked by its manifest.
        max_pixels: pixels of the largest image that is decoded.
        intra_op_threads: threads that a single reading computes with.

    Raises:
        ModelFileError: the model is missing, changed, or describes itself wrongly.
    """
    cv2.setNumThreads(intra_op_threads)
    path = recognizer if recognizer is not None else _shipped_model(DEFAULT_RECOGNIZER)
    return OcrPipeline(CrnnEngine(path, intra_op_threads), LineFinder(), max_pixels)


def check_deadline(deadline: float | None) -> None:
    """Raise `DeadlineExceeded` once `deadline`, `time.monotonic()` seconds, has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlineExceeded("The picture was not read within the time that was given for it.")


def _apply_threshold(gray: Gray, threshold: Threshold) -> Gray:
    """Return `gray`, (H, W) uint8, in black and white where the option asks for it."""
    wanted = threshold == "on" or (threshold == "auto" and light_unevenness(gray) >= UNEVEN_LIGHT)
    return adaptive_threshold(gray) if wanted else gray


def _timings(started: float, decoded: float, found: float, finished: float) -> Timings:
    """Return the stages between four readings of the clock in seconds."""
    return Timings(
        decode=(decoded - started) * 1e3,
        detect=(found - decoded) * 1e3,
        recognize=(finished - found) * 1e3,
        total=(finished - started) * 1e3,
    )


def _shipped_model(name: str) -> Path:
    """Return the path of a model in `models`, once its bytes agree with the manifest."""
    folder = Path(str(resources.files("models")))
    try:
        expected = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))[name]["sha256"]
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError) as error:
        raise ModelFileError(f"The shipped model {name} or its entry in {MANIFEST} is missing.") from error
    if found != expected:
        raise ModelFileError(f"The shipped model {name} is damaged: its SHA-256 is not that of {MANIFEST}.")
    return folder / name
