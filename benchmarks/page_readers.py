"""The engines of the page benchmark, each behind one function: file of a page -> lines. One thread each."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from benchmarks.contenders import Unavailable
from benchmarks.page_set import Line
from ocr_core.pipeline import load_pipeline
from ocr_core.types import LineDetector, ReadOptions

TESSERACT_LANGUAGES = "chi_sim+eng"
WORD_LEVEL = "5"
"""Level of Tesseract's table whose rows hold words; those of one line share four numbers."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """An engine that is loaded and ready."""

    name: str
    read: Callable[[bytes], list[Line]]
    """The bytes of an image file -> the lines on it."""


def our_pages(recognizer: Path | None = None, detector: LineDetector = "both") -> PageReader:
    """Return our pipeline with the shipped recogniser or with another one, and with one line finder or both."""
    pipeline = load_pipeline(recognizer, intra_op_threads=1, detector=detector)

    def read(data: bytes) -> list[Line]:
        lines = pipeline.read(data, ReadOptions(mode="page")).lines
        return [Line(line.text, (line.box.x0, line.box.y0, line.box.x1, line.box.y1)) for line in lines]

    return PageReader("ours", read)


def rapidocr_pages() -> PageReader:
    """Return RapidOCR with PP-OCRv6 small, with its own detector and direction classifier."""
    try:
        from rapidocr import RapidOCR
    except ImportError:
        raise Unavailable("The package rapidocr is not installed.") from None
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = RapidOCR(params={"Global.log_level": "error", **threads})

    def read(data: bytes) -> list[Line]:
        found = engine(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
        if found.txts is None:
            return []
        quads = [np.asarray(box, np.float64) for box in found.boxes]
        areas = [(*quad.min(axis=0).tolist(), *quad.max(axis=0).tolist()) for quad in quads]
        return [Line(text, area) for text, area in zip(found.txts, areas, strict=True)]

    return PageReader(f"RapidOCR {version('rapidocr')}", read)


def tesseract_pages() -> PageReader:
    """Return the Tesseract of the system; each page starts a process, as its command line does."""
    program = shutil.which("tesseract")
    if program is None:
        raise Unavailable("The program tesseract is not installed.")
    first = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]

    def read(data: bytes) -> list[Line]:
        command = [program, "-", "-", "-l", TESSERACT_LANGUAGES, "tsv"]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(command, input=data, capture_output=True, check=True, env=environment)
        return _from_table(done.stdout.decode())

    return PageReader(first.title(), read)


def _from_table(table: str) -> list[Line]:
    """Return the lines of Tesseract's table of words."""
    lines: dict[tuple[str, ...], list[list[str]]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if cells[0] == WORD_LEVEL and cells[11].strip():
            lines.setdefault(tuple(cells[1:5]), []).append(cells)
    found = []
    for words in lines.values():
        places = np.array([[int(value) for value in word[6:10]] for word in words])
        (x0, y0), (x1, y1) = places[:, :2].min(axis=0), (places[:, :2] + places[:, 2:]).max(axis=0)
        text = " ".join(word[11] for word in words)
        found.append(Line(text, (float(x0), float(y0), float(x1), float(y1))))
    return found
