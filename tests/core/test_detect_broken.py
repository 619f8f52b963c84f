"""Broken letters, on hand-made boxes."""

import cv2
import numpy as np
import pytest

from ocr_core.detect import LineFinder
from ocr_core.detect_broken import broken_letters
from ocr_core.detect_marks import MAX_SPECKS

LINES = np.array([(0, 100, 60, 119), (160, 100, 174, 119), (0, 130, 60, 149)], float)
ARC, STROKE = (103, 102, 110, 110), (100, 112, 109, 116)


def found(*specks, lines=LINES):
    boxes, used = broken_letters(np.array(specks, float).reshape(-1, 4), lines)
    return boxes.tolist(), np.flatnonzero(used).tolist()


def test_an_arc_above_a_stroke_is_a_letter_beside_its_row():
    assert found((300, 300, 303, 303), ARC, STROKE) == ([[100, 102, 110, 116]], [1, 2])


def test_a_part_belongs_to_one_letter():
    three = [(100, 102, 109, 108), (100, 109, 109, 114), (100, 115, 109, 118)]
    boxes, used = found(*three)
    assert len(boxes) == 1
    assert len(used) == 2


@pytest.mark.parametrize(
    "specks",
    [
        [],
        [ARC],
        [(103, 104, 110, 108), (103, 112, 110, 116)],  # a colon
        [(103, 103, 110, 109), (103, 114, 110, 120)],  # a bold colon
        [(103, 102, 110, 110), (100, 118, 109, 120)],  # too far below
        [(103, 102, 110, 110), (111, 112, 114, 116)],  # beside each other
        [(100, 102, 110, 116), (103, 104, 106, 106)],  # one inside the other
        [(103, 102, 105, 110), (103, 112, 105, 119)],  # a stain along an edge
        [(92, 102, 122, 110), (92, 112, 122, 116)],  # wider than a letter
        [(66, 102, 73, 110), (65, 112, 74, 116)],  # a mark behind a word
        [(103, 302, 110, 310), (100, 312, 109, 316)],  # in no row
        [(101, 105, 108, 109), (101, 110, 108, 113)],  # lower than the row
        [(103, 95, 115, 108), (103, 110, 115, 123)],  # higher than the row
        [(100, 103, 105, 108), (101, 110, 105, 115)],  # two stains
    ],
)
def test_what_is_no_broken_letter(specks):
    assert found(*specks) == ([], [])


def test_a_page_without_lines_and_one_of_noise_have_none():
    assert found(ARC, STROKE, lines=np.zeros((0, 4))) == ([], [])
    assert found(*[ARC, STROKE] * MAX_SPECKS) == ([], [])
    assert found(*[ARC, STROKE] * (MAX_SPECKS // 2)) == ([], [])  # few specks, but each above all others


def test_the_line_finder_finds_a_broken_digit_of_a_table():
    page = np.full((200, 400, 3), 255, np.uint8)
    for y in (40, 70, 100):
        for x, text in ((20, "Bread"), (230, "0"), (310, "4.50")):
            cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    for corner, other in (((152, 53), (160, 60)), ((150, 66), (160, 69))):
        cv2.rectangle(page, corner, other, (0, 0, 0), -1)
    quads = np.stack(LineFinder().find(page).level)
    (digit,) = quads[np.abs(quads[:, :, 0].mean(axis=1) - 155) < 10]
    assert digit.min(axis=0) == pytest.approx((150, 53), abs=4)
    assert digit.max(axis=0) == pytest.approx((161, 70), abs=4)
