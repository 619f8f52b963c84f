"""Words that hang askew: they lean, stay whole, and are cut out upright."""

import random

import numpy as np
import pytest

from training import askew
from training.askew import LONGEST, hung_askew


@pytest.fixture
def word():
    """A bar that is four times as long as the print is high, with a stem at its left end."""
    ink = np.zeros((40, 140), np.float32)
    ink[24:30, 10:130] = ink[6:30, 10:16] = 1
    return ink


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(askew, "ASKEW_SHARE", 1.0)


def slope_of(ink):
    """Degrees by which the bar rises to the right."""
    columns = np.flatnonzero((ink > 0.5).any(axis=0))
    columns = columns[len(columns) // 4 :]  # without the stem
    rows = [np.flatnonzero(ink[:, column] > 0.5).mean() for column in columns]
    return -np.degrees(np.arctan(np.polyfit(columns, rows, 1)[0]))


@pytest.mark.parametrize("seed", range(30))
def test_the_crop_is_upright_and_holds_all_ink(word, always, seed):
    hung = hung_askew(word, random.Random(seed))
    assert hung.dtype == np.float32
    assert 0 <= hung.min() <= hung.max() <= 1.001
    assert hung.sum() > 0.5 * word.sum()  # what recedes is smaller; nothing is cut off
    assert max(hung[0].max(), hung[-1].max(), hung[:, 0].max(), hung[:, -1].max()) <= 0.5
    margins = [np.flatnonzero((hung > 0.5).any(axis=axis)) for axis in (0, 1)]
    assert all(inked[0] <= 0.3 * len(inked) + 1 for inked in margins)


def test_words_lean_both_ways_and_no_farther_than_they_should(word, always, monkeypatch):
    monkeypatch.setattr(askew, "ARCHED_SHARE", 0.0)
    monkeypatch.setattr(askew, "FAR_SHARE", 0.0)
    slopes = [slope_of(hung_askew(word, random.Random(seed))) for seed in range(60)]
    assert min(slopes) < -8
    assert max(slopes) > 8
    assert np.abs(slopes).max() < askew.LARGEST_TURN + 1.5


def test_long_lines_stay_as_they_are(always):
    line = np.ones((10, int(10 * LONGEST) + 1), np.float32)
    assert hung_askew(line, random.Random(0)) is line


def test_blank_paper_stays_blank(always):
    assert not hung_askew(np.zeros((20, 60), np.float32), random.Random(0)).any()
