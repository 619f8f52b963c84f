"""What to know before asking why: versions, processor, models, and a reading with a stopwatch."""

import hashlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

import cv2
import numpy as np

from ocr_core.errors import ModelFileError, OcrError
from ocr_core.pipeline import load_pipeline
from ocr_core.processor import CPUINFO, has_int8
from ocr_core.shipped import MANIFEST
from ocr_core.sizing import find_cpus
from ocr_core.types import ReadOptions

PACKAGES = (
    "ocr-pair",
    "onnxruntime",
    "opencv-python-headless",
    "numpy",
    "pillow",
    "pypdfium2",
    "fpdf2",
    "flask",
    "fastapi",
)

FOR = {"pypdfium2": "reading PDFs needs", "fpdf2": "--format pdf needs"}
"""What packages of extras are for."""

FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Vector instructions that matter to int8 networks, as Linux calls them; the last two are of ARM."""

TEST_TEXT = "Sphinx 2026"
READINGS = 7


@dataclass(frozen=True, slots=True)
class Model:
    """A model that comes with the package."""

    name: str
    role: str
    size: int
    """Bytes, as the manifest has it."""

    sha256: str
    """As the manifest has it."""

    intact: bool
    """Whether the file is there and has that digest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    value: str
    good: bool = True


def shipped_models() -> list[Model]:
    """Return the models of the package, each looked at byte by byte; raise `ModelFileError` without a manifest."""
    folder = Path(str(resources.files("models")))
    try:
        entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return [
            Model(name, entry["role"], entry["bytes"], entry["sha256"], _digest(folder / name) == entry["sha256"])
            for name, entry in entries.items()
        ]
    except (OSError, ValueError, KeyError) as error:
        raise ModelFileError(
            f"{MANIFEST} of the models is missing or damaged; install the package anew."
        ) from error


def findings() -> Iterator[Finding]:
    """Yield what is found, the quick things first."""
    yield Finding("python", f"{platform.python_version()} ({sys.executable})")
    yield Finding("system", platform.platform())
    for name in PACKAGES:
        yield Finding(name, _version(name))
    yield from _processor()
    try:
        for model in shipped_models():
            state = "intact" if model.intact else "MISSING OR DAMAGED; install the package anew"
            yield Finding(model.name, f"{model.sha256[:12]} {state}", model.intact)
        yield from _self_test()
    except OcrError as error:
        yield Finding("models", str(error), good=False)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed" + (f"; {FOR[package]} it: pip install 'ocr-pair[pdf]'" if package in FOR else "")


def _processor() -> Iterator[Finding]:
    """Yield what Linux says of the processor."""
    text = CPUINFO.read_text() if CPUINFO.exists() else ""
    said = {key.strip(): value.strip() for key, _, value in (row.partition(":") for row in text.splitlines())}
    flags = set(said.get("flags", said.get("Features", "")).split())
    yield Finding("processor", said.get("model name", platform.machine()))
    yield Finding(
        "instructions", " ".join(name for name in FEATURES if name in flags) or "none of those looked for"
    )
    yield Finding("networks", "int8" if has_int8() else "single precision: the processor has no exact int8")
    yield Finding("cpus", f"{find_cpus()}: as many pictures are read at once by --output and the services")


def _self_test() -> Iterator[Finding]:
    """Yield how long it takes to load the models and to read a line that is drawn here, and whether it is right."""
    started = time.perf_counter()
    pipeline = load_pipeline()
    loaded = time.perf_counter() - started
    yield Finding("model", f"{pipeline.name}, loaded in {loaded * 1e3:.0f} ms")
    paper = np.full((48, 340), 255, np.uint8)
    cv2.putText(paper, TEST_TEXT, (10, 36), cv2.FONT_HERSHEY_DUPLEX, 1.2, 0, 2, cv2.LINE_AA)
    picture = cv2.imencode(".png", paper)[1].tobytes()
    times = []
    for _ in range(READINGS):
        started = time.perf_counter()
        text = pipeline.read(picture, ReadOptions(mode="line")).text
        times.append((time.perf_counter() - started) * 1e3)
    good = text.replace(" ", "") == TEST_TEXT.replace(" ", "")
    value = f"one line in {statistics.median(times):.1f} ms (median of {READINGS})"
    yield Finding("self-test", value if good else f"{TEST_TEXT!r} was read as {text!r}", good)
