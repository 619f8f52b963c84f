"""The HorizontalPodAutoscaler of Kubernetes: signals in, replicas out.

Source: Kubernetes, "Horizontal Pod Autoscaling", algorithm details and the default behaviour of autoscaling/v2.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

Signal = Literal["cpu", "in-flight", "queue-wait"]
Target = tuple[Signal, float]

TOLERANCE = 0.1
"""Changes of a signal that are looked over."""

MINUTE_S = 60.0
SYNC_S = 15.0
"""Seconds between two decisions; signals are as old, because they are scraped as often."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a HorizontalPodAutoscaler is given."""

    targets: tuple[Target, ...]
    """cpu: busy share of the threads; in-flight: requests a replica holds; queue-wait: mean seconds."""

    lowest: int = 1
    highest: int = 1000
    calm_down: float = 300.0
    """Stabilisation window for fewer replicas, seconds."""

    growth: float = 1.0
    """By which part of themselves replicas may grow in one decision; at least 4 are always allowed."""

    shrinkage: float = 0.25
    """By which part of themselves replicas may shrink within a minute; at least 1 is always allowed."""

    @property
    def name(self) -> str:
        """The signals, for people."""
        return " + ".join(signal for signal, _ in self.targets)


class Autoscaler:
    """Decides every `SYNC_S` seconds; takes the signal that asks for most."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._wanted: deque[tuple[float, int]] = deque()
        self._had: deque[tuple[float, int]] = deque()

    def decide(self, now: float, values: dict[Signal, float], ready: int, replicas: int) -> int:
        """Return how many replicas there shall be.

        Args:
            now: seconds.
            values: each signal, as its mean over the ready replicas.
            ready: replicas that answer.
            replicas: all of them, those that are being started included.
        """
        policy = self._policy
        wanted = max(self._wanted_by(values[signal], target, ready, replicas) for signal, target in policy.targets)
        wanted = min(wanted, max(replicas + 4, math.ceil(replicas * (1 + policy.growth))))
        wanted = min(policy.highest, max(policy.lowest, wanted))
        self._wanted.append((now, wanted))
        while self._wanted[0][0] < now - policy.calm_down:
            self._wanted.popleft()
        self._had.append((now, replicas))
        while self._had[0][0] < now - MINUTE_S:
            self._had.popleft()
        if wanted >= replicas:
            return wanted
        most = max(number for _, number in self._had)
        floor = min(most - 1, math.floor(most * (1 - policy.shrinkage)))
        return min(replicas, max(floor, *(number for _, number in self._wanted)))

    @staticmethod
    def _wanted_by(value: float, target: float, ready: int, replicas: int) -> int:
        # replicas that are not ready count as idle if there shall be more, and not at all if there shall be fewer
        share = value / target
        if share > 1:
            share = max(1.0, share * ready / replicas)
        return replicas if abs(share - 1) <= TOLERANCE else math.ceil(share * replicas)
