"""What each address answers, free of any framework: the adapters bring bytes and carry answers."""

import logging
import struct
import zlib
from typing import Any

from ocr_core.errors import EmptyInput, InputError
from ocr_core.types import PageReader, PageResult, ReadOptions
from services.contract import (
    FORM_OVERHEAD,
    Answer,
    NotReady,
    TryLater,
    error_answer,
    json_answer,
    page_json,
    too_many_bytes,
)
from services.multipart import parse_form
from services.settings import Settings

log = logging.getLogger("services")


def load_reader(settings: Settings) -> PageReader:
    """Return the reader that `settings` describe, loaded from its model file."""
    # Imported here, so that importing an app neither loads ONNX Runtime nor OpenCV.
    from ocr_core.pipeline import load_pipeline

    # One thread inside each reading: `settings.threads` readings run at once and share the CPUs.
    return load_pipeline(settings.recognizer, settings.max_pixels, intra_op_threads=1)


def warm_up(reader: PageReader) -> PageReader:
    """Return `reader` after one reading, so that no visitor waits for the first allocations."""
    reader.read(_white_png(width=320, height=32), ReadOptions(mode="line"))
    return reader


def body_limit(settings: Settings) -> int:
    """Return the bytes of body that are received before the answer is 413."""
    return settings.max_bytes + FORM_OVERHEAD


def answer_ocr(reader: PageReader | None, content_type: str, body: bytes, settings: Settings) -> Answer:
    """Return the answer of POST /ocr. Parses, decodes and computes: never call it on an event loop."""
    try:
        return json_answer(page_json(_read(reader, content_type, body, settings)))
    except InputError as error:
        return error_answer(error)
    except Exception as error:
        return answer_unexpected(error)


def _read(reader: PageReader | None, content_type: str, body: bytes, settings: Settings) -> PageResult:
    if reader is None:
        raise NotReady("The model is not loaded yet; try again in a moment.")
    form = parse_form(content_type, body)
    if not form.image:
        raise EmptyInput("The file is empty.")
    if len(form.image) > settings.max_bytes:
        raise too_many_bytes(settings.max_bytes)
    options: dict[str, Any] = {"threshold": settings.threshold, **form.options}
    return reader.read(form.image, ReadOptions(**options))


def answer_health() -> Answer:
    """Return the answer of GET /healthz: this process takes requests."""
    return json_answer({"status": "ok"})


def answer_ready(reader: PageReader | None) -> Answer:
    """Return the answer of GET /readyz; `reader` is None until its warm-up reading is done."""
    if reader is None:
        return error_answer(NotReady("The model is not loaded yet; try again in a moment."))
    return json_answer({"status": "ready", "model": reader.name})


def answer_unexpected(error: Exception) -> Answer:
    """Return an error answer that says nothing about our insides, which go to the log."""
    if not isinstance(error, TryLater):
        log.error("A request failed", exc_info=error)
    return error_answer(error)


def _white_png(width: int, height: int) -> bytes:
    """Return a white grayscale PNG; written here because the services know no image library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
