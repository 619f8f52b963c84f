import cv2
import numpy as np
import pytest

from ocr_core.detect_cores import CoreRule, lines_from_cores

RULE = CoreRule(threshold=0.5, score=0.6, growth=0.5, least=2.0)


def core(x, y, width, height, degrees, value=0.9):
    """Return probabilities (120, 200) of one core, its rectangle turned about its middle."""
    fine = np.zeros((120 * 8, 200 * 8), np.float32)  # OpenCV draws polygons half a pixel too large
    corners = cv2.boxPoints(((x * 8, y * 8), (width * 8, height * 8), degrees))
    cv2.fillPoly(fine, [np.rint(corners).astype(np.int32)], value)
    return cv2.resize(fine, (200, 120), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("degrees", [0, 3, -8, 15, -30])
def test_a_core_grows_into_its_line(degrees):
    (quad,) = lines_from_cores(core(100, 60, 80, 8, degrees), RULE)
    turn = np.radians(degrees)
    along, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle = np.array([100, 60])
    expected = [middle + sx * 44 * along + sy * 8 * down for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    assert quad == pytest.approx(np.array(expected), abs=1.2)


def test_a_sideways_line_is_higher_than_wide():
    (quad,) = lines_from_cores(core(100, 60, 80, 8, 90), RULE)
    assert quad[1, 0] - quad[0, 0] == pytest.approx(16, abs=2)
    assert quad[3, 1] - quad[0, 1] == pytest.approx(88, abs=2)
    assert quad[0] == pytest.approx(quad.min(axis=0), abs=1)


def test_a_single_letter_grows_by_its_width():
    (quad,) = lines_from_cores(core(100, 60, 4, 8, 0), RULE)
    assert quad[2] - quad[0] == pytest.approx([8, 12], abs=2)


def test_faint_and_thin_cores_are_no_lines():
    assert len(lines_from_cores(core(100, 60, 80, 8, 0, value=0.4), RULE)) == 0
    assert len(lines_from_cores(core(100, 60, 80, 8, 0, value=0.55), RULE)) == 0
    assert len(lines_from_cores(core(100, 60, 80, 1, 0), CoreRule(0.5, 0.6, 0.5, 4.0))) == 0


def test_two_cores_are_two_lines_and_none_is_none():
    both = np.maximum(core(100, 40, 80, 8, 0), core(100, 60, 80, 8, 0))
    assert lines_from_cores(both, RULE).shape == (2, 4, 2)
    assert lines_from_cores(np.zeros((40, 40), np.float32), RULE).shape == (0, 4, 2)


def test_digits_that_stand_one_above_the_other_are_lines_of_their_own():
    probability = np.zeros((40, 20), np.float32)
    for top in (4, 12, 20):
        probability[top : top + 6, 8:11] = 0.95
        probability[top + 6 : top + 8, 8:11] = 0.8
    lines = lines_from_cores(probability, RULE)
    assert len(lines) == 3
    assert sorted(line[:, 1].mean() for line in lines) == pytest.approx([7, 15, 23.5], abs=1.5)


def test_a_line_that_runs_down_is_not_cut_where_its_letters_end():
    probability = np.zeros((60, 20), np.float32)
    probability[4:56, 8:12] = 0.95
    probability[4:56:5, 8:12] = 0.92
    assert len(lines_from_cores(probability, RULE)) == 1


@pytest.mark.parametrize(("gap", "parted"), [(4, True), (12, False)])
def test_lines_that_would_reach_into_each_other_are_parted(gap, parted):
    both = np.maximum(core(40 - gap / 2, 40, 60, 8, 0), core(100 + gap / 2, 40, 60, 8, 0))
    below = core(70, 100, 60, 8, 0)
    lines = lines_from_cores(np.maximum(both, below), RULE)
    left, right = sorted((line for line in lines if line[0, 1] < 60), key=lambda line: line[0, 0])
    ends = (70, 70) if parted else (74 - gap / 2, 66 + gap / 2)
    assert (left[1, 0], right[0, 0]) == pytest.approx(ends, abs=1.5)
    assert bool(left[1, 0] == right[0, 0]) is parted
    assert (left[0, 0], right[1, 0]) == pytest.approx((6 - gap / 2, 134 + gap / 2), abs=1.5)
    assert left[0, 1] == left[1, 1]
    (other,) = (line for line in lines if line[0, 1] > 60)
    assert (other[0, 0], other[1, 0]) == pytest.approx((36, 104), abs=1.5)
