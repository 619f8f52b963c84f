"""Dots, commas and colons go to the lines that they stand next to."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.detect import LineFinder
from ocr_core.detect_components import Components
from ocr_core.detect_marks import MAX_SPECKS, take_colons, take_marks

LINE = np.array([[100.0, 100.0, 300.0, 130.0]])


def dots(*places, size=4):
    x, y = np.array(places, np.intp).reshape(-1, 2).T
    return Components(x, y, np.full_like(x, size), np.full_like(x, size))


def test_a_near_mark_is_taken_and_a_far_one_is_not():
    assert take_marks(LINE, dots((305, 124))).tolist() == [[100, 100, 309, 130]]
    assert take_marks(LINE, dots((340, 124))).tolist() == LINE.tolist()


@pytest.mark.parametrize("x", [330, 70], ids=["behind", "before"])
def test_a_colon_is_taken_from_as_far_as_a_word(x):
    (taken,) = take_colons(LINE, dots((x, 110), (x, 124)))
    assert taken.tolist() == [min(100, x), 100, max(300, x + 4), 130]


@pytest.mark.parametrize(
    "specks",
    [
        dots((330, 124)),
        dots((330, 90), (330, 104)),
        dots((330, 110), (338, 124)),
        dots((330, 102), (330, 126)),
        dots((390, 110), (390, 124)),
        dots(),
    ],
    ids=["one dot", "reaching into the row above", "aslant", "too far apart", "too far away", "none"],
)
def test_other_specks_are_no_colons(specks):
    assert take_colons(LINE, specks).tolist() == LINE.tolist()


def test_a_colon_between_two_lines_goes_to_the_nearer_one():
    lines = np.array([[100.0, 100.0, 200.0, 130.0], [260.0, 100.0, 360.0, 130.0]])
    before, behind = take_colons(lines, dots((206, 110), (206, 124)))
    assert before.tolist() == [100, 100, 210, 130]
    assert behind.tolist() == lines[1].tolist()


def test_among_noise_no_colons_are_looked_for():
    noise = dots(*((330, y % 200) for y in range(MAX_SPECKS + 1)))
    assert take_colons(LINE, noise).tolist() == LINE.tolist()


def test_colons_that_stand_below_one_another_belong_to_their_rows():
    canvas = Image.new("L", (700, 400), 255)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(30)
    rows = ("Total sales", "Rounding", "Discount", "Cash")
    for row, word in enumerate(rows):
        top = 60 + 50 * row
        pen.text((230, top), word, fill=20, font=font, anchor="ra")
        pen.text((255, top), ":", fill=20, font=font, anchor="ra")
        pen.text((520, top), f"{row}7.50", fill=20, font=font, anchor="ra")
    image = np.repeat(np.asarray(canvas)[:, :, None], 3, axis=2)
    quads = LineFinder().find(image).level
    assert len(quads) == 2 * len(rows)
    for row, quad in enumerate(quads[::2]):
        (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
        assert x0 < 230 - 30
        assert 250 < x1 < 270
        assert 60 + 50 * row - 5 < y0 < y1 < 60 + 50 * row + 45
