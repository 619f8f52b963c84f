"""Reading order on hand-made boxes."""

import numpy as np
import pytest

from ocr_core.reading_order import arrange, reading_order


def order(*boxes):
    return reading_order(np.array(boxes, float).reshape(-1, 4))


def column(x0, x1, top, lines, step=20):
    return [(x0, top + step * i, x1, top + step * i + 15) for i in range(lines)]


def test_nothing_has_no_order():
    assert order() == []


def test_lines_run_from_top_to_bottom_whatever_the_input_order():
    assert order((0, 40, 90, 55), (0, 0, 90, 15), (0, 20, 90, 35)) == [1, 2, 0]


def test_a_row_runs_from_left_to_right_although_its_boxes_jitter():
    assert order((200, 0, 240, 15), (0, 3, 50, 18), (100, 1, 150, 14)) == [1, 2, 0]


def test_columns_of_prose_are_read_one_after_the_other():
    left, right = column(0, 200, 0, 5), column(240, 440, 2, 5)
    mixed = [line for pair in zip(right, left, strict=True) for line in pair]
    assert order(*mixed) == [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]


def test_a_title_above_and_a_footer_below_two_columns():
    title, footer = (0, 0, 440, 15), (0, 200, 440, 215)
    boxes = [footer, *column(240, 440, 40, 4), *column(0, 200, 40, 4), title]
    assert order(*boxes) == [9, 5, 6, 7, 8, 1, 2, 3, 4, 0]


def test_names_and_prices_of_a_receipt_are_read_by_rows():
    names, prices = column(0, 200, 0, 4), column(300, 350, 1, 4)
    assert order(*prices, *names) == [4, 0, 5, 1, 6, 2, 7, 3]


def test_a_staircase_is_not_one_row():
    assert order((0, 0, 50, 20), (60, 12, 110, 32), (120, 24, 170, 44)) == [0, 1, 2]


def blocks(*boxes):
    return [[index for row in block for index in row] for block in arrange(np.array(boxes, float).reshape(-1, 4))]


def test_a_table_with_wide_cells_is_read_by_rows():
    # as wide as prose, but side by side and ragged
    left = [(0, 20 * i, 130 + 70 * (i % 2), 20 * i + 15) for i in range(6)]
    right = [(240, 20 * i, 300 + 140 * (i % 3 == 0), 20 * i + 15) for i in range(6)]
    rows = [[i, i + 6] for i in range(6)]
    assert order(*left, *right) == [index for row in rows for index in row]
    (block,) = arrange(np.array([*left, *right], float))
    assert block == rows


def test_a_paragraph_ends_where_the_gap_is_wider():
    assert blocks(*column(0, 200, 0, 3), *column(0, 200, 80, 2)) == [[0, 1, 2], [3, 4]]


def test_wide_leading_is_no_gap_between_blocks():
    assert blocks(*column(0, 200, 0, 6, step=45)) == [[0, 1, 2, 3, 4, 5]]


def test_a_title_over_two_columns_is_a_block_and_each_column_too():
    title = [(0, 0, 440, 15), (0, 20, 430, 35)]
    left, right = column(0, 200, 60, 4), column(240, 440, 60, 4)
    assert blocks(*title, *left, *right) == [[0, 1], [2, 3, 4, 5], [6, 7, 8, 9]]


def test_a_table_below_two_columns_does_not_hide_the_gap_between_them():
    left, right = column(0, 200, 0, 4), column(240, 440, 0, 4)
    table = [(x, 140 + 20 * row, x + 60, 155 + 20 * row) for row in range(3) for x in (10, 190, 380)]
    assert blocks(*left, *right, *table) == [[0, 1, 2, 3], [4, 5, 6, 7], list(range(8, 17))]


def test_columns_whose_gap_is_narrow_are_read_one_after_the_other():
    # a gap of one letter height: boxes are higher than letters and reach into it
    left, right = column(0, 200, 0, 5), column(209, 409, 0, 5)
    mixed = [line for pair in zip(right, left, strict=True) for line in pair]
    assert order(*mixed) == [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]


def test_a_stain_between_two_columns_and_a_number_beside_them_hide_no_gap():
    left, right = column(0, 200, 0, 5), column(220, 420, 2, 5)
    stain, number = (195, 44, 225, 56), (450, 84, 465, 96)
    assert order(*left, *right, stain, number)[:5] in ([0, 1, 2, 3, 4], [0, 1, 2, 10, 3])
    assert sorted(order(*left, *right, stain, number)) == list(range(12))


def test_a_bracket_at_the_end_of_a_line_reaches_into_the_gap():
    left, right = column(0, 200, 0, 12), column(205, 405, 2, 12)
    left[3] = (0, 60, 212, 75)
    assert order(*left, *right) == list(range(24))


def test_a_short_title_over_the_gap_comes_before_both_columns():
    title, left, right = (100, 0, 340, 15), column(0, 200, 40, 12), column(220, 420, 40, 12)
    assert order(title, *left, *right) == list(range(25))


def test_a_line_across_two_of_four_columns_hides_the_others_not():
    first, second, third, fourth = (column(x, x + 200, 0, 12) for x in (0, 205, 410, 615))
    joined = (410, third[11][1], 815, third[11][3])
    boxes = [*first, *second, *third[:11], *fourth[:11], joined]
    assert order(*boxes) == list(range(47))


def test_short_last_lines_stay_in_their_paragraph_where_columns_stand_below():
    prose = [(0, 20 * i, 410 if (i + 1) % 3 else 60, 20 * i + 15) for i in range(6)]
    left, right = column(0, 200, 150, 5), column(210, 410, 150, 5)
    assert blocks(*prose, *left, *right)[0] == [0, 1, 2, 3, 4]
    assert order(*prose, *left, *right) == list(range(16))


def test_rows_with_a_narrow_third_cell_are_a_table():
    rows = [(x0, 20 * i, x1, 20 * i + 15) for i in range(4) for x0, x1 in ((0, 150), (180, 330), (360, 430))]
    assert order(*rows) == list(range(12))


@pytest.mark.parametrize("scale", [1.0, 0.9, 1.1378, 2.0935])
def test_a_bracket_in_front_of_a_line_reaches_into_the_gap_at_every_scale(scale):
    left, right = column(0, 200, 0, 12), column(205, 405, 2, 12)
    right[3] = (193, 62, 405, 77)
    assert reading_order(np.array([*left, *right]) * scale) == list(range(24))


def test_a_title_over_a_wide_gap_comes_before_both_columns():
    left, right = column(0, 336, 40, 12), column(389, 720, 40, 12)
    assert order((300, 12, 450, 34), *left, *right) == list(range(25))


def test_a_title_wider_than_its_column_makes_no_table_of_prose():
    left, middle, right = (column(x, x + 150, 60, 12) for x in (0, 180, 360))
    ragged = [(x0, y0, x1 - 40 * (i % 3 == 0), y1) for i, (x0, y0, x1, y1) in enumerate(middle)]
    assert order(*left, (140, 20, 375, 45), *ragged, *right) == list(range(37))


def test_the_last_word_of_a_paragraph_stays_in_its_column_below_the_end_of_a_title():
    left, middle, right = (column(x, x + 150, 60, 12) for x in (0, 180, 360))
    right[5] = (360, right[5][1], 371, right[5][3])
    assert order(*left, (160, 20, 372, 40), *middle, *right) == list(range(37))
