"""What a second finder adds to a page, and takes from it, before it is known which side is up."""

from functools import partial

import numpy as np
import pytest
from stand_ins import FixedDetector, Views, quad, view

from ocr_core.detector import Found
from ocr_core.line_support import Glance, SecondLook
from ocr_core.orientation import upright
from ocr_core.page_view import PageView


def test_what_was_seen_of_a_line_stays_with_it_where_others_turn_out_to_be_none():
    gray = np.full((60, 100), 40, np.uint8)
    gray[40:] = 250
    texture, line = quad(0, 0, 100, 20), quad(0, 40, 90, 60)
    seen = np.zeros((60, 100), np.float32)
    seen[40:] = 1
    looks = []

    def second(first):
        looks.append(len(first))
        return SecondLook([line], [Glance(seen, np.ones(2, np.float32))])

    view = PageView(gray, 0, Found([texture, line], []), Views(), second=second)
    assert view.sureness() == pytest.approx((40 + 250) / 2 / 255)
    view.look_again()
    view.look_again()
    assert looks == [2]
    assert len(view.quads) == 1
    assert view.sureness() == pytest.approx(250 / 255)


def test_lines_that_run_sideways_do_not_tell_which_side_is_up():
    # one that runs down is cut out lying, and is read from either side of the page
    gray = np.full((200, 100), 250, np.uint8)
    down = np.roll(quad(0, 0, 20, 200), -1, axis=0)
    view = PageView(gray, 0, Found([], []), Views(), second=partial(FixedDetector(down).detect_beside, gray))
    view.look_again()
    assert len(view.quads) == 1
    assert view.sureness() == 0.0


def looks_from(second, up=100, left=90):
    """Return the quarter turns of the pages on which `second` looked, and the one that is taken for upright."""
    looked = []

    def page_at(turns):
        def counted(first):
            looked.append(turns)
            return second(first)

        seen = view({0: up, 1: left}.get(turns, 60), turns)
        return PageView(seen.gray, turns, Found(seen.quads, []), Views(), second=counted)

    turns = upright(page_at(0), page_at, lambda: None).turns
    return looked, turns


def test_the_second_finder_looks_from_the_side_only_where_little_is_read():
    def nothing_new(first):
        return SecondLook([], [Glance(np.ones((1, 1), np.float32), np.zeros(2, np.float32))])

    assert looks_from(nothing_new, up=250) == ([], 0)
    assert looks_from(nothing_new, up=0.85 * 255) == ([0], 0)
    assert looks_from(nothing_new, up=0.7 * 255) == ([0, 1], 0)


def test_a_page_on_which_the_second_finder_sees_nothing_is_looked_at_from_its_sides_all_the_same():
    def blind(first):
        return SecondLook([], [Glance(np.zeros((1, 1), np.float32), np.zeros(2, np.float32))])

    looked, _ = looks_from(blind)
    assert looked == [0, 1]


def test_a_blank_page_is_looked_at_once():
    def look(turns):
        raise AssertionError("there is nothing to turn")

    blank = PageView(np.full((20, 100), 255, np.uint8), 0, Found([], []), Views())
    assert upright(blank, look, lambda: None) is blank
