"""Files of several pages: which pages are read, how large they are drawn, what the limits do."""

import time

import pytest
from documents import GRAYS, GrayReader, damaged_tiff, frames, read_pages, text_pdf, without_page, workers
from encoded import encode
from format_pages import EXAMPLES
from PIL import Image

from ocr_core.document_result import sheets_of
from ocr_core.errors import (
    BadOption,
    DeadlineExceeded,
    ImageTooLarge,
    TooManyPages,
    UnreadableImage,
)
from ocr_core.types import ReadOptions


def test_a_still_image_is_one_page():
    page = read_pages((EXAMPLES / "receipt.png").read_bytes())
    assert page.text.startswith("350x")


def test_chosen_pages_in_their_order():
    assert [page.number for page in read_pages(text_pdf("one", "two", "three"), "3,1").pages] == [3, 1]


def test_a_still_picture_in_front_of_an_animation_is_a_page_more():
    pages = read_pages(frames("PNG", default_image=True), "all").pages
    assert [page.text for page in pages] == [f"60x40 {gray}" for gray in GRAYS]


def test_every_page_of_a_long_tiff_is_counted():
    page = Image.new("1", (8, 8))
    data = encode(page, "TIFF", save_all=True, append_images=[page] * 1_000)
    assert read_pages(data, "1001").count == 1_001


def test_the_limit_of_pages_is_checked_before_reading():
    reader = GrayReader()
    with pytest.raises(TooManyPages):
        read_pages(text_pdf("one", "two"), max_pages=1, reader=reader)
    assert reader.read_pages == 0


def test_the_deadline_holds_over_all_pages():
    class Slow(GrayReader):
        def read(self, data, options=ReadOptions(), *, deadline=None, progress=None):
            if self.read_pages == 2:
                raise DeadlineExceeded("too late")
            return super().read(data, options, deadline=deadline, progress=progress)

    with pytest.raises(DeadlineExceeded, match="2 of 3 pages"):
        read_pages(text_pdf("one", "two", "three"), reader=Slow())
    with pytest.raises(DeadlineExceeded):
        read_pages(text_pdf("one"), deadline=time.monotonic())
    assert workers() == []


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_frames_are_pages_on_request(kind):
    data = frames(kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert read_pages(data).text == f"60x40 {GRAYS[0]}"
    result = read_pages(data, "all")
    assert (result.count, result.text) == (3, "\f".join(f"60x40 {gray}" for gray in GRAYS))
    assert read_pages(data, "3,1").text == f"60x40 {GRAYS[2]}\f60x40 {GRAYS[0]}"


def test_pages_of_a_tiff_have_their_own_sizes_and_limits():
    data = frames("TIFF", ((60, 40), (90, 20), (300, 300)))
    assert [page.width for page in read_pages(data, "1-2").pages] == [60, 90]
    with pytest.raises(ImageTooLarge, match=r"Page 3: The image has 300 x 300"):
        read_pages(data, "3", max_pixels=10_000)


# one bad page


def told(result):
    """Return the numbers of the pages that were read, and (number, code) of those that were not."""
    return [page.number for page in result.pages], [(page.number, page.error.code) for page in result.unread]


@pytest.mark.parametrize("data", [without_page(text_pdf("one", "two", "three"), 2), damaged_tiff(2)])
def test_a_damaged_page_costs_itself_alone(data):
    result = read_pages(data, "all")
    assert told(result) == ([1, 3], [(2, "unreadable_image")])
    assert result.count == 3
    assert result.warnings[0].startswith("Page 2 was not read: It is damaged")
    backwards = read_pages(data, "3,2,1")
    assert told(backwards) == ([3, 1], [(2, "unreadable_image")])
    assert [sheet.number for sheet in sheets_of(backwards)] == [3, 2, 1]
    assert workers() == []


def test_a_page_too_large_costs_itself_alone():
    data = frames("TIFF", ((300, 300), (60, 40), (90, 20)))
    result = read_pages(data, "all", max_pixels=10_000)
    assert told(result) == ([2, 3], [(1, "image_too_large")])
    assert result.text == f"60x40 {GRAYS[1]}\f90x20 {GRAYS[2]}"


@pytest.mark.parametrize(("kind", "mark"), [("GIF", b"\x2c\0\0\0\0"), ("PNG", b"fdAT")])
def test_frames_are_lost_with_the_one_that_they_are_drawn_over(kind, mark):
    data = frames(kind)
    second = data.index(mark, data.index(mark) + 1 if kind == "GIF" else 0) + 30  # into its packed pixels
    result = read_pages(data[:second] + b"\xff" * 8 + data[second + 8 :], "all")
    assert told(result) == ([1], [(2, "unreadable_image"), (3, "unreadable_image")])
    assert "frame 2" in result.warnings[1]


def test_no_page_is_an_error_that_names_the_first():
    with pytest.raises(UnreadableImage, match=r"^Page 1: It is damaged"):
        read_pages(without_page(without_page(text_pdf("one", "two"), 2), 1))


def test_an_option_that_the_reader_refuses_ends_the_document():
    class Strict(GrayReader):
        def read(self, data, options=ReadOptions(), *, deadline=None, progress=None):
            raise BadOption("Not here.")

    with pytest.raises(BadOption, match=r"^Page 1: Not here"):
        read_pages(text_pdf("one", "two"), reader=Strict())


def test_an_image_of_one_page_is_a_document_where_pages_are_asked_for():
    result = read_pages((EXAMPLES / "receipt.png").read_bytes(), "1")
    assert (result.count, len(result.pages)) == (1, 1)
    with pytest.raises(BadOption, match="the file has one page"):
        read_pages((EXAMPLES / "receipt.png").read_bytes(), "2")


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

    read_pages(text_pdf("one", "two"), "2,1", "keep", progress=Told())
    assert told == [(2, 0, 2, b"BM"), 1, "two", (1, 1, 2, b"BM"), 1, "one"]
    told.clear()
    read_pages(without_page(text_pdf("one", "two"), 1), "1-2", "keep", progress=Told())
    assert told == [(1, "It is damaged."), (2, 1, 2, b"BM"), 1, "two"]
