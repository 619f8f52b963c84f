"""A file -> the text of its pages, whatever it is: an image, a TIFF of many pages, an animation, a PDF.

Each page is handed to the reader as an image file of its own, so that every reader reads documents, and all limits
and errors of images hold for pages.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from ocr_core.document_result import DocumentResult, UnreadPage
from ocr_core.errors import DeadlineExceeded, ImageTooLarge, InputError, UnreadableImage
from ocr_core.frames import FrameSource
from ocr_core.image_header import is_image
from ocr_core.image_io import MAX_PIXELS
from ocr_core.page_choice import MAX_PAGES, PageChoice, PagePlace
from ocr_core.pdf_input import PdfSource, is_pdf
from ocr_core.types import PageReader, PageResult, Progress, ReadOptions


class Source(Protocol):
    """The pages of a file. Belongs to one thread."""

    paged: bool
    """Whether it is read as a document; else it is one image."""

    count: int
    """Pages that it has, at least 1."""

    lost: bool
    """Whether the last error was of the whole file, such as a limit of memory: no other page can be had."""

    def image(self, number: int) -> bytes:
        """Return page `number`, from 1, as an image file."""

    def embedded(self, number: int) -> PageResult | None:
        """Return the text that page `number`, from 1, carries itself, in pixels of its `image`; else None."""

    def close(self) -> None:
        """Give back what is held."""


class StillSource:
    """An image file that is read as it is. Is a `Source`."""

    paged, count, lost = False, 1, False

    def __init__(self, data: bytes) -> None:
        self._data = data

    def image(self, number: int) -> bytes:
        """Return the file."""
        return self._data

    def embedded(self, number: int) -> PageResult | None:
        """Return None: images carry no text."""
        return None

    def close(self) -> None:
        """Do nothing: only memory is held."""


@contextmanager
def opened(
    data: bytes, choice: PageChoice = PageChoice(), max_pixels: int = MAX_PIXELS, deadline: float | None = None
) -> Iterator[Source]:
    """Yield the pages of the file `data`: of a PDF, of an image where `choice` names pages, else that image alone.

    Args:
        data: the bytes of the file; its kind is told by its content.
        choice: the pages that are asked for.
        max_pixels: of the largest page that is drawn or decoded.
        deadline: `time.monotonic()` seconds after which no page is waited for.

    Raises what the sources raise when they are made; errors about a still image come when it is read.
    """
    source: Source
    if is_pdf(data) and not is_image(data):
        source = PdfSource(data, max_pixels, deadline)
    elif choice.pages:
        source = FrameSource(data, max_pixels)
    else:
        source = StillSource(data)
    try:
        yield source
    finally:
        source.close()


def read_document(
    reader: PageReader,
    source: Source,
    options: ReadOptions = ReadOptions(),
    choice: PageChoice = PageChoice(),
    *,
    max_pages: int = MAX_PAGES,
    deadline: float | None = None,
    progress: Progress | None = None,
) -> PageResult | DocumentResult:
    """Return what the pages of `source` say that `choice` names; the result of an image is that of `reader.read`.

    A damaged or too large page is left unread, and the others are read.

    Args:
        reader: reads each page.
        source: the file, as `opened` gives it.
        options: how to read each page.
        choice: which pages.
        max_pages: most pages that are read.
        deadline: `time.monotonic()` seconds, for all pages together.
        progress: is told of each page that is begun, of what is found and read on it, and of each unread one.

    Raises:
        InputError: no page can be read, or the file takes more time or memory than it may have; the sentence names
            the page.
        DeadlineExceeded: the deadline came before the end.
    """
    if not source.paged:
        return reader.read(source.image(1), options, deadline=deadline, progress=progress)
    numbers = choice.numbers(source.count, max_pages)
    pages: list[PageResult] = []
    unread: list[UnreadPage] = []
    for index, number in enumerate(numbers):
        place = PagePlace(number, index, len(numbers))
        try:
            page = _page(reader, source, options, choice, place, deadline, progress)
        except InputError as error:
            if source.lost or not isinstance(error, UnreadableImage | ImageTooLarge):
                raise _named(number, error) from error
            unread.append(UnreadPage(number, error, index))
            if progress:
                progress.unread(place, error)
            continue
        except DeadlineExceeded as error:
            raise DeadlineExceeded(
                f"{index} of {len(numbers)} pages were read within the time that was given; ask for fewer at once."
            ) from error
        pages.append(replace(page, number=number))
    if not pages:
        raise _named(unread[0].number, unread[0].error)
    return DocumentResult(tuple(pages), source.count, tuple(unread))


def _named(number: int, error: InputError) -> InputError:
    """Return `error` with the number of its page."""
    return type(error)(f"Page {number}: {error}")


def _page(
    reader: PageReader,
    source: Source,
    options: ReadOptions,
    choice: PageChoice,
    place: PagePlace,
    deadline: float | None,
    progress: Progress | None,
) -> PageResult:
    """Return one page; the time in which it was drawn counts as decoding."""
    started = time.perf_counter()
    carried = source.embedded(place.number) if choice.pdf_text == "keep" else None
    image = b"" if carried and not progress else source.image(place.number)
    drawn = (time.perf_counter() - started) * 1e3
    if progress:
        progress.page(place, image)
    if carried:
        if progress:
            progress.found(carried.width, carried.height, len(carried.lines))
            for line in carried.lines:
                progress.line(line)
        return _at_granularity(carried, options)
    page = reader.read(image, options, deadline=deadline, progress=progress)
    times = page.timings
    return replace(page, timings=replace(times, decode=times.decode + drawn, total=times.total + drawn))


def _at_granularity(page: PageResult, options: ReadOptions) -> PageResult:
    """Return `page` without the places of words where nobody asked for them."""
    if options.granularity != "line":
        return page
    return replace(page, lines=tuple(replace(line, words=()) for line in page.lines))
