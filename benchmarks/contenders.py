"""The recognisers of a benchmark, each behind one function: images of lines -> texts.

All run on one thread. They get one line at a time; ours and the newer peer get the lines of a page at once, too, as
when a page is read. In its own batches of six a line takes the peer longer on one thread, because each is padded to
the widest of its batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ocr_core.engine import CrnnEngine
from ocr_core.language_model import LanguageModel
from ocr_core.preprocess import to_gray
from ocr_core.types import Color, Decoder

MODELS = Path(__file__).resolve().parents[1] / "models"

LINES_OF_A_PAGE = 50
"""A receipt of the evaluation set has 54."""

BLANK_LINE = np.full((48, 320, 3), 255, np.uint8)


class Unavailable(Exception):
    """A contender cannot take part; the message says why."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A recogniser that is loaded and ready."""

    name: str

    read: Callable[[Sequence[Color]], list[str]]
    """Images of lines, each (H, W, 3) uint8, BGR -> their texts."""

    weights: Path
    """The ONNX file."""

    together: int = 1
    """Lines that it gets at once."""


def ours(name: str, weights: Path, decoder: Decoder = "beam") -> Contender:
    """Return our engine with the ONNX file `weights`, which may also be one of PP-OCR."""
    if not weights.is_file():
        raise Unavailable(f"{weights.name} is missing.")
    engine = CrnnEngine(weights, intra_op_threads=1, language=LanguageModel(MODELS / "language.npz"))

    def read(images: Sequence[Color]) -> list[str]:
        return [reading.text for reading in engine.recognize([to_gray(image) for image in images], decoder)]

    return Contender(name, read, weights)


def by_page(contender: Contender) -> Contender:
    """Return `contender` as one that gets the lines of a page at once."""
    return replace(contender, name=f"{contender.name}, by page", together=LINES_OF_A_PAGE)


def our_int8() -> Contender:
    """Return our engine with the shipped int8 model."""
    return ours("ours, int8", MODELS / "recognizer.onnx")


def our_greedy_int8() -> Contender:
    """Return the same without its language model."""
    return ours("ours, int8, greedy", MODELS / "recognizer.onnx", "greedy")


def our_fp32() -> Contender:
    """Return our engine with the shipped fp32 model."""
    return ours("ours, fp32", MODELS / "recognizer-fp32.onnx")


def rapidocr_v6() -> Contender:
    """Return the recogniser inside the package rapidocr with PP-OCRv6 small."""
    weights = _shipped("rapidocr", "PP-OCRv6_rec_small.onnx")
    from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_rec import TextRecInput

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = RapidOCR(params={"Global.log_level": "error", "Rec.model_path": str(weights), **threads})
    # the recogniser is made by the first call; detection and the turning of lines are left out
    engine(BLANK_LINE, use_det=False, use_cls=False, use_rec=True)
    recognizer = engine.text_rec

    def read(images: Sequence[Color]) -> list[str]:
        return [str(text) for text in recognizer(TextRecInput(img=list(images))).txts]

    return Contender(f"RapidOCR {version('rapidocr')}, PP-OCRv6 small", read, weights)


def rapidocr_v4() -> Contender:
    """Return the recogniser inside the package rapidocr-onnxruntime with PP-OCRv4 mobile."""
    weights = _shipped("rapidocr_onnxruntime", "ch_PP-OCRv4_rec_infer.onnx")
    from rapidocr_onnxruntime import RapidOCR

    recognizer = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1).text_rec

    def read(images: Sequence[Color]) -> list[str]:
        return [str(text) for text, _ in recognizer(list(images))[0]]

    return Contender(f"RapidOCR {version('rapidocr-onnxruntime')}, PP-OCRv4 mobile", read, weights)


def _shipped(package: str, file: str) -> Path:
    """Return a model in the wheel of `package`; nothing is downloaded."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Unavailable(f"The package {package} is not installed.")
    weights = Path(spec.origin).parent / "models" / file
    if not weights.is_file():
        raise Unavailable(f"This release of {package} does not ship {file}.")
    return weights


def opencv_version() -> str:
    """Return which OpenCV does the scaling for all."""
    for package in ("opencv-python-headless", "opencv-python"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "unknown"
