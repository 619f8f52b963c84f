"""How certain a figure is: bootstrap over repeats, ratios of paired repeats, and a test of equivalence.

A repeat is one measurement, however many requests it holds: requests of one run share its luck.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

RESAMPLES = 2000
SEED = 20240117
MARGIN = 0.05
"""Ratios within 1 / 1.05 to 1.05 count as equal."""

CONFIDENCE = 0.95

Answer = Literal["equal", "more", "less", "undecided"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over repeats with its 95 % interval."""

    value: float
    low: float
    high: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of one arm to that of another, over paired repeats."""

    value: float
    """Geometric mean of the ratios."""

    low: float
    high: float
    """95 % interval by Student's t on the logarithms; infinite for fewer than two pairs."""

    answer: Answer
    """`equal`: the 90 % interval lies within the margin, which is the two one-sided tests (Schuirmann 1987) at 5 %.
    `more`, `less`: the 95 % interval leaves out 1."""

    repeats: int


def spread(values: Sequence[float]) -> Spread:
    """Return the mean of `values`, one for each repeat, with the 95 % percentile interval of its bootstrap.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("There is no mean of nothing.")
    sample = np.asarray(values, float)
    draws = np.random.default_rng(SEED).choice(sample, (RESAMPLES, len(sample))).mean(axis=1)
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Spread(float(sample.mean()), float(low), float(high), len(sample))


def ratio(ours: Sequence[float], theirs: Sequence[float], margin: float = MARGIN) -> Ratio:
    """Return `ours` to `theirs`; both hold one positive number for each repeat, in the same order.

    Raises:
        ValueError: the lengths differ, there is nothing, or a number is not above 0.
    """
    if len(ours) != len(theirs) or not ours or min(*ours, *theirs) <= 0:
        raise ValueError("A ratio needs as many positive numbers on both sides.")
    logs = np.log(np.asarray(ours, float) / np.asarray(theirs, float))
    center, count = float(logs.mean()), len(logs)
    if count < 2:
        return Ratio(math.exp(center), 0.0, math.inf, "undecided", count)
    error = float(logs.std(ddof=1)) / math.sqrt(count)
    wide, narrow = (float(stats.t.ppf(share, count - 1)) * error for share in (0.975, 0.95))
    bound = math.log1p(margin)
    answer: Answer = "undecided"
    if abs(center) + narrow < bound:
        answer = "equal"
    elif center - wide > 0:
        answer = "more"
    elif center + wide < 0:
        answer = "less"
    return Ratio(math.exp(center), math.exp(center - wide), math.exp(center + wide), answer, count)
