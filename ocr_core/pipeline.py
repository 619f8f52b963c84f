"""Image bytes -> `PageResult`: the steps in order. `load_pipeline` is the only place that wires classes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2

from ocr_core.belief import is_believed
from ocr_core.crop import LineCrop
from ocr_core.detect import LineFinder
from ocr_core.detect_network import NetworkLineFinder
from ocr_core.detector import Detector, Found, SecondDetector
from ocr_core.engine import CrnnEngine
from ocr_core.errors import DeadlineExceeded
from ocr_core.image_io import MAX_PIXELS, decode_image
from ocr_core.language_model import LanguageModel
from ocr_core.layout import places
from ocr_core.line_result import line_result
from ocr_core.line_support import SecondLook
from ocr_core.lone_digits import with_digits
from ocr_core.orientation import upright
from ocr_core.page_view import PageView, turned
from ocr_core.page_warnings import page_notes
from ocr_core.preprocess import apply_threshold, to_gray
from ocr_core.processor import has_int8
from ocr_core.recognizer import Recognizer
from ocr_core.shipped import shipped_model
from ocr_core.single_line import MAX_CROP_HEIGHT, is_single_line, line_area, whole_image
from ocr_core.types import (
    Color,
    Granularity,
    LineDetector,
    LineResult,
    PageResult,
    Progress,
    Quad,
    Reading,
    ReadOptions,
    Timings,
)

DEFAULT_OPTIONS = ReadOptions()

INT8_RECOGNIZER, SINGLE_RECOGNIZER = "recognizer.onnx", "recognizer-fp32.onnx"
"""The same network for processors that are good at int8, and for the others."""

DEFAULT_DETECTOR = "detector.onnx"
LANGUAGE_MODEL = "language.npz"


class OcrPipeline:
    """Reads whole images. Is a `PageReader`; nothing in it changes after construction."""

    def __init__(
        self,
        recognizer: Recognizer,
        detector: Detector,
        max_pixels: int = MAX_PIXELS,
        detector_name: str = "",
        second: SecondDetector | None = None,
    ) -> None:
        """Wire the parts; `detector_name` is that of the network among the detectors, empty where there is none."""
        self._recognizer = recognizer
        self._detector = detector
        self._second = second
        self._max_pixels = max_pixels
        # both decide what is read, and answers are kept under this name
        self._name = "+".join(filter(None, (recognizer.name, detector_name)))

    @property
    def name(self) -> str:
        """Names and digests of the recogniser and, where it is a network, of the detector."""
        return self._name

    def read(
        self,
        data: bytes,
        options: ReadOptions = DEFAULT_OPTIONS,
        *,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> PageResult:
        """Return what `data`, an encoded image, says, line by line in reading order.

        Args:
            data: the bytes of an image file.
            options: how to read it.
            deadline: `time.monotonic()` seconds; looked at between the stages and between a few lines.
            progress: is told what has been found and read so far; what it raises ends the reading.

        Raises:
            InputError: the bytes are no image that can be read; the subclass says why.
            DeadlineExceeded: the deadline came before the end.
        """
        started = time.perf_counter()
        check = partial(check_deadline, deadline)
        check()
        decoded = decode_image(data, self._max_pixels)
        check()
        decoded_at = time.perf_counter()
        image = decoded.pixels
        look = partial(self._look, image, options)
        view, is_page = self._find_lines(image, options, look)
        found_at = time.perf_counter()
        if is_page:
            view = upright(view, look, check)
            check()
            view.look_again()
            check()
            found_at += view.seconds_again
        lines, warnings = self._read_lines(view, image, is_page, options.granularity, check, progress)
        if not lines and options.mode == "auto" and image.shape[0] <= MAX_CROP_HEIGHT:
            # the lettering of signs and logos may be too odd for the line finder, and yet be read as a line
            view = look(0, [whole_image(image)])
            lines, warnings = self._read_lines(view, image, True, options.granularity, check, progress)
        finished = time.perf_counter()

        return PageResult(
            lines=lines,
            width=image.shape[1],
            height=image.shape[0],
            model=self.name,
            timings=_timings(started, decoded_at, found_at, finished),
            warnings=decoded.warnings + warnings,
        )

    def _look(
        self, image: Color, options: ReadOptions, turns: int, quads: Sequence[Quad] | None = None
    ) -> PageView:
        """Return `image`, (H, W, 3) uint8, BGR, after quarter turns, with `quads` or the lines that are found."""
        seen = turned(image, turns)
        found = self._detector.find(seen) if quads is None else Found(list(quads), [])
        gray = apply_threshold(to_gray(seen), options.threshold)
        again = partial(self._look_again, self._second, image, turns) if self._second else None
        return PageView(gray, turns, found, self._recognizer, options.decoder, again)

    @staticmethod
    def _look_again(second: SecondDetector, image: Color, turns: int, first: Sequence[Quad]) -> SecondLook:
        """Return what `second` sees on `image` after quarter turns; a view keeps no turned copy for it."""
        return second.detect_beside(turned(image, turns), first)

    def _find_lines(
        self, image: Color, options: ReadOptions, look: Callable[..., PageView]
    ) -> tuple[PageView, bool]:
        """Return (the view of `image` as it is, whether lines were looked for).

        An image that is one line is a single quad, around all of it where its margins are narrow.
        """
        if options.mode == "line":
            return look(0, [whole_image(image)]), False
        view = look(0)
        if options.mode == "auto" and is_single_line(image, view.quads):
            return look(0, [line_area(image, view.quads)]), False
        return view, True

    def _read_lines(
        self,
        view: PageView,
        image: Color,
        is_page: bool,
        granularity: Granularity,
        check: Callable[[], None],
        progress: Progress | None,
    ) -> tuple[tuple[LineResult, ...], tuple[str, ...]]:
        """Return the lines of `view` in reading order, in places of `image`, and the notes on them.

        On a page, what is read with little confidence is left out: rules and stains are taken for lines too.
        """
        size = image.shape[1], image.shape[0]
        if progress:
            progress.found(*size, len(view.quads))
        read: dict[int, tuple[LineCrop, Reading]] = {}
        for batch in view.batches():
            check()
            for index, (crop, reading) in zip(batch, view.lines(batch), strict=True):
                right = view.rivals.decided(index, reading if is_believed(crop, reading, is_page) else None)
                for index, (crop, reading) in zip(right, view.lines(right), strict=True):
                    read[index] = crop, reading
                    if progress:
                        placed = LineCrop(crop.pixels, view.on_image(crop.quad))
                        progress.line(line_result(reading, placed, size, "line"))
        kept = [read[index] for index in sorted(read)]
        quads = [crop.quad for crop, _ in kept]
        readings = with_digits(quads, [reading for _, reading in kept])
        lines, crops = [], []
        for place in places(quads):
            crops.append(LineCrop(kept[place.index][0].pixels, view.on_image(quads[place.index])))
            line = line_result(readings[place.index], crops[-1], size, granularity)
            lines.append(replace(line, block=place.block, row=place.row))
        return tuple(lines), page_notes(image, crops, lines, view.turns) if is_page else ()


def load_pipeline(
    recognizer: Path | None = None,
    max_pixels: int = MAX_PIXELS,
    intra_op_threads: int = 1,
    detector: LineDetector = "both",
) -> OcrPipeline:
    """Return a pipeline that is ready to read: the model is loaded, checked and warmed up.

    Args:
        recognizer: an ONNX file of ours or of PP-OCR; if None the shipped model that suits the processor.
        max_pixels: pixels of the largest image that is decoded.
        intra_op_threads: threads that a single reading computes with.
        detector: `plain` finds lines with OpenCV alone, `network` with the shipped network; of `both`, where they
            differ, what reads better stays.

    Raises:
        ModelFileError: a model is missing, changed, or describes itself wrongly.
    """
    cv2.setNumThreads(intra_op_threads)
    shipped = INT8_RECOGNIZER if has_int8() else SINGLE_RECOGNIZER
    path = recognizer or shipped_model(shipped)
    engine = CrnnEngine(path, intra_op_threads, LanguageModel(shipped_model(LANGUAGE_MODEL)))
    if detector == "plain":
        return OcrPipeline(engine, LineFinder(), max_pixels)
    network = NetworkLineFinder(shipped_model(DEFAULT_DETECTOR), intra_op_threads)
    if detector == "network":
        return OcrPipeline(engine, network, max_pixels, network.name)
    return OcrPipeline(engine, LineFinder(), max_pixels, network.name, second=network)


def check_deadline(deadline: float | None) -> None:
    """Raise `DeadlineExceeded` once `deadline`, `time.monotonic()` seconds, has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlineExceeded("The picture was not read within the time that was given for it.")


def _timings(started: float, decoded: float, found: float, finished: float) -> Timings:
    """Return the stages between four readings of the clock in seconds."""
    return Timings(
        decode=(decoded - started) * 1e3,
        detect=(found - decoded) * 1e3,
        recognize=(finished - found) * 1e3,
        total=(finished - started) * 1e3,
    )
