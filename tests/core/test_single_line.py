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
