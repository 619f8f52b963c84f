"""What comes out of a file of several pages: the results of its pages, and what is told of all of them."""

from dataclasses import dataclass

from ocr_core.types import PageResult, Timings


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """What was read from the pages of a file."""

    pages: tuple[PageResult, ...]
    """In the order in which they were asked for, at least one."""

    count: int
    """Pages that the file has."""

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
        """Those of the pages, each with the number of its page in front."""
        return tuple(f"Page {page.number}: {warning}" for page in self.pages for warning in page.warnings)


def pages_of(result: PageResult | DocumentResult) -> tuple[PageResult, ...]:
    """Return the pages of a result, of an image the one."""
    return result.pages if isinstance(result, DocumentResult) else (result,)
