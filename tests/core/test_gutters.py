"""Lines that run across the gap between two columns."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.gutters import cut_at_gutters
from ocr_core.layout import level_boxes
from ocr_core.pipeline import load_pipeline
from ocr_core.types import ReadOptions

PROSE = (
    "When the ship came in at last, nobody stood on the pier but the keeper of the light and his dog, and neither "
    "of them had any wish to help with the ropes. The captain called twice, then sent a boy over the side with "
    "a line around his waist, and the boy swam as if he had done nothing else since the day on which he was born. "
    "By noon the boxes were out, and a crowd had gathered to see what was in them. There was salt, and paper, "
    "and a clock of brass that had stopped on the way and did not go again until the winter."
)
HEIGHT, WIDTH, LEADING = 28, 420, 34
LEFT, RIGHT = 40, 40 + WIDTH + 26


def set_column(pen: ImageDraw.ImageDraw, x: int, words: list[str], rows: int) -> list[str]:
    """Draw `rows` justified lines of `words` at `x`, and return them; the words that were set are taken away."""
    font, lines = ImageFont.load_default(24), []
    for row in range(rows):
        line = [words.pop(0)]
        while font.getlength(" ".join([*line, words[0]])) <= WIDTH:
            line.append(words.pop(0))
        space = (WIDTH - sum(map(font.getlength, line))) / (len(line) - 1)
        at = float(x)
        for word in line:
            pen.text((at, 30 + LEADING * row), word, fill=20, font=font)
            at += font.getlength(word) + space
        lines.append(" ".join(line))
    return lines


@pytest.fixture(scope="module")
def columns() -> tuple[np.ndarray, list[str]]:
    """Return two columns of prose, (H, W) uint8, and their lines."""
    canvas = Image.new("L", (RIGHT + WIDTH + 40, 330), 245)
    words, pen = 2 * PROSE.split(), ImageDraw.Draw(canvas)
    lines = set_column(pen, LEFT, words, 8) + set_column(pen, RIGHT, words, 8)
    return np.asarray(canvas), lines


def line(x0: float, x1: float, row: int, height: int = HEIGHT) -> np.ndarray:
    y = 28 + LEADING * row
    return np.array([[x0, y], [x1, y], [x1, y + height], [x0, y + height]], np.float32)


def both(row: int) -> list[np.ndarray]:
    return [line(LEFT, LEFT + WIDTH, row), line(RIGHT, RIGHT + WIDTH, row)]


def across(row: int, height: int = HEIGHT) -> np.ndarray:
    return line(LEFT, RIGHT + WIDTH, row, height)


def test_two_close_columns_are_read_one_after_the_other(columns):
    page, lines = columns
    assert len(lines) == 16
    result = load_pipeline().read(cv2.imencode(".png", page)[1].tobytes(), ReadOptions(mode="page"))
    assert result.text.split() == " ".join(lines).split()


@pytest.mark.parametrize("degrees", [0, 4])
@pytest.mark.parametrize(
    "others",
    [
        pytest.param([both(row) for row in (2, 4, 5)], id="others end and begin"),
        pytest.param([[across(row)] for row in (2, 4, 5)], id="all run across"),
        pytest.param([both(1), [across(2)], both(3), [across(4)]], id="two finders"),
    ],
)
def test_a_line_across_a_gutter_is_cut(columns, others, degrees):
    page, _ = columns
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), degrees, 1.0)
    askew = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=245)
    level = [across(3), *(quad for row in others for quad in row)]
    quads = [(quad @ turn[:, :2].T + turn[:, 2]).astype(np.float32) for quad in [*level, *both(3)]]
    pieces = cut_at_gutters(askew, quads[:-2])[0]
    got, expected = (level_boxes(np.stack(pair).astype(np.float64)) for pair in (pieces, quads[-2:]))
    assert got[:, [0, 2]] == pytest.approx(expected[:, [0, 2]], abs=0.4 * HEIGHT)


@pytest.mark.parametrize(
    ("quad", "others"),
    [
        pytest.param(across(3), both(2) + both(4), id="two rows alone"),
        pytest.param(across(3), 3 * both(2), id="one row, told of thrice"),
        pytest.param(across(7), [*both(0), *both(1), across(2)], id="rows far away"),
        pytest.param(across(3, 2 * HEIGHT), [*both(1), *both(2), *both(6)], id="a heading"),
        pytest.param(line(LEFT, LEFT + WIDTH, 3), [*both(2), *both(4), *both(5)], id="a line of one column"),
        pytest.param(
            line(LEFT, RIGHT + 100, 3), [line(LEFT, RIGHT + 100, row) for row in (1, 2, 4)], id="a narrow column"
        ),
    ],
)
def test_other_lines_stay_whole(columns, quad, others):
    assert 0 not in cut_at_gutters(columns[0], [quad, *others])


def test_print_over_the_gutter_ends_it(columns):
    page = columns[0].copy()
    quads = [across(row) for row in range(8)]
    assert sorted(cut_at_gutters(page, quads)) == list(range(8))
    cv2.putText(page, "WHWHWHWHWHWH", (LEFT + WIDTH - 80, 28 + LEADING * 5 - 10), cv2.FONT_HERSHEY_PLAIN, 2, 20, 2)
    assert sorted(cut_at_gutters(page, quads)) == [0, 1, 2, 3]


def test_justified_print_stays_whole(columns):
    page, _ = columns
    wide = np.hstack([page[:, LEFT - 10 : LEFT + WIDTH + 2], page[:, RIGHT - 6 : RIGHT + WIDTH + 10]])
    quads = [line(10, wide.shape[1] - 10, row) for row in range(8)]
    assert cut_at_gutters(np.ascontiguousarray(wide), quads) == {}


def test_nothing_is_cut_where_there_is_nothing(columns):
    assert cut_at_gutters(columns[0], []) == {}
    assert cut_at_gutters(columns[0], both(0)) == {}
