"""The line finder on pages that are drawn here, so that every box is known."""

import time

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.detect import LineFinder

FONT = cv2.FONT_HERSHEY_SIMPLEX
TEXTS = [
    "The quick brown fox jumps over it",
    "Pack my box with five dozen jugs",
    "How vexingly quick daft zebras run",
    "Sphinx of black quartz judge my vow",
    "Two driven jocks help fax my quiz",
]


class Page:
    """A page and the rectangles (x0, y0, x1, y1) of what was written on it, in order."""

    def __init__(self, height=500, width=800, paper=255, ink=0):
        self.image = np.full((height, width, 3), paper, np.uint8)
        self.ink = ink
        self.truth = []

    def write(self, text, x, y, scale=0.8, ink=None):
        before = self.image.copy()
        colour = (self.ink if ink is None else ink,) * 3
        cv2.putText(self.image, text, (x, y), FONT, scale, colour, 2, cv2.LINE_AA)
        ys, xs = np.nonzero((self.image != before).any(axis=2))
        self.truth.append((int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1))
        return self


def paragraph(**look):
    page = Page(**look)
    for row, text in enumerate(TEXTS):
        page.write(text, 60, 100 + 60 * row)
    return page


def upright(quad):
    return (*quad.min(axis=0), *quad.max(axis=0))


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, w) * max(0.0, h)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / union


def assert_found(page, image=None, least=0.7):
    """One quad per written line, in the written order."""
    found = [upright(quad) for quad in LineFinder().find(page.image if image is None else image).level]
    assert len(found) == len(page.truth)
    for wanted, box in zip(page.truth, found, strict=True):
        assert iou(wanted, box) >= least, (wanted, box)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [(255, 0), (30, 230), (250, 190), (128, 90)],
    ids=["black on white", "dark mode", "faint print", "low contrast"],
)
def test_five_lines_are_five_quads(paper, ink):
    assert_found(paragraph(paper=paper, ink=ink))


def test_quads_are_clockwise_from_the_top_left_and_inside_the_image():
    quads = LineFinder().find(paragraph().image).level
    for quad in quads:
        assert quad.shape == (4, 2)
        assert quad.dtype == np.float32
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
        assert x0 == x3 < x1 == x2
        assert y0 == y1 < y2 == y3
        assert (quad >= 0).all()
        assert (quad <= (800, 500)).all()


def test_ascenders_descenders_and_punctuation_are_inside():
    page = Page().write("jumping, quickly; Why? (yes!) ...", 50, 200)
    (quad,) = LineFinder().find(page.image).level
    x0, y0, x1, y1 = upright(quad)
    wanted = page.truth[0]
    assert x0 <= wanted[0]
    assert y0 <= wanted[1]
    assert x1 >= wanted[2]
    assert y1 >= wanted[3]


def test_tight_lines_stay_apart():
    page = Page()
    for row, text in enumerate(TEXTS):
        page.write(text, 60, 100 + 30 * row)  # a descender ends 2 px above the next ascender
    assert_found(page)


def test_two_columns_are_read_one_after_the_other():
    page = Page(width=1300)
    for x in (40, 700):
        for row, text in enumerate(TEXTS):
            page.write(text, x, 100 + 50 * row)
    assert_found(page)


def test_table_rows_are_read_from_left_to_right():
    page = Page()
    for row, (name, price) in enumerate([("Coffee", "3.20"), ("Green tea", "2.80"), ("Water", "1.50")]):
        page.write(name, 60, 100 + 50 * row).write(price, 500, 100 + 50 * row)
    assert_found(page)


def test_a_light_bar_on_a_dark_panel_and_the_reverse():
    page = Page(height=400)
    cv2.rectangle(page.image, (0, 150), (800, 400), (60, 60, 60), -1)
    page.write(TEXTS[0], 60, 80, ink=0).write(TEXTS[1], 60, 230, ink=240).write(TEXTS[2], 60, 320, ink=240)
    assert_found(page)


def test_letters_in_a_thin_inverse_bar_are_found():
    page = Page(height=300)
    cv2.rectangle(page.image, (40, 130), (760, 170), (0, 0, 0), -1)
    page.write(TEXTS[0], 60, 80).write(TEXTS[1], 60, 158, ink=255).write(TEXTS[2], 60, 240)
    assert_found(page)


def test_rules_and_frames_are_no_lines():
    page = paragraph()
    cv2.rectangle(page.image, (20, 40), (780, 400), (0, 0, 0), 2)
    cv2.line(page.image, (20, 430), (780, 430), (0, 0, 0), 3)
    assert_found(page)


def test_a_heading_of_another_size():
    page = Page(height=500, width=1200).write("Heading", 60, 130, scale=3.0)
    for row, text in enumerate(TEXTS):
        page.write(text, 60, 220 + 50 * row)
    assert_found(page)


@pytest.mark.parametrize(("large", "small", "rows"), [(68, 26, 6), (80, 20, 8), (34, 12, 6)])
def test_small_print_below_large_print_is_found(large, small, rows):
    page = Image.new("L", (1400, 520), 255)
    pen = ImageDraw.Draw(page)
    tops = [20, 20 + round(1.6 * large)]
    for top in tops:
        pen.text((40, top), "The meeting begins at nine", fill=20, font=ImageFont.load_default(large))
    for row in range(rows):
        at = (40, tops[-1] + round(1.6 * (large + row * small)))
        pen.text(at, "and the minutes will be sent to all members.", fill=20, font=ImageFont.load_default(small))
    assert len(LineFinder().find(np.asarray(page.convert("RGB"))).level) == 2 + rows


@pytest.mark.parametrize("degrees", [-7, -2, 3, 5])
def test_a_skewed_page_gives_turned_quads(degrees):
    page = paragraph(height=700, width=1000)
    for row, text in enumerate(TEXTS):
        page.write(text, 60, 400 + 50 * row)
    turn = cv2.getRotationMatrix2D((500, 350), degrees, 1.0)
    turned = cv2.warpAffine(page.image, turn, (1000, 700), borderValue=(255, 255, 255))
    quads = LineFinder().find(turned).level
    assert len(quads) == len(page.truth)
    for wanted, quad in zip(page.truth, quads, strict=True):
        level = quad @ turn[:, :2] + back_shift(turn)
        assert iou(wanted, upright(level)) >= 0.7


def back_shift(turn):
    """Of the inverse of a rotation: x = (y - t) R, as rows."""
    return -turn[:, 2] @ turn[:, :2]


def test_a_large_page_gives_boxes_in_its_own_pixels():
    page = paragraph()
    large = cv2.resize(page.image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    page.truth = [tuple(4 * side for side in box) for box in page.truth]
    assert_found(page, large)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_page_has_no_lines(value):
    assert LineFinder().find(np.full((400, 600, 3), value, np.uint8)).level == []


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 20_000), (20_000, 1), (3, 3), (40, 2)])
def test_odd_shapes_do_no_harm(height, width):
    rng = np.random.default_rng(0)
    LineFinder().find(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    assert LineFinder().find(np.full((height, width, 3), 255, np.uint8)).level == []


@pytest.mark.parametrize("block", [1, 4])
def test_noise_takes_bounded_time(block):
    rng = np.random.default_rng(0)
    field = rng.integers(0, 2, (1500 // block, 1500 // block), dtype=np.uint8) * 255
    image = np.repeat(np.kron(field, np.ones((block, block), np.uint8))[:, :, None], 3, axis=2)
    started = time.process_time()
    LineFinder().find(image)
    assert time.process_time() - started < 5


def test_the_image_is_not_changed_and_the_answer_repeats():
    page = paragraph()
    before = page.image.copy()
    first = LineFinder().find(page.image).level
    np.testing.assert_array_equal(page.image, before)
    np.testing.assert_array_equal(first, LineFinder().find(page.image).level)


@pytest.mark.parametrize("end", [".", "-", ","])
def test_the_mark_at_the_end_of_a_line_belongs_to_it(end):
    canvas = Image.new("L", (900, 300), 255)
    pen = ImageDraw.Draw(canvas)
    for row, text in enumerate(("and the minutes will be sent to all members", "come soon to our house")):
        pen.text((60, 60 + 80 * row), text + end, fill=20, font=ImageFont.load_default(32))
    image = np.asarray(canvas)
    boxes = [upright(quad) for quad in LineFinder().find(np.repeat(image[:, :, None], 3, axis=2)).level]
    assert len(boxes) == 2
    for x0, y0, x1, y1 in boxes:
        columns = np.flatnonzero((image[int(y0) : int(y1)] < 128).any(axis=0))
        assert x0 <= columns[0]
        assert columns[-1] < x1


def test_small_print_on_a_large_sheet_is_found():
    # reduced like any large page it would be 5 px high and run together
    page = np.full((4000, 4000, 3), 255, np.uint8)
    for row in range(40):
        place = (100, 100 + 40 * row)
        cv2.putText(page, "small print on a large sheet", place, FONT, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    quads = LineFinder().find(page).level
    assert len(quads) == 40
    for row, quad in enumerate(quads):
        assert 100 + 40 * row - 15 < quad[:, 1].mean() < 100 + 40 * row + 5
