import numpy as np
import pytest

from ocr_core.single_line import is_single_line, line_area

IMAGE = np.zeros((100, 400, 3), np.uint8)


def quad(x0, y0, x1, y1):
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


@pytest.mark.parametrize(
    ("quads", "rows"),
    [
        pytest.param([quad(50, 30, 350, 60)], (27, 63), id="broad margins go, a tenth of the height stays"),
        pytest.param([quad(50, 30, 150, 60), quad(200, 32, 350, 61)], (26, 65), id="words of one row"),
        pytest.param([quad(50, 20, 350, 80)], (0, 100), id="narrow margins stay"),
        pytest.param([quad(50, 40, 350, 50)], (0, 100), id="a detail is not the line"),
        pytest.param([], (0, 100), id="nothing found"),
    ],
)
def test_line_area_keeps_the_width_and_drops_broad_margins(quads, rows):
    top, bottom = rows
    found = line_area(IMAGE, quads)
    assert np.abs(found - quad(0, top, 400, bottom)).max() <= 1


@pytest.mark.parametrize(
    ("quads", "single"),
    [
        pytest.param([quad(4, 1, 290, 16), quad(4, 18, 290, 34)], False, id="two rows of small print"),
        pytest.param(
            [quad(4, 1, 60, 16), quad(70, 1, 290, 16), quad(4, 18, 290, 34)], False, id="words of two rows"
        ),
        pytest.param([quad(4, 9, 290, 30), quad(4, 0, 290, 6)], True, id="the line above peeps in"),
        pytest.param([quad(4, 1, 30, 16), quad(4, 18, 290, 34)], True, id="a piece of a letter"),
        pytest.param([quad(4, 2, 290, 32)], True, id="one row"),
        pytest.param([], True, id="nothing found"),
    ],
)
def test_a_low_image_is_one_line_unless_two_rows_are_seen_clearly(quads, single):
    assert is_single_line(np.zeros((35, 300, 3), np.uint8), quads) is single


@pytest.mark.parametrize(
    ("height", "width", "rows", "expected"),
    [
        pytest.param(30, 20, [], True, id="one digit, nothing found"),
        pytest.param(30, 20, [(2, 14), (16, 28)], True, id="one digit in two pieces"),
        pytest.param(60, 400, [(10, 50)], True, id="a line"),
        pytest.param(60, 400, [(0, 8), (12, 50), (54, 60)], True, id="a line with remnants"),
        pytest.param(100, 130, [(20, 80)], True, id="a large word"),
        pytest.param(60, 400, [(2, 28), (32, 58)], False, id="two lines"),
        pytest.param(400, 300, [(100, 120)], False, id="a page with one line"),
        pytest.param(400, 300, [], False, id="an empty page"),
        pytest.param(300, 1600, [(20, 60), (100, 140), (180, 220)], False, id="a banner of three lines"),
        pytest.param(1200, 600, [(10, 900), (920, 950)], False, id="a page with a picture"),
    ],
)
def test_single_line_rule(height, width, rows, expected):
    quads = [quad(0, top, width, bottom) for top, bottom in rows]
    assert is_single_line(np.zeros((height, width, 3), np.uint8), quads) is expected


def test_words_side_by_side_are_one_row():
    quads = [quad(0, 10, 100, 48), quad(120, 14, 300, 50), quad(310, 12, 390, 46)]
    assert is_single_line(np.zeros((60, 400, 3), np.uint8), quads)
