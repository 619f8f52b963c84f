"""The OpenAPI document, written by hand: the contract does not depend on what a framework infers."""

from typing import Any, get_args

from ocr_core.types import Granularity, Mode, Threshold
from services.contract import FILE_FIELDS, HEALTH, JSON, OCR, OPENAPI, READY

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: Schema, length: int | None = None, **extra: str) -> Schema:
    size = {} if length is None else {"minItems": length, "maxItems": length}
    return {"type": "array", "items": items, **size, **extra}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _error(description: str) -> Schema:
    return _answer(description, _ref("Error"))


TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
MILLISECONDS: Schema = {"type": "number", "minimum": 0}
POINT = _list(INTEGER, 2, description="x, y in pixels of the image as displayed")
FILE: Schema = {"type": "string", "format": "binary"}

PLACE: dict[str, Schema] = {
    "bbox": _list(INTEGER, 4, description="x1, y1, x2, y2: the upright rectangle around it, end-exclusive"),
    "polygon": _list(POINT, 4, description="Corners, clockwise from the text's own top left"),
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
}

SPAN = _object(
    text=TEXT, start={**INTEGER, "description": "Index of its first character in the line's text"}, **PLACE
)

LINE = _object(text=TEXT, **PLACE)
LINE["properties"] |= {
    "words": _list(_ref("Span"), description="With `granularity` `word` or `char`"),
    "characters": _list(_ref("Span"), description="With `granularity` `char`"),
}

PAGE = _object(
    text={"type": "string", "description": "All lines in reading order, joined by line breaks"},
    results=_list(_ref("Line"), description="In reading order"),
    image=_object(width=INTEGER, height=INTEGER),
    model={"type": "string", "description": "Name and digest of the recogniser"},
    timings_ms=_object(decode=MILLISECONDS, detect=MILLISECONDS, recognize=MILLISECONDS, total=MILLISECONDS),
    warnings=_list(TEXT, description="Sentences for people"),
)

FORM: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            **FILE,
            "description": "JPEG, PNG, WebP, BMP, TIFF or GIF, told by its content; the fields "
            + " and ".join(f"`{name}`" for name in FILE_FIELDS[1:])
            + " are accepted in its place",
        },
        "threshold": {
            "type": "string",
            "enum": list(get_args(Threshold)),
            "description": "Adaptive threshold before reading; `auto` decides by the light on the image",
        },
        "mode": {
            "type": "string",
            "enum": list(get_args(Mode)),
            "default": "auto",
            "description": "`line`: the image is one line; `page`: look for lines; `auto`: decide by shape",
        },
        "granularity": {
            "type": "string",
            "enum": list(get_args(Granularity)),
            "default": "line",
            "description": "`word` adds the places of words to each line, `char` those of words and characters",
        },
    },
}

READ_IMAGE: Schema = {
    "operationId": "readImage",
    "summary": "Read the text of an image",
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}},
    "responses": {
        "200": _answer("The text, in whole and line by line", _ref("Page")),
        "400": _error("No file, an empty file, a malformed form, or an option that does not exist"),
        "413": _error("Too many bytes or pixels"),
        "415": _error("Not an image"),
        "422": _error("An image, but damaged"),
        "500": _error("A fault on our side"),
        "503": _error("More work than the service can hold, or the model is not loaded yet; see Retry-After"),
        "504": _error("Not read by its deadline; see X-Deadline-Ms"),
    },
}


def _get(operation: str, summary: str, **responses: Schema) -> Schema:
    answers = {status.lstrip("_"): answer for status, answer in responses.items()}
    return {"get": {"operationId": operation, "summary": summary, "responses": answers}}


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
        HEALTH: _get("health", "Is the process alive?", _200=_answer("Yes", _object(status={"const": "ok"}))),
        READY: _get(
            "ready",
            "Can it read images now?",
            _200=_answer("Yes", _object(status={"const": "ready"}, model=TEXT)),
            _503=_error("Not yet"),
        ),
        OPENAPI: _get("openapi", "This document", _200=_answer("OpenAPI 3.1", {"type": "object"})),
    },
    "components": {
        "schemas": {
            "Page": PAGE,
            "Line": LINE,
            "Span": SPAN,
            "Error": _object(
                error={"type": "string", "description": "A sentence for people"},
                code={"type": "string", "description": "Stable, for programs"},
            ),
        }
    },
}
"""Served at /openapi.json and rendered at /docs."""
