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
class Page:
    """What POST /ocr answers."""

    text: str
    """In reading order: a row a line, its cells apart by tabs, a blank line between blocks."""
    results: tuple[Line, ...]
    """In reading order."""
    image: Size
    model: str
    """Name and digest of the recogniser."""
    timings_ms: Timings
    warnings: tuple[str, ...]
    """Sentences for people."""


@dataclass(frozen=True, slots=True)
class PageEvent:
    """The lines of a file are found."""

    file: int
    """Which of the files, from 0 on."""
    files: int
    image: Size
    lines: int
    """How many places will be looked at; each gives a line or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEvent(Line):
    """A line is read."""

    file: int
    files: int


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """A file is read."""

    file: int
    files: int
    result: Page


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """A file cannot be read; the others still are."""

    file: int
    files: int
    status: int
    error: str
    """A sentence for people."""
    code: str


T = TypeVar("T")
Event = PageEvent | LineEvent | DoneEvent | ErrorEvent

_PAGE = TypeAdapter(Page)
_EVENTS: dict[str, TypeAdapter[Event]] = {
    "page": TypeAdapter(PageEvent),
    "line": TypeAdapter(LineEvent),
    "done": TypeAdapter(DoneEvent),
    "error": TypeAdapter(ErrorEvent),
}


def parse_page(body: bytes) -> Page:
    """Return the page in the JSON of an answer; raise `UnexpectedAnswer` where it is none."""
    return _parse(_PAGE, body)


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
