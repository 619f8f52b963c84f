"""Arithmetic on raw samples: percentiles and slopes. Pure functions."""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that at least `share` of them, 0-1, do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("There is no percentile of nothing.")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median of the slopes between any two of `points` (x, y), 0.0 for fewer than two.

    The estimator of Theil and Sen: a single step, such as a buffer that is allocated once, leaves it
    near zero, where a least-squares line would tilt.
    """
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2) if x1 != x0]
    return median(slopes) if slopes else 0.0
