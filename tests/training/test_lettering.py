"""Letters of signs and posters: what a person tells from the ground stays to be told."""

import random

import numpy as np
import pytest

from training.lettering import hollow, lettered, outlined, raised, shadowed


@pytest.fixture
def ink():
    ink = np.zeros((40, 120), np.float32)
    ink[8:32, 20:28] = ink[8:32, 60:100] = 1
    return ink


def edges_of(grey):
    """Steps between neighbours along the middle row, at the sides of the first stroke."""
    return np.abs(np.diff(grey[20].astype(np.float32)))[10:40]


@pytest.mark.parametrize("kind", [outlined, hollow, shadowed, raised])
@pytest.mark.parametrize("seed", range(30))
def test_strokes_are_told_from_the_ground(ink, kind, seed):
    grey = kind(ink, random.Random(seed))
    assert grey.shape == ink.shape
    assert grey.dtype == np.float32
    assert edges_of(grey).max() > 25
    assert np.ptp(grey[:4, :4]) < 1  # far from the letters is the ground alone


def test_hollow_letters_are_the_ground_inside(ink):
    for seed in range(20):
        grey = hollow(ink, random.Random(seed))
        assert abs(grey[20, 80] - grey[2, 2]) < 26


def test_every_kind_comes(ink):
    rng = random.Random(0)
    assert len({round(float(lettered(ink, rng).std()), 3) for _ in range(8)}) == 8
