"""Which readings are lines."""

import numpy as np
import pytest

from ocr_core.belief import LEAST_CONFIDENCE, LEAST_MARKS_CONFIDENCE, is_believed
from ocr_core.crop import LineCrop
from ocr_core.types import Reading

PRINT = LineCrop(np.array([[0, 255]], np.uint8), np.zeros((4, 2), np.float32))
BARE = LineCrop(np.full((1, 2), 7, np.uint8), np.zeros((4, 2), np.float32))


@pytest.mark.parametrize(
    ("text", "confidence", "expected"),
    [
        ("5", LEAST_CONFIDENCE, True),
        ("5", LEAST_CONFIDENCE - 0.01, False),
        ("%", LEAST_MARKS_CONFIDENCE, True),
        ("%", LEAST_MARKS_CONFIDENCE - 0.01, False),
        ("，", 1.0, False),
        (" . ", 1.0, False),
        ("...", 1.0, True),
        ("1.", LEAST_CONFIDENCE, True),
        ("", 1.0, False),
        (" ", 1.0, False),
        ("5" * 20, 1.0, False),
        ("X" * 19, 1.0, True),
        ("5" * 20 + "0", 1.0, True),
        ("-" * 30, 1.0, True),
    ],
)
def test_on_a_page_specks_and_what_is_hardly_read_are_no_lines(text, confidence, expected):
    assert is_believed(PRINT, Reading(text, confidence), is_page=True) is expected


def test_of_a_single_line_all_is_believed_but_nothing_and_a_bare_picture():
    assert is_believed(PRINT, Reading("，", 0.01), is_page=False)
    assert not is_believed(PRINT, Reading(" ", 1.0), is_page=False)
    assert not is_believed(BARE, Reading("I", 1.0), is_page=False)
