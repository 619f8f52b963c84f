"""The searchable PDF, read by PDFium: it looks like the image, and its text stands where it is seen."""

from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pypdfium2
import pytest
from format_pages import EXAMPLES, NASTY, UPWARDS, line, page_of, span
from PIL import Image

from ocr_core.document_result import DocumentResult, UnreadPage
from ocr_core.errors import UnreadableImage
from ocr_core.formats import FORMATS
from ocr_core.formats.searchable_pdf import MAX_POINTS, MIN_POINTS, POINTS
from ocr_core.pipeline import load_pipeline
from ocr_core.types import PageResult, ReadOptions, Timings


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def sheet(width=320, height=240):
    return cv2.imencode(".png", np.full((height, width, 3), 255, np.uint8))[1].tobytes()


def opened(page, image):
    return pypdfium2.PdfDocument(FORMATS["pdf"].write(page, lambda _: image, "a.png"))


def boxes(text_page, height):
    """Return (character, its box in pixels of the image: x0, y0, x1, y1) of a page."""
    for index in range(text_page.count_chars()):
        left, bottom, right, top = (points / POINTS for points in text_page.get_charbox(index))
        yield text_page.get_text_range(index, 1), (left, height - top, right, height - bottom)


@pytest.mark.parametrize("name", ["notice", "line-en", "line-zh"])
def test_text_comes_back_as_it_was_read(name, pipeline):
    data = (EXAMPLES / f"{name}.png").read_bytes()
    page = pipeline.read(data, ReadOptions(granularity="word"))
    found = opened(page, data)[0].get_textpage().get_text_range()
    assert found.splitlines() == [row for row in page.text.splitlines() if row]


def test_words_stand_where_they_are_seen(pipeline):
    data = (EXAMPLES / "receipt.png").read_bytes()
    page = pipeline.read(data, ReadOptions(granularity="word"))
    found = list(boxes(opened(page, data)[0].get_textpage(), page.height))
    letters = [(text, box) for text, box in found if not text.isspace()]
    words = [word for line in page.lines for word in line.words]
    assert len(words) > 10
    for word in words:
        within, letters = letters[: len(word.text)], letters[len(word.text) :]
        assert "".join(text for text, _ in within) == word.text
        places = [box for _, box in within]
        assert min(x0 for x0, *_ in places) == pytest.approx(word.box.x0, abs=2)
        assert max(x1 for *_, x1, _ in places) >= word.box.x1 - 2
        assert min(y0 for _, y0, *_ in places) == pytest.approx(word.box.y0, abs=2)
        assert max(y1 for *_, y1 in places) == pytest.approx(word.box.y1, abs=2)
    assert letters == []


def test_text_that_runs_upwards_stands_upwards():
    (first, u), (second, p) = boxes(opened(UPWARDS, sheet())[0].get_textpage(), 240)
    assert first + second == "up"
    assert u == pytest.approx((50, 150, 80, 200), abs=1)
    assert p == pytest.approx((50, 100, 80, 150), abs=1)


def test_the_page_looks_like_the_image_alone(pipeline):
    data = (EXAMPLES / "notice.png").read_bytes()
    document = opened(pipeline.read(data, ReadOptions(granularity="word")), data)
    drawn = document[0].render(scale=1 / POINTS).to_pil().convert("L")
    original = Image.open(BytesIO(data)).convert("L").resize(drawn.size)
    assert np.abs(np.asarray(drawn, float) - np.asarray(original, float)).mean() < 3


def test_a_jpeg_goes_in_as_it_is_and_a_turned_one_upright():
    image = Image.fromarray(np.tile(np.arange(240, dtype=np.uint8), (120, 1)))
    plain, turned = BytesIO(), BytesIO()
    image.save(plain, "JPEG")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    image.save(turned, "JPEG", exif=exif)
    assert plain.getvalue() in FORMATS["pdf"].write(page_of(), lambda _: plain.getvalue(), "")
    page = PageResult((), 120, 240, "m", Timings(0, 0, 0, 0))
    drawn = np.asarray(opened(page, turned.getvalue())[0].render(scale=1 / POINTS).to_pil().convert("L"))
    assert drawn[10, 60] < 20
    assert drawn[230, 60] > 220


def test_several_pages_have_their_own_sizes_and_texts():
    small, large = sheet(), sheet(640, 480)
    first, second = page_of(line("first")), replace(page_of(line("second")), width=640, height=480, number=2)
    written = FORMATS["pdf"].write(DocumentResult((first, second), 2), {1: small, 2: large}.__getitem__, "a.tif")
    document = pypdfium2.PdfDocument(written)
    assert [page.get_textpage().get_text_range() for page in document] == ["first", "second"]
    assert document[1].get_size() == pytest.approx((640 * POINTS, 480 * POINTS))
    assert document.get_metadata_value("Title") == "a.tif"


def test_a_page_that_was_not_read_is_there_and_says_so():
    pages = page_of(line("first")), replace(page_of(line("third")), number=3)
    unread = UnreadPage(2, UnreadableImage("It is damaged in 中 ways."), 1)
    written = FORMATS["pdf"].write(DocumentResult(pages, 3, (unread,)), lambda _: sheet(), "a.pdf")
    document = pypdfium2.PdfDocument(written)
    texts = [page.get_textpage().get_text_range() for page in document]
    assert texts == ["first", "Page 2 was not read: It is damaged in ? ways.", "third"]
    dark = [(np.asarray(page.render().to_pil().convert("L")) < 100).sum() for page in document]
    assert dark[1] > 100  # it is seen, unlike the text of the others
    assert dark[0] == dark[2]


def test_hebrew_comes_back_in_its_order():
    right, left = span("שלום", 0, 1, 60, 20, 110, 44), span("עולם", 5, 1, 10, 20, 50, 44)
    page = opened(page_of(line("שלום עולם", [right, left])), sheet())[0].get_textpage()
    assert page.get_text_range() == "שלום עולם"


def test_a_line_of_blanks_hides_nothing():
    assert opened(page_of(line(" "), line("")), sheet())[0].get_textpage().get_text_range().strip() == ""


def test_a_word_without_an_area_is_found():
    page = opened(
        page_of(line("一二", [span("一", 0, 1, 10, 20, 30, 44), span("二", 1, 1, 30, 20, 30, 44)])), sheet()
    )
    assert page[0].get_textpage().get_text_range() == "一二"


@pytest.mark.parametrize(("dpi", "inches"), [(100, 3.2), (300, 320 / 300), (200, 1.6), (5, 1.6), (9000, 1.6)])
def test_a_bmp_is_as_large_as_it_says(dpi, inches):
    file = BytesIO()
    Image.new("RGB", (320, 240), "white").save(file, "BMP", dpi=(dpi, dpi))
    assert opened(UPWARDS, file.getvalue())[0].get_width() == pytest.approx(72 * inches, rel=1e-3)


def test_any_name_can_be_a_title():
    document = pypdfium2.PdfDocument(FORMATS["pdf"].write(UPWARDS, lambda _: sheet(), "总\udcff\x07.png"))
    assert document.get_metadata_value("Title") == "总\ufffd\ufffd.png"


def test_any_text_can_be_hidden():
    assert "a\tb" in opened(NASTY, sheet())[0].get_textpage().get_text_range()
    wide = page_of(line("𠮷😀é"))
    assert opened(wide, sheet())[0].get_textpage().get_text_range() == "𠮷😀é"


def test_the_longest_page_of_pdf_is_not_exceeded():
    page = PageResult((), 50_000, 10, "m", Timings(0, 0, 0, 0))
    assert opened(page, sheet(50_000, 10))[0].get_width() == pytest.approx(MAX_POINTS)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 2)])
def test_the_smallest_page_of_pdf_is_kept(width, height):
    shown = opened(PageResult((), width, height, "m", Timings(0, 0, 0, 0)), sheet(width, height))[0]
    assert min(shown.get_size()) == pytest.approx(MIN_POINTS)
    assert shown.get_width() / shown.get_height() == pytest.approx(width / height)
