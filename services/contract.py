"""The HTTP contract of both services: paths, field names, result -> JSON, error -> status.

An `Answer` is complete: status, headers and bytes. The adapters only hand it to their framework, so
that the two services cannot drift apart.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ocr_core.errors import (
    BadOption,
    DeadlineExceeded,
    EmptyInput,
    ImageTooLarge,
    InputError,
    ModelFileError,
    NotAnImage,
    OcrError,
    ProtectedDocument,
    ServiceError,
    TooManyPages,
    UnreadableImage,
)
from ocr_core.formats import FORMATS

OCR = "/ocr"
STREAM = "/ocr/stream"
HEALTH = "/healthz"
READY = "/readyz"
METRICS = "/metrics"
OPENAPI = "/openapi.json"

FILE_FIELDS = ("file", "image", "image_file")
"""Form fields that may carry the image; the first one in the body is read."""

OPTION_FIELDS = ("threshold", "mode", "granularity", "decoder", "format", "pages", "pdf_text", "pictures")
"""Form fields that become `ReadOptions`, `PageChoice` and the form of the answer. Any other field is ignored, as
LiteParse clients send `language`."""

MAX_PARTS = 100
"""Parts that a form may have; more are refused."""

FORM_OVERHEAD = 64 * 1024
"""Bytes a body may hold beyond the image: boundaries, part headers and options."""

BASE64_GROWTH = 4 / 3
"""How many times as large an image is in the base64 of a JSON body."""

JSON = "application/json"
EVENT_STREAM = "text/event-stream"

UNREAD_PAGES = "X-Unread-Pages"
"""Header of an answer that lacks some of the pages that were asked for: their numbers, with commas between."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every answer, errors and assets included."""


class MissingFile(InputError):
    """The request carries no image in any of `FILE_FIELDS`."""

    code = "missing_file"


class BadForm(InputError):
    """The body is not the multipart form or the JSON that its Content-Type announces."""

    code = "bad_form"


class TooManyBytes(InputError):
    """The image file is larger than `Settings.max_bytes`."""

    code = "too_many_bytes"


class NotAcceptable(InputError):
    """The header Accept takes none of the formats that there are."""

    code = "not_acceptable"


class TryLater(ServiceError):
    """This process cannot take the request now; `retry_after` seconds later it may."""

    retry_after = 1


class NotReady(TryLater):
    """The model is not loaded yet, or no longer."""

    code = "not_ready"


class Unauthorized(InputError):
    """The service asks for a key, and the request has none that is known."""

    code = "unauthorized"


class TooManyRequests(TryLater):
    """The sender has asked for more than its share; `retry_after` seconds later it may ask again."""

    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__("You have sent more requests than you may; try again after the time in Retry-After.")
        self.retry_after = retry_after


class Overloaded(TryLater):
    """As many requests run and wait as the settings allow."""

    code = "overloaded"

    def __init__(self, retry_after: int) -> None:
        super().__init__("The service has more work than it can hold; try again after the time in Retry-After.")
        self.retry_after = retry_after


STATUS: dict[type[OcrError], int] = {
    EmptyInput: 400,
    MissingFile: 400,
    BadForm: 400,
    BadOption: 400,
    NotAcceptable: 406,
    ImageTooLarge: 413,
    TooManyBytes: 413,
    TooManyPages: 413,
    NotAnImage: 415,
    UnreadableImage: 422,
    ProtectedDocument: 422,
    Unauthorized: 401,
    TooManyRequests: 429,
    ModelFileError: 500,
    NotReady: 503,
    Overloaded: 503,
    DeadlineExceeded: 504,
}

HTTP_ERRORS = {
    400: ("bad_request", "The request is not valid HTTP for this service."),
    404: ("not_found", "There is nothing at this address; the service reads images at POST /ocr."),
    405: (
        "method_not_allowed",
        "This address does not take this method; see the Allow header.",
    ),
    408: ("too_slow", "The request did not arrive within the time that it may take."),
    431: ("headers_too_large", "The address and the headers of the request are larger than 16 KiB."),
    500: ("internal_error", "Something went wrong on our side; the image may be fine."),
}
"""Errors that no `OcrError` stands for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, the same on both services."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    code: str = ""
    """Identifier of the error, for metrics and logs; empty if it is none."""


def allowed_methods(path: str) -> str:
    """Return the Allow header of an existing path."""
    return "POST" if path in (OCR, STREAM) else "GET, HEAD"


def json_body(content: object) -> bytes:
    """Return `content` as the one JSON form that both services send: UTF-8 and compact."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_answer(body: bytes, status: int = 200, extra: Mapping[str, str] | None = None, code: str = "") -> Answer:
    """Return the answer that carries `body`, which `json_body` made; nobody on the way may keep it."""
    headers = {**HEADERS, "Content-Type": JSON, "Cache-Control": "no-store", **(extra or {})}
    return Answer(status, body, headers, code)


def page_answer(body: bytes, format_name: str, unread: Iterable[int] = ()) -> Answer:
    """Return the answer of POST /ocr that carries `body`, a result in one of `FORMATS`.

    The numbers of the pages that are `unread` go into a header, which is the same for all formats.
    """
    missing = {UNREAD_PAGES: numbers} if (numbers := ",".join(map(str, unread))) else {}
    return json_answer(body, extra={"Content-Type": FORMATS[format_name].media_type, **missing})


def error_answer(error: Exception) -> Answer:
    """Return what the sender may know about `error`: input errors in full, our own faults by code only."""
    if isinstance(error, InputError | DeadlineExceeded):
        how = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorized) else None
        return _error(STATUS[type(error)], error.code, str(error), how)
    if isinstance(error, TryLater):
        return _error(STATUS[type(error)], error.code, str(error), {"Retry-After": str(error.retry_after)})
    _, sentence = HTTP_ERRORS[500]
    return _error(500, error.code if isinstance(error, OcrError) else "internal_error", sentence)


def http_error(status: int, path: str = "") -> Answer:
    """Return the answer for an error that the framework or the server found, such as an unknown `path`."""
    code, sentence = HTTP_ERRORS.get(status, HTTP_ERRORS[400 if status < 500 else 500])
    return _error(status, code, sentence, {"Allow": allowed_methods(path)} if status == 405 else None)


def too_many_bytes(limit: int) -> TooManyBytes:
    """Return the error for an image file of more than `limit` bytes."""
    return TooManyBytes(f"The file is larger than the limit of {limit:,} bytes.")


def _error(status: int, code: str, sentence: str, extra: Mapping[str, str] | None = None) -> Answer:
    return json_answer(json_body({"error": sentence, "code": code}), status, extra, code)
