"""What each address answers, free of any framework: the adapters bring bytes and carry answers."""

import logging
import math
import struct
import zlib
from collections.abc import Mapping

from ocr_core.errors import DeadlineExceeded, InputError
from ocr_core.types import PageReader, ReadOptions
from services.contract import (
    BASE64_GROWTH,
    FORM_OVERHEAD,
    Answer,
    NotReady,
    TryLater,
    error_answer,
    json_answer,
    json_body,
)
from services.lifecycle import Lifecycle
from services.settings import Settings

log = logging.getLogger("services")


def load_reader(settings: Settings) -> PageReader:
    """Return the reader that `settings` describe, loaded from its model file."""
    # Imported here, so that importing an app neither loads ONNX Runtime nor OpenCV.
    from ocr_core.pipeline import load_pipeline

    return load_pipeline(settings.recognizer, settings.max_pixels, settings.intra_op, settings.detector)


def warm_up(reader: PageReader) -> PageReader:
    """Return `reader` after a canary reading of each kind, so that no visitor waits for the first allocations."""
    canary = _white_png(width=320, height=32)
    reader.read(canary, ReadOptions(mode="line"))
    reader.read(canary, ReadOptions(mode="page"))
    return reader


def body_limit(settings: Settings) -> int:
    """Return the bytes of body that are received before the answer is 413."""
    return math.ceil(settings.max_bytes * BASE64_GROWTH) + FORM_OVERHEAD


def answer_health() -> Answer:
    """Return the answer of GET /healthz: this process takes requests."""
    return json_answer(json_body({"status": "ok"}))


def answer_ready(lifecycle: Lifecycle, body: Mapping[str, object] | None = None) -> Answer:
    """Return the answer of GET /readyz: 503 until the canary reading is done, and from the signal to stop on.

    Args:
        lifecycle: knows it.
        body: what to say where it is ready; with which model by default.
    """
    if lifecycle.draining:
        return error_answer(NotReady("The service is being stopped."))
    try:
        name = lifecycle.reader.name
    except NotReady as error:
        return error_answer(error)
    return json_answer(json_body({"status": "ready", "model": name} if body is None else body))


def answer_error(error: Exception) -> Answer:
    """Return the answer to a request that failed with `error`; our own faults go to the log and nowhere else."""
    if not isinstance(error, InputError | TryLater | DeadlineExceeded):
        log.error("A request failed", exc_info=error)
    return error_answer(error)


def _white_png(width: int, height: int) -> bytes:
    """Return a white grayscale PNG; written here because the services know no image library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
