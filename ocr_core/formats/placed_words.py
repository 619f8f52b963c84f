"""A page as the formats lay it out: blocks of lines, lines of words."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ocr_core.types import Box, LineResult, PageResult, Span


def blocks(page: PageResult) -> Iterator[list[LineResult]]:
    """Yield the lines of each block of `page`, in reading order."""
    for _, lines in groupby(page.lines, key=lambda line: line.block):
        yield list(lines)


def words(line: LineResult) -> Iterator[tuple[Span, bool]]:
    """Yield (word, whether a space follows) along `line`; a line read without words is one word itself."""
    spans = line.words or (Span(line.text, 0, line.reading.confidence, line.polygon, line.box),)
    for span in spans:
        end = span.start + len(span.text)
        yield span, line.text[end : end + 1].isspace()


def around(lines: Sequence[LineResult]) -> Box:
    """Return the box around `lines`, at least one."""
    boxes = [line.box for line in lines]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
