"""Places of lines among each other, and the text that comes of them."""

import numpy as np
import pytest

from ocr_core.layout import places
from ocr_core.types import Box, LineResult, PageResult, Reading, Timings

RECEIPT = [  # name and price, name and price; a gap; total and sum
    (10, 10, 120, 30), (300, 12, 360, 32), (10, 40, 150, 60), (300, 41, 360, 61),
    (10, 120, 90, 140), (300, 121, 360, 141),
]  # fmt: skip


def quads(boxes, degrees=0.0):
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return [
        (np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64) @ matrix).astype(np.float32)
        for x0, y0, x1, y1 in boxes
    ]


@pytest.mark.parametrize("degrees", [0, 0.3, -8, 15])
def test_rows_and_blocks_are_found_however_the_page_lies(degrees):
    shuffled = [3, 0, 5, 2, 4, 1]
    found = places([quads(RECEIPT, degrees)[i] for i in shuffled])
    assert [shuffled[place.index] for place in found] == [0, 1, 2, 3, 4, 5]
    assert [place.row for place in found] == [0, 0, 1, 1, 2, 2]
    assert [place.block for place in found] == [0, 0, 0, 0, 1, 1]


def test_nothing_has_no_place():
    assert places([]) == []


def page(*lines):
    corners = ((0, 0), (9, 0), (9, 9), (0, 9))
    results = tuple(LineResult(Reading(t, 1.0), corners, Box(0, 0, 9, 9), block=b, row=r) for t, b, r in lines)
    return PageResult(results, 9, 9, "m", Timings(0, 0, 0, 0))


def test_text_shows_rows_and_blocks():
    receipt = page(("Milk", 0, 0), ("1.20", 0, 0), ("Tea", 0, 1), ("Total", 1, 2), ("3.40", 1, 2))
    assert receipt.text == "Milk\t1.20\nTea\n\nTotal\t3.40"
    assert page().text == ""
    assert page(("one", 0, None), ("two", 0, None)).text == "one\ntwo"
