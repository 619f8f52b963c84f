"""Tables of words with tabs between the columns, as Tesseract writes them: spreadsheets and scripts read these."""

from collections.abc import Iterator, Sequence

from ocr_core.document_result import Sheet, UnreadPage
from ocr_core.formats.placed_words import around, blocks, words
from ocr_core.types import Box

COLUMNS = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)
"""Those of `tesseract ... tsv`; `level` is 1 for the page, 2 block, 3 paragraph, 4 line, 5 word."""

NO_CONFIDENCE = "-1"
"""Confidence of what is not a word; those of words are 0 to 100."""


def tsv(sheets: Sequence[Sheet]) -> str:
    """Return `sheets` as a table: a head, then a row for each page, block, paragraph, line and word.

    Args:
        sheets: read with `granularity="word"`; else each line is one word. An unread one is the row of a page
            without size, whose text tells why.
    """
    rows = ["\t".join(COLUMNS), *(row for sheet in sheets for row in _rows(sheet))]
    return "\n".join(rows) + "\n"


def _rows(page: Sheet) -> Iterator[str]:
    if isinstance(page, UnreadPage):
        yield _row((1, page.number, 0, 0, 0, 0), Box(0, 0, 0, 0), text=page.sentence)
        return
    yield _row((1, page.number, 0, 0, 0, 0), Box(0, 0, page.width, page.height))
    for block, lines in enumerate(blocks(page), 1):
        place = around(lines)
        yield _row((2, page.number, block, 0, 0, 0), place)
        yield _row((3, page.number, block, 1, 0, 0), place)
        for number, line in enumerate(lines, 1):
            yield _row((4, page.number, block, 1, number, 0), line.box)
            for index, (word, _) in enumerate(words(line), 1):
                confidence = f"{word.confidence * 100:.2f}"
                yield _row((5, page.number, block, 1, number, index), word.box, confidence, word.text)


def _row(numbers: tuple[int, int, int, int, int, int], box: Box, conf: str = NO_CONFIDENCE, text: str = "") -> str:
    """Return one row; `numbers` are level, page, block, paragraph, line, word. Any white space becomes a space."""
    place = (box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)
    return "\t".join([*map(str, numbers), *map(str, place), conf, " ".join(text.split())])
