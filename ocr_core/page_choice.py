"""Which pages of a file are read, and what becomes of the text that a PDF carries already."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from ocr_core.errors import SHOWN, BadOption, TooManyPages

PdfText = Literal["read", "keep"]

_RANGE = re.compile(r"\s*(\d{1,6})\s*(-\s*(\d{1,6})?)?\s*", re.ASCII)

ALL = "all"

MAX_PAGES = 100_000
"""Most pages that are read at once where nobody sets a limit: a bound for the list of them, no more."""


@dataclass(frozen=True, slots=True)
class PageChoice:
    """The pages that are asked for. Travels as an argument beside `ReadOptions`."""

    pages: str = ""
    """Numbers from 1 and ranges, `1-3,7,9-`, or `all`; empty for all pages of a PDF and the first of an image."""

    pdf_text: PdfText = "read"
    """`keep` takes the text of a PDF's page as the file has it, where it has any, and reads the other pages."""

    def __post_init__(self) -> None:
        """Raise `BadOption` for a value that does not exist."""
        if self.pdf_text not in get_args(PdfText):
            raise BadOption.unknown("pdf_text", self.pdf_text, get_args(PdfText))
        self._ranges()

    def numbers(self, count: int, limit: int = MAX_PAGES) -> tuple[int, ...]:
        """Return the numbers of the pages to read, from 1, in the order in which they were asked for, each once.

        Args:
            count: pages that the file has, at least 1.
            limit: most pages that may be asked for.

        Raises `BadOption` for a page that the file does not have, `TooManyPages` for more than `limit`.
        """
        chosen: dict[int, None] = {}
        for first, last in self._ranges():
            last = count if last is None else last
            for number in (first, last):
                if not 1 <= number <= count:
                    pages = "one page" if count == 1 else f"pages 1 to {count}"
                    raise BadOption(f"pages={self._shown} names page {number}; the file has {pages}.")
            # counted before they are listed: a file may claim to have any number of pages
            if last + 1 - first <= limit:
                chosen |= dict.fromkeys(range(first, last + 1))
            if (wanted := max(len(chosen), last + 1 - first)) > limit:
                example = "1" if limit == 1 else f"1-{limit}"
                raise TooManyPages(
                    f"{wanted} pages are asked for, and at most {limit} are read at once; choose them, for "
                    f"example with pages={example}."
                )
        return tuple(chosen)

    @property
    def _shown(self) -> str:
        return self.pages[:SHOWN]

    def _ranges(self) -> list[tuple[int, int | None]]:
        """Return (first, last) for each range as it is written; last is None for the end of the file."""
        if self.pages in ("", ALL):
            return [(1, None)]
        ranges: list[tuple[int, int | None]] = []
        for part in self.pages.split(","):
            found = _RANGE.fullmatch(part)
            if found is None:
                raise BadOption(f"pages={self._shown!r} is no choice of pages; write for example 1-3,7 or all.")
            first = int(found[1])
            last = first if found[2] is None else int(found[3]) if found[3] else None
            if last is not None and last < first:
                raise BadOption(f"pages={self._shown!r} runs backwards; write the smaller number first.")
            ranges.append((first, last))
        return ranges


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where a page is in its file, and how far along the reading is with it."""

    number: int
    """In the file, from 1."""

    index: int
    """Among those that are read, from 0."""

    pages: int
    """How many are read."""
