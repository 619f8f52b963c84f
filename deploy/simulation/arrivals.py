"""When requests come: Poisson processes whose rate changes with time."""

import math
from collections.abc import Callable, Iterator

import numpy as np

Rate = Callable[[float], float]
"""Seconds since the begin -> requests a second."""


def steady(rate: float) -> Rate:
    """Return a rate that stays as it is."""
    return lambda _: rate


def day(peak: float, seconds: float, lowest: float = 0.15) -> Rate:
    """Return the curve of a day in `seconds`: from `lowest` of the peak at night up to the peak and down."""
    middle, half = (1 + lowest) / 2, (1 - lowest) / 2
    return lambda time: peak * (middle - half * math.cos(2 * math.pi * time / seconds))


def flash_crowd(rate: float, factor: float, begin: float, length: float, rise: float = 10.0) -> Rate:
    """Return `rate` that grows to `factor` times as much within `rise` seconds of `begin`, for `length` seconds."""

    def at(time: float) -> float:
        up = min(1.0, max(0.0, (time - begin) / rise))
        down = min(1.0, max(0.0, (time - begin - length) / rise))
        return rate * (1 + (factor - 1) * (up - down))

    return at


def batch(rate: float, extra: float, every: float, length: float) -> Rate:
    """Return `rate` with `extra` requests a second on top for `length` seconds out of `every`, as a job does."""
    return lambda time: rate + (extra if time % every >= every - length else 0.0)


def arrivals(rate: Rate, highest: float, until: float, random: np.random.Generator) -> Iterator[float]:
    """Yield the moments of arrival, by thinning (Lewis and Shedler 1979).

    Args:
        rate: never above `highest`.
        highest: requests a second.
        until: seconds; none comes later.
        random: draws the gaps.
    """
    time = 0.0
    while True:
        gaps = random.exponential(1 / highest, 1024)
        kept = random.random(1024) * highest
        for gap, level in zip(gaps.tolist(), kept.tolist(), strict=True):
            time += gap
            if time >= until:
                return
            if level < rate(time):
                yield time
