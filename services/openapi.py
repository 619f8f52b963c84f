"""The OpenAPI document, written by hand: the contract does not depend on what a framework infers."""

from ocr_core.formats import FORMATS
from services import interop
from services.contract import EVENT_STREAM, HEALTH, JSON, METRICS, OCR, OPENAPI, READY, STREAM
from services.schemas import (
    EVENT,
    FILE,
    FORM,
    FORM_OF_FILES,
    INTEGER,
    JSON_FORM,
    JSON_FORM_OF_FILE,
    RESULT,
    SCHEMAS,
    TEXT,
    Schema,
    list_of,
    object_of,
    ref,
)

PAGE_EXAMPLE = {
    "text": "Tea  2.50",
    "results": [
        {
            "text": "Tea  2.50",
            "bbox": [12, 8, 140, 40],
            "polygon": [[12, 8], [140, 8], [140, 40], [12, 40]],
            "confidence": 0.9954,
        }
    ],
    "image": {"width": 160, "height": 46},
    "model": "crnn-3f2a91c0+detector-0b7d61ef",
    "timings_ms": {"decode": 0.48, "detect": 3.6, "recognize": 13.6, "total": 17.68},
    "warnings": [],
}


def _answer(description: str, schema: Schema, example: object = None, kind: str = JSON) -> Schema:
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"description": description, "content": {kind: content}}


def _error(description: str, code: str, header: str = "") -> Schema:
    answer = _answer(description, ref("Error"), {"error": "A sentence that says what to do.", "code": code})
    return {**answer, "headers": {header: {"schema": TEXT}}} if header else answer


def _header(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def _page(description: str) -> Schema:
    """Return the answer that is a page or a document in any of the formats."""
    others = {form.media_type: {"schema": TEXT} for form in FORMATS.values()}
    others |= {FORMATS[name].media_type: {"schema": FILE} for name in ("pdf", "png")}
    answer = _answer(description, RESULT, PAGE_EXAMPLE)
    return {**answer, "content": {**others, **answer["content"]}}


NO_REQUEST = {
    "400": _error("Not valid HTTP", "bad_request"),
    "408": _error("The request did not arrive in time", "too_slow"),
    "431": _error("Address and headers of more than 16 KiB", "headers_too_large"),
}
"""Answers that any address may give, because they are given before the address is looked at."""

REFUSED_READING = {
    **NO_REQUEST,
    "400": _error("No file, an empty file, a malformed form, or an option that does not exist", "missing_file"),
    "401": _error("A key is asked for, and none that is known was sent", "unauthorized", "WWW-Authenticate"),
    "413": _error("Too many bytes, pixels or pages", "image_too_large"),
    "415": _error("Neither an image nor a PDF", "not_an_image"),
    "422": _error("An image or a PDF, but damaged or protected", "unreadable_image"),
    "429": _error("More requests than this sender may make", "too_many_requests", "Retry-After"),
    "500": _error("A fault on our side", "internal_error"),
    "503": _error("More work than the service can hold, or it is not ready", "overloaded", "Retry-After"),
    "504": _error("Not read by its deadline", "deadline_exceeded"),
}
"""Answers to a request for a reading that cannot be read."""

READING_HEADERS = [
    _header(
        "X-Deadline-Ms",
        {"type": "integer", "minimum": 1},
        "Milliseconds, from its arrival on, after which the answer is of no use",
    ),
    _header("X-Request-ID", {"type": "string"}, "Comes back in the answer and in the log; ours where it has none"),
    _header("Cache-Control", {"enum": ["no-cache", "no-store"]}, "A reading of its own, from no cache"),
]

READ_IMAGE: Schema = {
    "operationId": "readImage",
    "summary": "Read the text of an image",
    "description": "The form may be JSON instead, with the file as base64 in `image`.",
    "security": [{}, {"bearer": []}, {"key": []}],
    "parameters": READING_HEADERS,
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": FORM}, JSON: {"schema": JSON_FORM}},
    },
    "responses": {
        "200": _page("The text, in whole and line by line, or what `format` asks for"),
        **REFUSED_READING,
        "406": _error("The header Accept takes none of the formats", "not_acceptable"),
    },
}


STREAM_EXAMPLE = """event: page
data: {"file":0,"files":1,"image":{"width":160,"height":46},"lines":1}

event: line
data: {"file":0,"files":1,"text":"Tea  2.50","bbox":[12,8,140,40],"polygon":[[12,8],[140,8],[140,40],[12,40]],\
"confidence":0.9954}

"""

READ_FILES: Schema = {
    **READ_IMAGE,
    "operationId": "readFiles",
    "summary": "Read several files, and hear of each page and line as soon as it is read",
    "description": "Server-sent events, one file after another: `page` once its lines are found, `line` for each "
    "line when it is read, `unread` for a page of a document that cannot be read, `done` with what POST /ocr would "
    "answer, or `error` in its place. Their data are PageEvent, LineEvent, UnreadEvent, DoneEvent and ErrorEvent.",
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": FORM_OF_FILES}, JSON: {"schema": JSON_FORM_OF_FILE}},
    },
    "responses": {
        "200": _answer("The events, each as this schema says", EVENT, STREAM_EXAMPLE, EVENT_STREAM),
        **{status: answer for status, answer in REFUSED_READING.items() if status not in ("415", "422")},
    },
}


def _get(operation: str, summary: str, **responses: Schema) -> Schema:
    answers = {status.lstrip("_"): answer for status, answer in responses.items()}
    return {"get": {"operationId": operation, "summary": summary, "responses": {**answers, **NO_REQUEST}}}


HEALTHY = object_of(status={"const": "ok"})
READABLE = object_of(status={"const": "ready"}, model=TEXT)
NOT_READY = _error("Not yet, or no longer", "not_ready", "Retry-After")
TENSOR = object_of(name=TEXT, datatype=TEXT, shape=list_of(INTEGER))

INFERENCE_PROTOCOL = {
    interop.V2: _get(
        "serverMetadata",
        "What serves (Open Inference Protocol)",
        _200=_answer("It", object_of(name=TEXT, version=TEXT, extensions=list_of(TEXT)), interop.SERVER),
    ),
    interop.V2_LIVE: _get(
        "serverLive", "As /healthz", _200=_answer("Yes", object_of(live={"const": True}), interop.LIVE)
    ),
    interop.V2_READY: _get(
        "serverReady",
        "As /readyz",
        _200=_answer("Yes", object_of(live={"const": True}, ready={"const": True}), interop.READY_SERVER),
        _503=NOT_READY,
    ),
    interop.V2_MODEL: _get(
        "modelMetadata",
        "What the model takes and gives, as fields of POST /ocr",
        _200=_answer(
            "It",
            object_of(name=TEXT, platform=TEXT, inputs=list_of(TENSOR), outputs=list_of(TENSOR)),
            interop.METADATA,
        ),
    ),
    interop.V2_MODEL_READY: _get(
        "modelReady",
        "As /readyz",
        _200=_answer("Yes", object_of(name=TEXT, ready={"const": True}), interop.READY_MODEL),
        _503=NOT_READY,
    ),
}

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "ocr-pair",
        "version": "0.1.0",
        "summary": "Chinese and English text out of images.",
        "description": "The Flask and the FastAPI service answer this contract with the same bytes.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "paths": {
        OCR: {"post": READ_IMAGE},
        STREAM: {"post": READ_FILES},
        HEALTH: _get("health", "Is the process alive?", _200=_answer("Yes", HEALTHY, {"status": "ok"})),
        READY: _get(
            "ready",
            "Can it read images now?",
            _200=_answer("Yes", READABLE, {"status": "ready", "model": "crnn-3f2a91c0+detector-0b7d61ef"}),
            _503=NOT_READY,
        ),
        METRICS: _get(
            "metrics",
            "Figures for Prometheus",
            _200=_answer("Its text format", TEXT, kind="text/plain"),
            _404=_error("OCR_METRICS is off", "not_found"),
        ),
        OPENAPI: _get("openapi", "This document", _200=_answer("OpenAPI 3.1", {"type": "object"})),
        **INFERENCE_PROTOCOL,
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "One of OCR_API_KEYS, where it is set"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    },
}
"""Served at /openapi.json and rendered at /docs."""
