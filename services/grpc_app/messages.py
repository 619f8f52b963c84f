"""Messages <-> what the core of the services takes and answers: a request to a form, JSON content to a page."""

from collections.abc import Mapping
from typing import Any

from services.contract import MAX_PARTS, OPTION_FIELDS, UNREAD_PAGES, Answer, BadForm, MissingFile
from services.grpc_app import ocr_pb2
from services.multipart import Form

Json = Mapping[str, Any]
"""An object of the HTTP contract, as `json.loads` returns it."""


def form_of(request: ocr_pb2.ReadRequest) -> Form:
    """Return the form that POST /ocr would get for `request`."""
    options = {**_options(request.options), **({"format": request.format} if request.format else {})}
    return Form((request.image,), options, paged=True)


def form_of_files(request: ocr_pb2.ReadStreamRequest) -> Form:
    """Return the form that POST /ocr/stream would get; raise `MissingFile` or `BadForm` for none or too many."""
    if not request.images:
        raise MissingFile("The request has no image; send it in the field `images`.")
    if len(request.images) > MAX_PARTS:
        raise BadForm(f"The request has more than {MAX_PARTS} images.")
    return Form(tuple(request.images), _options(request.options), paged=True)


def response_of(content: Json) -> ocr_pb2.ReadResponse:
    """Return the response that carries a page or a document, the JSON content of a 200 of POST /ocr."""
    if "pages" in content:
        return ocr_pb2.ReadResponse(document=document_of(content))
    return ocr_pb2.ReadResponse(page=page_of(content))


def file_of(answer: Answer) -> ocr_pb2.ReadResponse:
    """Return the response that carries the result in any other format, a 200 of POST /ocr."""
    unread = answer.headers.get(UNREAD_PAGES)
    file = ocr_pb2.File(
        media_type=answer.headers["Content-Type"],
        content=answer.body,
        unread_pages=map(int, unread.split(",")) if unread else (),
    )
    return ocr_pb2.ReadResponse(file=file)


def document_of(content: Json) -> ocr_pb2.Document:
    """Return a document of several pages from its JSON content."""
    return ocr_pb2.Document(
        text=content["text"],
        pages=[page_of(page) for page in content["pages"]],
        page_count=content["page_count"],
        model=content["model"],
        timings_ms=ocr_pb2.Timings(**content["timings_ms"]),
        warnings=content["warnings"],
        unread=[ocr_pb2.UnreadPage(**page) for page in content["unread"]],
    )


def page_of(content: Json) -> ocr_pb2.Page:
    """Return a page from its JSON content."""
    return ocr_pb2.Page(
        text=content["text"],
        results=[line_of(line) for line in content["results"]],
        image=ocr_pb2.Size(**content["image"]),
        model=content["model"],
        timings_ms=ocr_pb2.Timings(**content["timings_ms"]),
        warnings=content["warnings"],
        number=content.get("page", 0),
        warning_details=[ocr_pb2.WarningDetail(**detail) for detail in content.get("warning_details", ())],
    )


def line_of(content: Json) -> ocr_pb2.Line:
    """Return a line from its JSON content."""
    return ocr_pb2.Line(
        text=content["text"],
        place=_place(content),
        confidence=content["confidence"],
        words=[_span(word) for word in content.get("words", ())],
        characters=[_span(character) for character in content.get("characters", ())],
    )


def event_of(name: str, content: Json, status: int = 0) -> ocr_pb2.ReadStreamResponse:
    """Return an event of a stream from its name and its JSON content.

    Args:
        name: `page`, `line`, `unread`, `done` or `error`.
        content: its data, as POST /ocr/stream sends them.
        status: of an error, as google.rpc.Code has it.
    """
    place = {"file": content["file"], "files": content["files"], "page_number": content.get("page", 0)}
    event = ocr_pb2.ReadStreamResponse(**place)
    if name == "page":
        event.page.CopyFrom(ocr_pb2.PageFound(image=ocr_pb2.Size(**content["image"]), lines=content["lines"]))
    elif name == "line":
        event.line.CopyFrom(line_of(content))
    elif name == "unread":
        reason = {key: content[key] for key in ("page", "error", "code")}
        event.unread.CopyFrom(ocr_pb2.UnreadPage(**reason))
    elif name == "done":
        event.done.CopyFrom(response_of(content["result"]))
    else:
        event.error.CopyFrom(ocr_pb2.Failure(status=status, code=content["code"], error=content["error"]))
    return event


def _options(options: ocr_pb2.Options) -> dict[str, str]:
    """Return the options that were sent, without `pictures`: there is no message for a picture yet."""
    known = set(OPTION_FIELDS) - {"pictures"}
    return {field.name: value for field, value in options.ListFields() if field.name in known}


def _span(content: Json) -> ocr_pb2.Span:
    return ocr_pb2.Span(
        text=content["text"], start=content["start"], place=_place(content), confidence=content["confidence"]
    )


def _place(content: Json) -> ocr_pb2.Place:
    return ocr_pb2.Place(bbox=content["bbox"], polygon=[number for point in content["polygon"] for number in point])
