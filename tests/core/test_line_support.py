"""How far a network takes what another finder saw for text."""

import numpy as np
import pytest
from stand_ins import quad

from ocr_core.line_support import Glance, SecondLook


def answer() -> Glance:
    """Return a page of 80 x 40 pixels at half its size, with one line of print in its middle."""
    cells = np.zeros((20, 40), np.float32)
    cells[8:12, 10:30] = 0.8
    return Glance(cells, np.array([0.5, 0.5], np.float32))


def test_a_line_is_borne_out_as_far_as_the_network_sees_text_along_it():
    quads = [quad(20, 14, 60, 26), quad(40, 14, 79, 26), quad(0, 0, 60, 10)]
    support = SecondLook([], [answer()]).support(quads)
    assert support.mean == pytest.approx([0.8, 0.4, 0], abs=0.02)
    assert support.most == pytest.approx([0.8, 0.8, 0])


def test_it_is_looked_at_along_its_own_direction():
    cells = np.zeros((40, 40), np.float32)
    for place in range(5, 35):
        cells[place, place - 1 : place + 2] = 1
    slanting = np.array([[5, 3], [35, 33], [33, 35], [3, 5]], np.float32)
    box = quad(3, 3, 35, 35)
    support = SecondLook([], [Glance(cells, np.ones(2, np.float32))]).support([slanting, box])
    assert support.mean[0] > 0.9
    assert support.mean[1] < 0.2


def test_of_two_looks_the_better_one_counts():
    blind = Glance(np.zeros((5, 10), np.float32), np.array([0.125, 0.125], np.float32))
    line = [quad(20, 14, 60, 26)]
    support = SecondLook([], [blind, answer()]).support(line)
    assert support.mean == pytest.approx([0.8], abs=0.02)
    assert support.most == pytest.approx([0.8])
    assert SecondLook([], [blind]).support(line).most.tolist() == [0]


def test_lines_beyond_the_page_and_no_lines_at_all():
    support = SecondLook([], [answer()]).support([quad(-40, -40, 200, -10), quad(70, 30, 200, 90)])
    assert support.most.tolist() == [0, 0]
    for look in (SecondLook([], [answer()]), SecondLook([], [])):
        assert look.support([]).mean.tolist() == []
    assert SecondLook([], []).support([quad(0, 0, 9, 9)]).most.tolist() == [0]


def test_the_whole_core_is_looked_at():
    cells = np.zeros((30, 40), np.float32)
    cells[13, :] = 1  # 0.35 of the way down the line
    thin = SecondLook([], [Glance(cells, np.ones(2, np.float32))]).support([quad(0, 10, 40, 20)])
    assert thin.mean == pytest.approx([1 / 3], abs=0.01)
    cells[:], cells[:, 39] = 0, 1
    assert SecondLook([], [Glance(cells, np.ones(2, np.float32))]).support([quad(0, 10, 40, 20)]).most == [1]
