"""Replicas behind a balancer, with or without an autoscaler, from the first request to the last."""

from collections import OrderedDict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray

from deploy.simulation.arrivals import Rate, arrivals
from deploy.simulation.autoscaler import SYNC_S, Autoscaler, Policy, Signal
from deploy.simulation.replica import Figures, Limits, Replica, Request
from deploy.simulation.service_times import ServiceTimes

Steps = Generator[simpy.Event, None, None]
"""What simpy calls a process."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What comes."""

    rate: Rate
    highest: float
    """Requests a second that `rate` never exceeds."""

    seconds: float
    repeats: float = 0.0
    """Share of the requests whose picture somebody has sent, or will send, as well."""

    pictures: int = 20_000
    """How many such pictures there are; their popularity falls as their rank (Zipf)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is there to answer."""

    times: ServiceTimes
    replicas: int = 1
    """At the begin."""

    limits: Limits = field(default_factory=Limits)
    policy: Policy | None = None
    """None for a fixed number of replicas."""

    pod_start: float = 20.0
    """Seconds from the decision for a replica to its process: scheduling, the image, the container."""

    shared_cache: bool = False
    """Whether the replicas share one cache, such as Redis."""


@dataclass(slots=True)
class Outcome:
    """What became of it."""

    arrived: int = 0
    answered: list[Request] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    """Moments of refusals."""

    timeline: list[tuple[float, int, int]] = field(default_factory=list)
    """(seconds, ready replicas, all replicas) at each decision."""

    replica_seconds: float = 0.0
    """Of all replicas, from the decision for them on; what is paid."""

    unanswered: int = 0
    """Requests in the replicas at the end; 0, because they are waited for."""

    def latencies(self) -> NDArray[np.float64]:
        """Return the seconds from arrival to answer, (N,) float64, in the order of the answers."""
        return np.array([request.finished - request.arrived for request in self.answered])

    def percentile(self, share: float) -> float:
        """Return the latency below which `share` of 0 to 1 of the answers are, seconds."""
        return float(np.quantile(self.latencies(), share)) if self.answered else 0.0

    @property
    def refused_share(self) -> float:
        """Refused requests to all."""
        return len(self.refused) / max(1, len(self.refused) + len(self.answered))


def simulate(traffic: Traffic, setup: Setup, seed: int = 0) -> Outcome:
    """Return what becomes of `traffic`; the same for the same seed."""
    return _Cluster(traffic, setup, np.random.default_rng(seed)).run()


class _Cluster:
    """The balancer and all behind it. It takes the less loaded of two random replicas: Envoy's LEAST_REQUEST."""

    def __init__(self, traffic: Traffic, setup: Setup, random: np.random.Generator) -> None:
        self._traffic, self._setup, self._random = traffic, setup, random
        self._env = simpy.Environment()
        self._outcome = Outcome()
        self._shared: OrderedDict[int, None] | None = OrderedDict() if setup.shared_cache else None
        self._ready = [self._new() for _ in range(setup.replicas)]
        self._starting = 0
        self._leaving: list[Replica] = []

    def run(self) -> Outcome:
        """Let all requests come, and wait for all answers."""
        env, outcome = self._env, self._outcome
        source = env.process(self._arrive())
        env.process(self._watch())
        env.run(until=source)
        while any(replica.held for replica in [*self._ready, *self._leaving]):
            env.run(until=env.now + 1.0)
        self._collect()
        outcome.unanswered = sum(replica.held for replica in [*self._ready, *self._leaving])
        return outcome

    def _new(self) -> Replica:
        return Replica(self._env, self._setup.times, self._setup.limits, self._shared)

    def _arrive(self) -> Steps:
        env, traffic, outcome = self._env, self._traffic, self._outcome
        requests = _requests(traffic, self._setup.times, self._random)
        for request in requests:
            yield env.timeout(request.arrived - env.now)
            outcome.arrived += 1
            if not self._route().offer(request):
                outcome.refused.append(request.arrived)

    def _route(self) -> Replica:
        ready = self._ready
        if len(ready) == 1:
            return ready[0]
        one, other = self._random.random(2) * len(ready)
        first, second = ready[int(one)], ready[int(other)]
        return first if first.held <= second.held else second

    def _watch(self) -> Steps:
        """Look at the signals, decide, and count what is paid, for as long as requests come."""
        env, setup, outcome = self._env, self._setup, self._outcome
        scaler = Autoscaler(setup.policy) if setup.policy else None
        while True:
            replicas = len(self._ready) + self._starting
            outcome.timeline.append((env.now, len(self._ready), replicas))
            span = min(SYNC_S, self._traffic.seconds - env.now)
            if span <= 0:
                return
            yield env.timeout(span)
            outcome.replica_seconds += span * (len(self._ready) + self._starting)
            figures = [replica.look() for replica in self._ready]
            self._collect()
            if scaler:
                values = _signals(figures, span, setup.times.threads)
                self._scale(scaler.decide(env.now, values, len(self._ready), replicas) - replicas)

    def _scale(self, change: int) -> None:
        for _ in range(change):
            self._starting += 1
            self._env.process(self._start())
        for _ in range(min(-change, len(self._ready) - 1)):
            # it answers what it has, and gets no more
            self._leaving.append(self._ready.pop())

    def _start(self) -> Steps:
        yield self._env.timeout(self._setup.pod_start + self._setup.times.start)
        self._starting -= 1
        self._ready.append(self._new())

    def _collect(self) -> None:
        for replica in [*self._ready, *self._leaving]:
            self._outcome.answered += replica.finished
            replica.finished = []
        self._leaving = [replica for replica in self._leaving if replica.held]


def _signals(figures: list[Figures], span: float, threads: int) -> dict[Signal, float]:
    """Return each signal as its mean over replicas that were looked at for `span` seconds."""
    return {
        "cpu": float(np.mean([each.busy for each in figures])) / span / threads,
        "in-flight": float(np.mean([each.held for each in figures])) / span,
        "queue-wait": float(np.mean([each.waited / each.begun if each.begun else 0.0 for each in figures])),
    }


def _requests(traffic: Traffic, times: ServiceTimes, random: np.random.Generator) -> Iterator[Request]:
    """Yield the requests in the order in which they arrive."""
    readings = np.array(times.readings)
    popularity = np.cumsum(1 / np.arange(1, traffic.pictures + 1))
    popularity /= popularity[-1]
    block = 1024
    work: list[float] = []
    images: list[int] = []
    for moment in arrivals(traffic.rate, traffic.highest, traffic.seconds, random):
        if not work:
            work = random.choice(readings, block).tolist()
            images = np.searchsorted(popularity, random.random(block)).tolist() if traffic.repeats else [-1] * block
            alone = random.random(block) >= traffic.repeats
            images = [-1 if lonely else image for lonely, image in zip(alone, images, strict=True)]
        yield Request(moment, work.pop(), images.pop())
