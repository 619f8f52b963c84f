"""Files of several pages: which pages are read, how large they are drawn, what the limits do."""

import os
import time
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from documents import GRAYS, GrayReader, damaged_tiff, frames, scan_pdf, text_pdf, turned_pdf, without_page
from format_pages import EXAMPLES, line, page_of
from PIL import Image

from ocr_core import document, pdf_input
from ocr_core.document import opened, read_document
from ocr_core.document_result import DocumentResult, sheets_of
from ocr_core.errors import (
    BadOption,
    DeadlineExceeded,
    ImageTooLarge,
    NotAnImage,
    ProtectedDocument,
    TooManyPages,
    UnreadableImage,
)
from ocr_core.formats import FORMATS
from ocr_core.image_io import decode_image
from ocr_core.page_choice import PageChoice
from ocr_core.pdf_input import PdfSource
from ocr_core.pipeline import load_pipeline
from ocr_core.types import Box, PageResult, ReadOptions, Timings


def read(data, pages="", pdf_text="read", reader=None, max_pixels=40_000_000, options=ReadOptions(), **more):
    choice = PageChoice(pages, pdf_text)
    with opened(data, choice, max_pixels, more.get("deadline")) as source:
        return read_document(reader or GrayReader(), source, options, choice, **more)


def workers():
    """Return the processes of PDFs that this one has started and not yet waited for."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    return [command for command in commands if b"pdf_worker" in command or not command]


def test_a_still_image_is_one_page():
    page = read((EXAMPLES / "receipt.png").read_bytes())
    assert page.text.startswith("350x")


def test_all_pages_of_a_pdf_are_read():
    result = read(text_pdf("one", "two", "three"))
    assert isinstance(result, DocumentResult)
    assert (result.count, [page.number for page in result.pages]) == (3, [1, 2, 3])
    assert {line.text for page in result.pages for line in page.lines} == {"1654x2339 255"}  # A4 at 200 an inch
    assert workers() == []


def test_chosen_pages_in_their_order():
    assert [page.number for page in read(text_pdf("one", "two", "three"), "3,1").pages] == [3, 1]


def test_a_real_pdf_is_read():
    page = load_pipeline().read((EXAMPLES / "notice.png").read_bytes(), ReadOptions(granularity="word"))
    assert page.lines
    result = read(text_pdf("Hello 2026", "Second page"), reader=load_pipeline())
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
    (page,) = read(scan_pdf(*scan)).pages
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
    (page,) = read(text_pdf("one"), max_pixels=1_000_000).pages
    assert 0.98e6 < page.width * page.height <= 1e6
    with pytest.raises(ImageTooLarge, match=r"Page 1: The page is 8 x 12 inches large: even at 50"):
        read(text_pdf("one"), max_pixels=100_000)


def test_a_still_picture_in_front_of_an_animation_is_a_page_more():
    pages = read(frames("PNG", default_image=True), "all").pages
    assert [page.text for page in pages] == [f"60x40 {gray}" for gray in GRAYS]


@pytest.mark.parametrize(("pixels", "points"), [((1240, 1754), 595), ((2480, 3508), 595), ((900, 500), 900)])
def test_pages_of_a_searchable_pdf_are_as_large_as_those_it_was_made_of(pixels, points):
    data = scan_pdf(*pixels, points)
    with opened(data) as source:
        made = FORMATS["pdf"].write(read_document(GrayReader(), source), source.image, "a.pdf")
    before, after = (pypdfium2.PdfDocument(file)[0].get_size() for file in (data, made))
    assert after == pytest.approx(before, abs=0.5)


def test_embedded_text_is_kept_with_its_places():
    result = read(text_pdf("Hello  2026", ""), pdf_text="keep", options=ReadOptions(granularity="word"))
    assert [page.model for page in result.pages] == ["embedded", "gray-0"]
    assert result.model == "embedded, gray-0"
    (line,) = result.pages[0].lines
    assert line.text == "Hello 2026"
    assert [word.text for word in line.words] == ["Hello", "2026"]
    # 20 mm from the left and 40 mm from the top, at 200 pixels an inch
    assert (line.box.x0, line.box.y1) == pytest.approx((157, 315), abs=18)
    assert line.words[0].box.x1 <= line.words[1].box.x0
    assert read(text_pdf("Hello"), pdf_text="keep").pages[0].lines[0].words == ()


@pytest.mark.parametrize(
    ("hidden", "kept"),
    [("😀 hi", "😀 hi"), ("a\ud83d b", "a b"), ("a\ude00 b", "a\ufffd b"), ("a\x00\x0cb", "a\ufffd b")],
)
def test_embedded_text_is_whole_characters_each_in_its_place(hidden, kept):
    paper = cv2.imencode(".png", np.full((240, 320), 255, np.uint8))[1].tobytes()
    data = FORMATS["pdf"].write(page_of(line(hidden)), lambda _: paper, "")
    (found,) = read(data, pdf_text="keep", options=ReadOptions(granularity="word")).pages[0].lines
    first, last = found.words
    assert found.text == kept
    assert found.box == Box(10, 20, 110, 44)
    assert last.box.x0 == 110 - round(len(last.text) * 100 / len(hidden))
    assert first.box.x0 == 10
    FORMATS["text"].write(page_of(found), lambda _: paper, "").decode()


def test_embedded_text_of_a_turned_page_stands_where_it_is_seen():
    data = turned_pdf(text_pdf("Hello"), 90)
    (kept,) = read(data, pdf_text="keep").pages
    (seen,) = read(data).pages
    assert (kept.width, kept.height) == (seen.width, seen.height) == (2339, 1654)
    box = kept.lines[0].box
    assert box.y1 - box.y0 > box.x1 - box.x0  # it runs downwards
    assert box.x0 == pytest.approx(2339 - 315, abs=60)


@pytest.mark.parametrize(("password", "error"), [("secret", ProtectedDocument), ("", None)])
def test_a_pdf_with_a_password_is_refused_in_words(password, error):
    data = text_pdf("one", password=password)
    if error is None:
        assert read(data).count == 1  # it may be read by anybody
        return
    with pytest.raises(error, match="asks for a password"):
        read(data)


@pytest.mark.parametrize("cut", [0.3, 0.01])
def test_a_broken_pdf_is_an_error_and_leaves_no_process(cut):
    data = text_pdf("one", "two")
    with pytest.raises(UnreadableImage, match="PDF is damaged"):
        read(data[: int(len(data) * cut)] if cut > 0.1 else b"%PDF-1.7 nothing")
    assert workers() == []


def test_something_before_the_magic_is_forgiven_and_other_files_are_refused():
    assert read(b"\r\n" * 9 + text_pdf("one")).count == 1
    with pytest.raises(NotAnImage, match="or PDF"):
        read(b"hello")


def test_the_limit_of_pages_is_checked_before_reading():
    reader = GrayReader()
    with pytest.raises(TooManyPages):
        read(text_pdf("one", "two"), max_pages=1, reader=reader)
    assert reader.read_pages == 0


def test_the_deadline_holds_over_all_pages():
    class Slow(GrayReader):
        def read(self, data, options=ReadOptions(), *, deadline=None, progress=None):
            if self.read_pages == 2:
                raise DeadlineExceeded("too late")
            return super().read(data, options, deadline=deadline, progress=progress)

    with pytest.raises(DeadlineExceeded, match="2 of 3 pages"):
        read(text_pdf("one", "two", "three"), reader=Slow())
    with pytest.raises(DeadlineExceeded):
        read(text_pdf("one"), deadline=time.monotonic())
    assert workers() == []


def test_a_page_that_is_drawn_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_input, "PAGE_S", 0.0)
    with pytest.raises(UnreadableImage, match="not drawn within"):
        read(text_pdf("one"))
    assert workers() == []


def test_without_its_library_a_pdf_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(pdf_input, "find_spec", lambda name: None)
    with pytest.raises(BadOption, match=r"ocr-pair\[pdf\]"):
        read(text_pdf("one"))


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_frames_are_pages_on_request(kind):
    data = frames(kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert read(data).text == f"60x40 {GRAYS[0]}"
    result = read(data, "all")
    assert (result.count, result.text) == (3, "\f".join(f"60x40 {gray}" for gray in GRAYS))
    assert read(data, "3,1").text == f"60x40 {GRAYS[2]}\f60x40 {GRAYS[0]}"


def test_pages_of_a_tiff_have_their_own_sizes_and_limits():
    data = frames("TIFF", ((60, 40), (90, 20), (300, 300)))
    assert [page.width for page in read(data, "1-2").pages] == [60, 90]
    with pytest.raises(ImageTooLarge, match=r"Page 3: The image has 300 x 300"):
        read(data, "3", max_pixels=10_000)


# one bad page


def told(result):
    """Return the numbers of the pages that were read, and (number, code) of those that were not."""
    return [page.number for page in result.pages], [(page.number, page.error.code) for page in result.unread]


@pytest.mark.parametrize("data", [without_page(text_pdf("one", "two", "three"), 2), damaged_tiff(2)])
def test_a_damaged_page_costs_itself_alone(data):
    result = read(data, "all")
    assert told(result) == ([1, 3], [(2, "unreadable_image")])
    assert result.count == 3
    assert result.warnings[0].startswith("Page 2 was not read: It is damaged")
    backwards = read(data, "3,2,1")
    assert told(backwards) == ([3, 1], [(2, "unreadable_image")])
    assert [sheet.number for sheet in sheets_of(backwards)] == [3, 2, 1]
    assert workers() == []


def test_a_page_too_large_costs_itself_alone():
    data = frames("TIFF", ((300, 300), (60, 40), (90, 20)))
    result = read(data, "all", max_pixels=10_000)
    assert told(result) == ([2, 3], [(1, "image_too_large")])
    assert result.text == f"60x40 {GRAYS[1]}\f90x20 {GRAYS[2]}"


@pytest.mark.parametrize(("kind", "mark"), [("GIF", b"\x2c\0\0\0\0"), ("PNG", b"fdAT")])
def test_frames_are_lost_with_the_one_that_they_are_drawn_over(kind, mark):
    data = frames(kind)
    second = data.index(mark, data.index(mark) + 1 if kind == "GIF" else 0) + 30  # into its packed pixels
    result = read(data[:second] + b"\xff" * 8 + data[second + 8 :], "all")
    assert told(result) == ([1], [(2, "unreadable_image"), (3, "unreadable_image")])
    assert "frame 2" in result.warnings[1]


def test_no_page_is_an_error_that_names_the_first():
    with pytest.raises(UnreadableImage, match=r"^Page 1: It is damaged"):
        read(without_page(without_page(text_pdf("one", "two"), 2), 1))


def test_what_ends_the_process_of_a_pdf_ends_the_document(monkeypatch):
    class Ended(PdfSource):
        def image(self, number):
            if number == 2:
                self._process.kill()
            return super().image(number)

    monkeypatch.setattr(document, "PdfSource", Ended)
    with pytest.raises(UnreadableImage, match=r"^Page 2: .+more memory than"):
        read(text_pdf("one", "two", "three"))
    assert workers() == []


def test_an_option_that_the_reader_refuses_ends_the_document():
    class Strict(GrayReader):
        def read(self, data, options=ReadOptions(), *, deadline=None, progress=None):
            raise BadOption("Not here.")

    with pytest.raises(BadOption, match=r"^Page 1: Not here"):
        read(text_pdf("one", "two"), reader=Strict())


def test_an_image_of_one_page_is_a_document_where_pages_are_asked_for():
    result = read((EXAMPLES / "receipt.png").read_bytes(), "1")
    assert (result.count, len(result.pages)) == (1, 1)
    with pytest.raises(BadOption, match="pages 1 to 1"):
        read((EXAMPLES / "receipt.png").read_bytes(), "2")


def test_progress_is_told_page_by_page():
    told = []

    class Told:
        def page(self, place, image):
            told.append((place.number, place.index, place.pages, image[:2]))

        def found(self, width, height, lines):
            told.append(lines)

        def line(self, line):
            told.append(line.text)

        def unread(self, place, error):
            told.append((place.number, str(error)))

    read(text_pdf("one", "two"), "2,1", "keep", progress=Told())
    assert told == [(2, 0, 2, b"BM"), 1, "two", (1, 1, 2, b"BM"), 1, "one"]
    told.clear()
    read(without_page(text_pdf("one", "two"), 1), "1-2", "keep", progress=Told())
    assert told == [(1, "It is damaged."), (2, 1, 2, b"BM"), 1, "two"]
