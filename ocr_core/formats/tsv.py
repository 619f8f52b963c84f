"""Tables of words with tabs between the columns, as Tesseract writes them: spreadsheets and scripts read these."""

from ocr_core.formats.placed_words import around, blocks, words
from ocr_core.types import Box, PageResult

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


def tsv(page: PageResult) -> str:
    """Return `page` as a table: a head, then a row for the page and each block, paragraph, line and word.

    Args:
        page: a result, read with `granularity="word"`; else each line is one word.
    """
    rows = ["\t".join(COLUMNS), _row((1, 0, 0, 0, 0), Box(0, 0, page.width, page.height))]
    for block, lines in enumerate(blocks(page), 1):
        place = around(lines)
        rows += [_row((2, block, 0, 0, 0), place), _row((3, block, 1, 0, 0), place)]
        for number, line in enumerate(lines, 1):
            rows.append(_row((4, block, 1, number, 0), line.box))
            for index, (word, _) in enumerate(words(line), 1):
                confidence = f"{word.confidence * 100:.2f}"
                rows.append(_row((5, block, 1, number, index), word.box, confidence, word.text))
    return "\n".join(rows) + "\n"


def _row(numbers: tuple[int, int, int, int, int], box: Box, conf: str = NO_CONFIDENCE, text: str = "") -> str:
    """Return one row; `numbers` are level, block, paragraph, line and word. Any white space becomes a space."""
    level, *within = numbers
    place = (box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)
    return "\t".join([str(level), "1", *map(str, within), *map(str, place), conf, " ".join(text.split())])
