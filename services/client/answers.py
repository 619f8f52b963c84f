"""The JSON of the services as frozen dataclasses with the names of docs/api.md.

Fields that a newer service adds are left out, so that an older client goes on working.
"""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from .errors import UnexpectedAnswer

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels of the image as displayed, end-exclusive."""

Polygon = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Four corners x, y in pixels, clockwise from the text's own top left."""


@dataclass(frozen=True, slots=True)
class Span:
    """A word or a character of a line."""

    text: str
    start: int
    """Index of its first character in the line's `text`."""
    bbox: Box
    polygon: Polygon
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its place."""

    text: str
    bbox: Box
    polygon: Polygon
    confidence: float
    """0 to 1: geometric mean over the characters."""
    words: tuple[Span, ...] = ()
    """With `granularity` "word" or "char"."""
    characters: tuple[Span, ...] = ()
    """With `granularity` "char"."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of an image as displayed, pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the steps took, milliseconds."""

    decode: float
    detect: float
    recognize: float
    total: float


@dataclass(frozen=True, slots=True)
class WarningDetail:
    """What a warning says, for programs that say it in other words."""

    code: str
    values: tuple[str, ...] = ()
    """What it counts or names."""


@dataclass(frozen=True, slots=True)
class Page:
    """What POST /ocr answers."""

    text: str
    """In reading order: a row a line, its cells apart by tabs, a blank line between blocks."""
    results: tuple[Line, ...]
    """In reading order."""
    image: Size
    model: str
    """Names and digests of the recogniser and of the network that finds lines."""
    timings_ms: Timings
    warnings: tuple[str, ...]
    """Sentences for people."""
    warning_details: tuple[WarningDetail, ...] = ()
    """Of each of the `warnings`, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPage(Page):
    """A page of a document."""

    page: int
    """Its number in the file, from 1."""


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A page of a document that could not be read, while others could."""

    page: int
    """Its number in the file, from 1."""
    error: str
    """A sentence for people."""
    code: str


@dataclass(frozen=True, slots=True)
class Document:
    """What POST /ocr answers of a PDF, and of any file of which it was asked for `pages`."""

    text: str
    """The texts of the pages with form feeds between."""
    pages: tuple[DocumentPage, ...]
    """Those that were read, in the order in which they were asked for."""
    page_count: int
    """Pages that the file has."""
    model: str
    timings_ms: Timings
    """Sums over the pages."""
    warnings: tuple[str, ...]
    unread: tuple[UnreadPage, ...] = ()
    """Pages that were asked for and could not be read."""


@dataclass(frozen=True, slots=True)
class PageEvent:
    """The lines of a file, or of a page of it, are found."""

    file: int
    """Which of the files, from 0 on."""
    files: int
    image: Size
    lines: int
    """How many places will be looked at; each gives a line or none."""
    page: int | None = None
    """Of a document: the number of the page in the file, from 1."""
    pages: int | None = None
    """Of a document: how many pages are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEvent(Line):
    """A line is read."""

    file: int
    files: int
    page: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class UnreadEvent:
    """A page of a document cannot be read; the others may be, or an `ErrorEvent` follows."""

    file: int
    files: int
    page: int
    """Its number in the file, from 1."""
    pages: int
    error: str
    """A sentence for people."""
    code: str


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """A file is read."""

    file: int
    files: int
    result: Page | Document


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """A file cannot be read; the others still are."""

    file: int
    files: int
    status: int
    error: str
    """A sentence for people."""
    code: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """What GET /readyz answers."""

    model: str


T = TypeVar("T")
Event = PageEvent | LineEvent | UnreadEvent | DoneEvent | ErrorEvent

_ANSWER: TypeAdapter[Page | Document] = TypeAdapter(Page | Document)
_DOCUMENT = TypeAdapter(Document)
_READY = TypeAdapter(_Ready)
_EVENTS: dict[str, TypeAdapter[Event]] = {
    "page": TypeAdapter(PageEvent),
    "line": TypeAdapter(LineEvent),
    "unread": TypeAdapter(UnreadEvent),
    "done": TypeAdapter(DoneEvent),
    "error": TypeAdapter(ErrorEvent),
}


def parse_page(body: bytes) -> Page:
    """Return the page in the JSON of an answer; raise `UnexpectedAnswer` where it is none."""
    answer = _parse(_ANSWER, body)
    if isinstance(answer, Document):
        raise UnexpectedAnswer("The file is a document: `read_document` gives its pages.")
    return answer


def parse_document(body: bytes) -> Document:
    """Return the document in the JSON of an answer; raise `UnexpectedAnswer` where it is none."""
    return _parse(_DOCUMENT, body)


def parse_model(body: bytes) -> str:
    """Return the name of the model in the JSON of GET /readyz; raise `UnexpectedAnswer` where there is none."""
    return _parse(_READY, body).model


def is_last(event: Event) -> bool:
    """Return whether `event` is the last one of its stream, by which the end is told from a broken connection."""
    return isinstance(event, DoneEvent | ErrorEvent) and event.file + 1 == event.files


def parse_event(name: str, data: str) -> Event | None:
    """Return a server-sent event; None for a kind that this client does not know."""
    return _parse(_EVENTS[name], data) if name in _EVENTS else None


def _parse(kind: TypeAdapter[T], content: str | bytes) -> T:
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise UnexpectedAnswer(f"The answer is not that of an OCR service: {place}: {first['msg']}.") from error
