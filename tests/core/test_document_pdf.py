"""PDFs as documents: how pages are drawn, what text they carry, what is refused."""

from io import BytesIO

import cv2
import numpy as np
import pypdfium2
import pytest
from documents import GrayReader, read_pages, scan_pdf, text_pdf, turned_pdf, workers
from format_pages import EXAMPLES, line, page_of
from PIL import Image

from ocr_core import document, pdf_input
from ocr_core.document import opened, read_document
from ocr_core.document_result import DocumentResult
from ocr_core.errors import (
    BadOption,
    ImageTooLarge,
    NotAnImage,
    ProtectedDocument,
    UnreadableImage,
)
from ocr_core.formats import FORMATS
from ocr_core.image_io import decode_image
from ocr_core.pdf_input import PdfSource
from ocr_core.pipeline import load_pipeline
from ocr_core.types import Box, PageResult, ReadOptions, Timings


def test_all_pages_of_a_pdf_are_read():
    result = read_pages(text_pdf("one", "two", "three"))
    assert isinstance(result, DocumentResult)
    assert (result.count, [page.number for page in result.pages]) == (3, [1, 2, 3])
    assert {line.text for page in result.pages for line in page.lines} == {"1654x2339 255"}  # A4 at 200 an inch
    assert workers() == []


def test_a_real_pdf_is_read():
    page = load_pipeline().read((EXAMPLES / "notice.png").read_bytes(), ReadOptions(granularity="word"))
    assert page.lines
    result = read_pages(text_pdf("Hello 2026", "Second page"), reader=load_pipeline())
    assert result.text == "Hello 2026\fSecond page"


@pytest.mark.parametrize(
    ("scan", "size"),
    [
        ((1240, 1754, 595), "1654x2339"),  # 150 an inch: drawn at 200, as it may be a background
        ((2480, 3508, 595), "2480x3508"),  # 300 an inch: as it is
        ((4960, 7016, 595), "2480x3508"),  # 600 an inch: at 300
        ((2480, 3508, 2480), "2480x3508"),  # a point for each pixel: as it is
    ],
)
def test_scans_are_drawn_in_their_own_pixels(scan, size):
    (page,) = read_pages(scan_pdf(*scan)).pages
    width, height = map(int, page.text.split()[0].split("x"))
    assert (width, height) == pytest.approx(tuple(map(int, size.split("x"))), abs=2)


@pytest.mark.parametrize("name", ["receipt", "notice", "line-en"])
def test_a_scan_comes_back_pixel_by_pixel(name):
    data = (EXAMPLES / f"{name}.png").read_bytes()
    page = PageResult((), *Image.open(BytesIO(data)).size, "m", Timings(0, 0, 0, 0))
    with opened(FORMATS["pdf"].write(page, lambda _: data, "")) as source:
        drawn = decode_image(source.image(1)).pixels
    assert (drawn == decode_image(data).pixels).all()


def test_a_large_page_is_drawn_smaller_and_a_huge_one_refused():
    (page,) = read_pages(text_pdf("one"), max_pixels=1_000_000).pages
    assert 0.98e6 < page.width * page.height <= 1e6
    with pytest.raises(ImageTooLarge, match=r"Page 1: The page is 8 x 12 inches large: even at 50"):
        read_pages(text_pdf("one"), max_pixels=100_000)


@pytest.mark.parametrize(("pixels", "points"), [((1240, 1754), 595), ((2480, 3508), 595), ((900, 500), 900)])
def test_pages_of_a_searchable_pdf_are_as_large_as_those_it_was_made_of(pixels, points):
    data = scan_pdf(*pixels, points)
    with opened(data) as source:
        made = FORMATS["pdf"].write(read_document(GrayReader(), source), source.image, "a.pdf")
    before, after = (pypdfium2.PdfDocument(file)[0].get_size() for file in (data, made))
    assert after == pytest.approx(before, abs=0.5)


def test_embedded_text_is_kept_with_its_places():
    result = read_pages(text_pdf("Hello  2026", ""), pdf_text="keep", options=ReadOptions(granularity="word"))
    assert [page.model for page in result.pages] == ["embedded", "gray-0"]
    assert result.model == "embedded, gray-0"
    (line,) = result.pages[0].lines
    assert line.text == "Hello 2026"
    assert [word.text for word in line.words] == ["Hello", "2026"]
    # 20 mm from the left and 40 mm from the top, at 200 pixels an inch
    assert (line.box.x0, line.box.y1) == pytest.approx((157, 315), abs=18)
    assert line.words[0].box.x1 <= line.words[1].box.x0
    assert read_pages(text_pdf("Hello"), pdf_text="keep").pages[0].lines[0].words == ()


@pytest.mark.parametrize(
    ("hidden", "kept"),
    [("😀 hi", "😀 hi"), ("a\ud83d b", "a b"), ("a\ude00 b", "a\ufffd b"), ("a\x00\x0cb", "a\ufffd b")],
)
def test_embedded_text_is_whole_characters_each_in_its_place(hidden, kept):
    paper = cv2.imencode(".png", np.full((240, 320), 255, np.uint8))[1].tobytes()
    data = FORMATS["pdf"].write(page_of(line(hidden)), lambda _: paper, "")
    (found,) = read_pages(data, pdf_text="keep", options=ReadOptions(granularity="word")).pages[0].lines
    first, last = found.words
    assert found.text == kept
    assert found.box == Box(10, 20, 110, 44)
    assert last.box.x0 == 110 - round(len(last.text) * 100 / len(hidden))
    assert first.box.x0 == 10
    FORMATS["text"].write(page_of(found), lambda _: paper, "").decode()


def test_embedded_text_of_a_turned_page_stands_where_it_is_seen():
    data = turned_pdf(text_pdf("Hello"), 90)
    (kept,) = read_pages(data, pdf_text="keep").pages
    (seen,) = read_pages(data).pages
    assert (kept.width, kept.height) == (seen.width, seen.height) == (2339, 1654)
    box = kept.lines[0].box
    assert box.y1 - box.y0 > box.x1 - box.x0  # it runs downwards
    assert box.x0 == pytest.approx(2339 - 315, abs=60)


@pytest.mark.parametrize(("password", "error"), [("secret", ProtectedDocument), ("", None)])
def test_a_pdf_with_a_password_is_refused_in_words(password, error):
    data = text_pdf("one", password=password)
    if error is None:
        assert read_pages(data).count == 1  # it may be read by anybody
        return
    with pytest.raises(error, match="asks for a password"):
        read_pages(data)


@pytest.mark.parametrize("cut", [0.3, 0.01])
def test_a_broken_pdf_is_an_error_and_leaves_no_process(cut):
    data = text_pdf("one", "two")
    with pytest.raises(UnreadableImage, match="PDF is damaged"):
        read_pages(data[: int(len(data) * cut)] if cut > 0.1 else b"%PDF-1.7 nothing")
    assert workers() == []


def test_something_before_the_magic_is_forgiven_and_other_files_are_refused():
    assert read_pages(b"\r\n" * 9 + text_pdf("one")).count == 1
    with pytest.raises(NotAnImage, match="or PDF"):
        read_pages(b"hello")


def test_a_page_that_is_drawn_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_input, "PAGE_S", 0.0)
    with pytest.raises(UnreadableImage, match="not drawn within"):
        read_pages(text_pdf("one"))
    assert workers() == []


def test_without_its_library_a_pdf_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(pdf_input, "find_spec", lambda name: None)
    with pytest.raises(BadOption, match=r"ocr-pair\[pdf\]"):
        read_pages(text_pdf("one"))


def test_what_ends_the_process_of_a_pdf_ends_the_document(monkeypatch):
    class Ended(PdfSource):
        def image(self, number):
            if number == 2:
                self._process.kill()
            return super().image(number)

    monkeypatch.setattr(document, "PdfSource", Ended)
    with pytest.raises(UnreadableImage, match=r"^Page 2: .+more memory than"):
        read_pages(text_pdf("one", "two", "three"))
    assert workers() == []
