"""What comes out of a file of several pages: the results of its pages, and what is told of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocr_core.errors import InputError
from ocr_core.types import PageResult, Timings


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """A page that could not be read, while others of its file could."""

    number: int
    """In the file, from 1."""

    error: InputError
    """Why."""

    index: int = 0
    """Among the pages that were asked for, from 0."""

    @property
    def sentence(self) -> str:
        """What people are told of it."""
        return f"Page {self.number} was not read: {self.error}"


Sheet = PageResult | UnreadPage
"""What became of a page that was asked for."""


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """What was read from the pages of a file."""

    pages: tuple[PageResult, ...]
    """Those that were read, in the order in which they were asked for, at least one."""

    count: int
    """Pages that the file has."""

    unread: tuple[UnreadPage, ...] = ()
    """The others that were asked for, in that order."""

    @property
    def text(self) -> str:
        """The texts of the pages with form feeds between, as `pdftotext` and Tesseract have them."""
        return "\f".join(page.text for page in self.pages)

    @property
    def model(self) -> str:
        """Names of what gave the text, with commas between where pages differ."""
        return ", ".join(dict.fromkeys(page.model for page in self.pages))

    @property
    def timings(self) -> Timings:
        """The sums over the pages."""
        each = [page.timings for page in self.pages]
        return Timings(
            decode=sum(times.decode for times in each),
            detect=sum(times.detect for times in each),
            recognize=sum(times.recognize for times in each),
            total=sum(times.total for times in each),
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the pages, each with the number of its page in front, and one for each unread page."""
        read = (f"Page {page.number}: {warning}" for page in self.pages for warning in page.warnings)
        return (*read, *(page.sentence for page in self.unread))


def pages_of(result: PageResult | DocumentResult) -> tuple[PageResult, ...]:
    """Return the pages of a result, of an image the one."""
    return result.pages if isinstance(result, DocumentResult) else (result,)


def unread_of(result: PageResult | DocumentResult) -> tuple[UnreadPage, ...]:
    """Return the pages of a result that could not be read; none of an image, which fails as a whole."""
    return result.unread if isinstance(result, DocumentResult) else ()


def sheets_of(result: PageResult | DocumentResult) -> tuple[Sheet, ...]:
    """Return the pages of a result as they were asked for, with the unread ones in their places."""
    sheets: list[Sheet] = list(pages_of(result))
    for page in unread_of(result):
        sheets.insert(page.index, page)
    return tuple(sheets)


def model_of(sheets: Sequence[Sheet]) -> str:
    """Return the name of what read the first of `sheets` that could be read; "" without one."""
    return next((sheet.model for sheet in sheets if isinstance(sheet, PageResult)), "")
