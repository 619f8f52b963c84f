"""Results and seams. Every result is frozen; arrays and boxes follow the notation of `ocr_core`."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from ocr_core.errors import BadOption, InputError
from ocr_core.page_choice import PagePlace

Gray = NDArray[np.uint8]
"""(H, W) uint8, 0 = black, 255 = white."""

Color = NDArray[np.uint8]
"""(H, W, 3) uint8, channels blue, green, red."""

Quad = NDArray[np.float32]
"""(4, 2) float32 corners as (x, y), original-image pixels, clockwise from the text's own top left."""

LineDetector = Literal["both", "plain", "network"]
Threshold = Literal["off", "on", "auto"]
Mode = Literal["auto", "line", "page"]
Granularity = Literal["line", "word", "char"]
Decoder = Literal["beam", "greedy"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read one image. Travels as an argument; nothing shared is changed by it."""

    threshold: Threshold = "off"
    """Adaptive threshold before recognition: `auto` applies it to unevenly lit images only."""

    mode: Mode = "auto"
    """`line` reads the whole image as one line, `page` always looks for lines, `auto` decides by shape."""

    granularity: Granularity = "line"
    """`word` adds the places of the words to each line, `char` those of the words and the characters."""

    decoder: Decoder = "beam"
    """`beam` weighs what is seen with how likely it is as text, `greedy` takes what is seen."""

    def __post_init__(self) -> None:
        """Raise `BadOption` for a value that does not exist."""
        kinds = {"threshold": Threshold, "mode": Mode, "granularity": Granularity, "decoder": Decoder}
        for name, kind in kinds.items():
            if getattr(self, name) not in get_args(kind):
                raise BadOption.unknown(name, getattr(self, name), get_args(kind))


@dataclass(frozen=True, slots=True)
class Box:
    """Axis-aligned rectangle in original-image pixels, end-exclusive: 0 <= x0 < x1 <= W, same for y."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True)
class Character:
    """One decoded character."""

    text: str
    """A single character."""

    confidence: float
    """Probability of the character at its strongest time step, 0-1."""

    position: float
    """Centre of the character along the line, as a share of the line's width, 0-1."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a recogniser made of one line."""

    text: str

    confidence: float
    """Geometric mean of the characters' confidences, 0-1; 0.0 for an empty line."""

    characters: tuple[Character, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A word or a character of a line, with its place on the image."""

    text: str
    """Without spaces: a run of letters, digits and marks, or one Chinese character."""

    start: int
    """Index of its first character in the line's text; spaces of the line lie between spans."""

    confidence: float
    """Geometric mean of its characters' confidences, 0-1."""

    polygon: tuple[tuple[int, int], ...]
    """Four (x, y) corners in original-image pixels, clockwise from the text's own top left."""

    box: Box
    """The upright rectangle around `polygon`."""


@dataclass(frozen=True, slots=True)
class LineResult:
    """One line of text with its place on the image."""

    reading: Reading

    polygon: tuple[tuple[int, int], ...]
    """Four (x, y) corners in original-image pixels, clockwise from the text's own top left."""

    box: Box
    """The upright rectangle around `polygon`."""

    words: tuple[Span, ...] = ()
    """On request: the words from left to right; each Chinese character is a word of its own."""

    characters: tuple[Span, ...] = ()
    """On request: the characters from left to right, without the spaces."""

    block: int = 0
    """Number of its block on the page, from 0: a paragraph, a column, a table."""

    row: int | None = None
    """Number of its row on the page, from 0: the cells of a table share one. None for a row of its own."""

    @property
    def text(self) -> str:
        """The line's text."""
        return self.reading.text


@dataclass(frozen=True, slots=True)
class Timings:
    """Wall-clock milliseconds of each stage of one reading."""

    decode: float
    detect: float
    recognize: float
    total: float


@dataclass(frozen=True, slots=True)
class PageResult:
    """Everything read from one image."""

    lines: tuple[LineResult, ...]
    """In reading order."""

    width: int
    """Pixels, as displayed (after the EXIF turn)."""

    height: int
    """Pixels, as displayed (after the EXIF turn)."""

    model: str
    """Names and digests of the recogniser and, where it is a network, of what finds lines, with `+` between, for
    example `crnn-3f2a91c0+detector-0b7d61ef`; `embedded` for text that a PDF carries itself."""

    timings: Timings

    warnings: tuple[str, ...] = ()
    """Sentences for people, for example that only the first of several frames was read; ours are `Note`s."""

    number: int = 1
    """Which page of its file it is, from 1."""

    @property
    def text(self) -> str:
        """The text in reading order: a row a line, its cells apart by tabs, a blank line between blocks."""
        parts: list[str] = []
        for before, line in zip((None, *self.lines), self.lines, strict=False):
            if before is not None:
                same_row = line.row is not None and line.row == before.row
                parts.append("\t" if same_row else "\n" if line.block == before.block else "\n\n")
            parts.append(line.text)
        return "".join(parts)


class Progress(Protocol):
    """Is told by a reader how far it is, in the thread that reads. What it raises ends the reading."""

    def page(self, place: PagePlace, image: bytes) -> None:
        """Take which page is begun, and the image file of it; not called for an image that is no document."""

    def found(self, width: int, height: int, lines: int) -> None:
        """Take pixels, as displayed, and how many lines will be looked at; without text it comes once more."""

    def line(self, line: LineResult) -> None:
        """Take a line as soon as it is read; the places of words, blocks and the order follow in the result."""

    def unread(self, place: PagePlace, error: InputError) -> None:
        """Take which page of a document cannot be read, and why; the next one is begun."""


class PageReader(Protocol):
    """Reads whole images: what the services need of the core. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """Names and digests of what reads, as in `PageResult.model`."""

    def read(
        self,
        data: bytes,
        options: ReadOptions = ReadOptions(),
        *,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> PageResult:
        """Return what `data`, an encoded image, says; raise an `OcrError` if it cannot be read.

        Args:
            data: the bytes of an image file.
            options: how to read it.
            deadline: `time.monotonic()` seconds after which the reading is given up with `DeadlineExceeded`.
            progress: is told what has been found and read so far.
        """
