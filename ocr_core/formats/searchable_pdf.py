"""Images as the pages of a PDF, with the text over it: not seen, but found, selected and copied."""

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from itertools import zip_longest

import cv2
from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont

from ocr_core.document_result import Sheet, UnreadPage, model_of
from ocr_core.formats.glyphless_font import ADVANCE, DESCENT, EM, glyphless_font
from ocr_core.formats.placed_words import words
from ocr_core.formats.xml_text import xml_safe
from ocr_core.image_header import bmp_dpi, read_header
from ocr_core.image_io import decode_image
from ocr_core.tiff_tags import UPRIGHT
from ocr_core.types import LineResult, PageResult, Span

POINTS_PER_INCH = 72

POINTS = 0.36
"""Points of a pixel where the image is no BMP that tells it: 200 pixels an inch, as most scans have."""

MIN_POINTS, MAX_POINTS = 3, 14_400
"""Sides of the smallest and of the largest page, ISO 32000-1 annex C."""

UNREAD_MARGIN = 72
"""Points around the text of a page that could not be read."""

_FONT = "glyphless"

Point = tuple[int, int]
"""x, y in pixels of the image."""


def searchable_pdf(sheets: Sequence[Sheet], image_of: Callable[[int], bytes], name: str = "") -> bytes:
    """Return a PDF of `sheets`.

    Args:
        sheets: read with `granularity="word"`; else each line is one word. An unread one is a page that says why,
            so that those behind it keep their numbers.
        image_of: gives the image file of a page by its number; asked once for each, so that one is held at a time.
            An upright JPEG goes into the PDF as it is, all else without loss.
        name: of the file that was read; the title of the document.

    Raises what `decode_image` and `image_of` raise. Images with sides beyond `MAX_POINTS` are shown smaller, those
    of a few pixels larger.
    """
    pdf = FPDF(unit="pt")
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_title(xml_safe(name))
    pdf.set_producer(f"ocr-pair {model_of(sheets)}")
    pages = [sheet for sheet in sheets if isinstance(sheet, PageResult)]
    characters = frozenset(character for page in pages for line in page.lines for character in line.text)
    if characters:
        # `add_font` takes a file and no bytes, and here nothing is written to disk
        font = BytesIO(glyphless_font(characters | {" "}))
        pdf.fonts[_FONT] = TTFFont(pdf, font, _FONT, "")  # type: ignore[arg-type]
    for sheet in sheets:
        if isinstance(sheet, UnreadPage):
            _add_unread(pdf, sheet)
        else:
            _add_page(pdf, sheet, image_of(sheet.number))
    return bytes(pdf.output())


def _add_unread(pdf: FPDF, page: UnreadPage) -> None:
    """Put a page of A4 into `pdf` that says which one is missing and why, in letters that every reader has."""
    pdf.add_page(format="A4")
    pdf.text_mode = TextMode.FILL
    pdf.set_stretching(100)
    pdf.set_font("Helvetica", size=12)
    pdf.set_xy(UNREAD_MARGIN, UNREAD_MARGIN)
    pdf.multi_cell(pdf.w - 2 * UNREAD_MARGIN, text=page.sentence.encode("latin-1", "replace").decode("latin-1"))


def _add_page(pdf: FPDF, page: PageResult, image: bytes) -> None:
    """Put the image and the text of `page` into `pdf`; what was the page of a PDF is as large as it was there."""
    dpi = bmp_dpi(image)
    scale = max(POINTS_PER_INCH / dpi if dpi else POINTS, MIN_POINTS / min(page.width, page.height))
    scale = min(scale, MAX_POINTS / max(page.width, page.height))
    pdf.add_page(format=(page.width * scale, page.height * scale))
    pdf.text_mode = TextMode.INVISIBLE
    pdf.image(BytesIO(_as_displayed(image, page.width * page.height)), 0, 0, pdf.w, pdf.h)
    for line in page.lines:
        for word, text, end in _written(line):
            _lay(pdf, word, text, end, scale)


def _as_displayed(image: bytes, pixels: int) -> bytes:
    """Return an image file without an EXIF turn, transparency or frames: JPEG as it came, else PNG.

    It has as many as `pixels`: that it may be decoded was found out before it was read.
    """
    header = read_header(image)
    decoded = decode_image(image, pixels).pixels
    if header.format == "JPEG" and header.orientation == UPRIGHT:
        return image
    return cv2.imencode(".png", decoded)[1].tobytes()


def _written(line: LineResult) -> Iterator[tuple[Span, str, Point]]:
    """Yield (word, its text, bottom right corner) along `line`.

    A space belongs to the word before it. Where there is none, a word reaches to the next one: readers of PDF take
    a gap, as after a Chinese comma, for a space.
    """
    spans = list(words(line))
    following = [span.polygon[3] for span, _ in spans[1:]]
    for (span, spaced), beginning in zip_longest(spans, following):
        if any(unicodedata.bidirectional(character) in ("R", "AL") for character in span.text):
            yield span, span.text[::-1], span.polygon[2]  # readers of PDF turn it around, as it runs to the left
        elif spaced or beginning is None:
            yield span, span.text + " " * spaced, span.polygon[2]
        else:
            yield span, span.text, beginning


def _lay(pdf: FPDF, word: Span, text: str, end: Point, scale: float) -> None:
    """Write `text` along the bottom of `word`, as high as it, so that its visible part reaches to `end`."""
    if not text.strip():
        return
    (x0, y0), _, _, (x3, y3) = word.polygon
    x2, y2 = end
    # a word without an area, of print too small to tell its letters apart, is found too
    width, height = max(1.0, math.dist((x3, y3), (x2, y2))), max(1.0, math.dist((x0, y0), (x3, y3)))
    angle = math.degrees(math.atan2(y3 - y2, x2 - x3))
    pdf.set_font(_FONT, size=height * scale)
    pdf.set_stretching(100 * width / (height * len(text.rstrip()) * ADVANCE / EM))
    x, y = x3 * scale, y3 * scale
    with pdf.rotation(angle, x, y):
        pdf.text(x, y - height * scale * DESCENT / EM, text)
