"""What a load consists of, one stage after the other, and when requests of an open loop are due. Pure functions.

Closed loop: a number of users, each of whom waits for an answer before sending again. Open loop: requests arrive
at a rate, whatever becomes of them (Schroeder, Wierman, Harchol-Balter: Open Versus Closed, NSDI 2006).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

SPIKE_CALM_SHARE = 0.2
"""Users after a spike, as a share of those of the spike."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A time with the same load."""

    name: str
    seconds: float
    users: int = 0
    """Of a closed loop; 0 is a rest."""

    rate: float = 0.0
    """Requests a second of an open loop; 0 for a closed one."""

    settle: float = 1.0
    """Seconds at the beginning that are not measured."""

    @property
    def measured(self) -> bool:
        """Whether its figures are wanted."""
        return (self.users > 0 or self.rate > 0) and self.settle < self.seconds


def steps(levels: Sequence[int], seconds: float, settle: float = 1.0) -> list[Stage]:
    """Return a closed loop with each number of users for `seconds` after `settle` seconds that do not count."""
    return [Stage(f"{users} user{'s' * (users > 1)}", settle + seconds, users, settle=settle) for users in levels]


def spike(users: int, seconds: float) -> list[Stage]:
    """Return `seconds` of `users` at once, and a calm time in which the service recovers."""
    calm = max(1, round(users * SPIKE_CALM_SHARE))
    return [
        Stage(f"spike of {users} users", seconds, users, settle=0.0),
        Stage("after the spike", 2.0, calm, settle=0.0),
    ]


def soak(users: int, seconds: float) -> list[Stage]:
    """Return one long stage, whose memory is of interest."""
    return [Stage(f"soak with {users} users", seconds, users, settle=min(10.0, seconds / 10))]


def arrivals(rates: Sequence[float], seconds: float, settle: float = 1.0) -> list[Stage]:
    """Return an open loop with each rate of requests a second."""
    return [Stage(f"{rate:g}/s", settle + seconds, rate=rate, settle=settle) for rate in rates]


def due_times(rate: float, seconds: float, seed: int) -> list[float]:
    """Return when the requests of a Poisson process are due: seconds from the start, ascending, below `seconds`."""
    rng = random.Random(seed)
    due: list[float] = []
    now = rng.expovariate(rate)
    while now < seconds:
        due.append(now)
        now += rng.expovariate(rate)
    return due
