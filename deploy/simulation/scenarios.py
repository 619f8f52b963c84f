"""What is asked of the model: how many replicas a rate needs, and which signal scales best in which weather."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from deploy.simulation.arrivals import batch, day, flash_crowd, steady
from deploy.simulation.autoscaler import Policy, Target
from deploy.simulation.cluster import Outcome, Setup, Traffic, simulate
from deploy.simulation.replica import Limits
from deploy.simulation.service_times import ServiceTimes

RATES = (10, 30, 100, 300, 1_000, 3_000, 10_000)
"""Requests a second of the plan."""

REQUESTS, SECONDS = 40_000, 15.0
"""Least length of one run of the plan: a lower rate takes longer, and a higher one has more requests."""

SETTLED = 0.2
"""Part of a run after which the replicas, idle at the begin, are as they will be."""

FEWEST, MOST = 2, 20
"""Replicas of deploy/kubernetes/base/service/autoscaler.yaml."""

QUEUE = 32
"""OCR_QUEUE of deploy/kubernetes/base/service/deployment.yaml."""

HOUR = 3600.0
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many replicas a rate needs."""

    rate: float
    replicas: int
    p99: float
    """Seconds."""

    utilisation: float
    """Busy share of the threads."""

    dollars: float
    """For a million requests."""


def plan(times: ServiceTimes, rate: float, p99: float, dollars_an_hour: float) -> Plan:
    """Return the smallest number of replicas that answers `rate` requests a second within `p99` seconds.

    Args:
        times: of a replica.
        rate: steady.
        p99: seconds within which 99 of 100 answers come; nothing may be refused either.
        dollars_an_hour: price of a replica.

    Raises `ValueError` where no number of replicas would do.
    """
    alone = float(np.quantile(times.readings, 0.99)) + times.overhead
    if alone > p99:
        raise ValueError(
            f"1 in 100 readings takes {alone:.2f} s alone; no number of replicas answers within {p99} s."
        )
    least = max(1, math.ceil(rate / times.capacity))
    low, high = least, 2 * least + 4
    outcomes: dict[int, Outcome] = {}
    while low < high:
        middle = (low + high) // 2
        outcomes[middle] = _steady(times, rate, middle)
        if _p99(outcomes[middle]) <= p99 and not outcomes[middle].refused:
            high = middle
        else:
            low = middle + 1
    outcome = outcomes.get(low) or _steady(times, rate, low)
    if _p99(outcome) > p99 or outcome.refused:
        raise ValueError(f"Not even {low} replicas answer {rate:,.0f} requests a second within {p99} s.")
    work = float(np.mean(times.readings)) * times.stretch[-1]
    return Plan(
        rate,
        low,
        _p99(outcome),
        rate * work / (low * times.threads),
        low * dollars_an_hour / HOUR / rate * 1e6,
    )


def _steady(times: ServiceTimes, rate: float, replicas: int) -> Outcome:
    seconds = max(SECONDS, REQUESTS / rate)
    return simulate(Traffic(steady(rate), rate, seconds), Setup(times, replicas, Limits(queue=QUEUE)))


def _p99(outcome: Outcome) -> float:
    """Return the seconds within which 99 of 100 requests were answered that came when all had settled."""
    return float(np.quantile(outcome.latencies()[int(SETTLED * len(outcome.answered)) :], 0.99))


def policies(times: ServiceTimes) -> dict[str, Policy]:
    """Return the signals that are compared, by name; the last one is what deploy/kubernetes ships."""
    one_waits = float(times.threads + 1)
    cpu: Target = ("cpu", 0.7)
    held: Target = ("in-flight", one_waits)
    wait: Target = ("queue-wait", 0.05)
    return {
        "CPU 70 %": Policy((cpu,), FEWEST, MOST),
        f"in-flight {one_waits:g}": Policy((held,), FEWEST, MOST),
        "queue wait 50 ms": Policy((wait,), FEWEST, MOST),
        f"CPU 70 % and in-flight {one_waits:g}": Policy((cpu, held), FEWEST, MOST),
    }


def weathers(times: ServiceTimes, replicas: int = 3) -> dict[str, Traffic]:
    """Return the kinds of traffic, sized for `replicas` at their quietest."""
    rate = 0.6 * replicas * times.capacity
    return {
        "day": Traffic(day(2.5 * rate, HOUR), 2.5 * rate, HOUR),
        "flash crowd": Traffic(flash_crowd(rate, 5, 5 * MINUTE, 5 * MINUTE), 5 * rate, 20 * MINUTE),
        "batch": Traffic(batch(rate, 3 * rate, 10 * MINUTE, 2 * MINUTE), 4 * rate, 20 * MINUTE),
    }


@dataclass(frozen=True, slots=True)
class Trial:
    """How a signal fared in a weather."""

    weather: str
    signal: str
    outcomes: tuple[Outcome, ...]
    """One for each seed."""

    def median(self, figure: Callable[[Outcome], float]) -> float:
        """Return the median of a figure over the seeds."""
        return float(np.median([figure(outcome) for outcome in self.outcomes]))


def replica_hours(outcome: Outcome) -> float:
    """Return what is paid."""
    return outcome.replica_seconds / HOUR


def most_replicas(outcome: Outcome) -> int:
    """Return the largest number of replicas."""
    return max(replicas for _, _, replicas in outcome.timeline)


def changes(outcome: Outcome) -> int:
    """Return how many decisions changed the number of replicas."""
    return sum(one[2] != other[2] for one, other in pairwise(outcome.timeline))


def trials(times: ServiceTimes, pod_start: float, seeds: int, names: list[str] | None = None) -> list[Trial]:
    """Return every signal in every weather, or in those of `names`.

    Args:
        times: of a replica.
        pod_start: seconds from the decision for a replica to its process.
        seeds: how often each is tried; the long day has but one.
        names: kinds of traffic, or None for all.
    """
    setup = Setup(times, 3, Limits(queue=QUEUE), pod_start=pod_start)
    return [
        Trial(
            weather,
            signal,
            tuple(
                simulate(traffic, replace(setup, policy=policy), seed)
                for seed in range(1 if weather == "day" else seeds)
            ),
        )
        for weather, traffic in weathers(times).items()
        if names is None or weather in names
        for signal, policy in policies(times).items()
    ]
