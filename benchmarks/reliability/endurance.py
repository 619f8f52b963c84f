"""Many at once and for long: every answer is the one that a single user gets, and memory stays where it is."""

import asyncio
import bisect
import random
import threading
import time

from benchmarks.reliability.bars import Bar
from benchmarks.reliability.client import Reply, answers_alone, closed_loop, content, upload
from benchmarks.reliability.service import Service, running
from locustfiles.figures import slope
from locustfiles.samples import Sample, draw_samples

CLIENTS = 50
SOAK_CLIENTS = 20
WARM_UP = 1000
"""Requests of a soak after which memory is judged, half of them in a short one: until then each of the heaps that
glibc has for threads grows to what readings of the largest sizes leave in it."""

SEED = 6


def correct_under_load(name: str, requests: int) -> list[Bar]:
    """Return how many of `requests` of 50 clients differ from the answer of a single one."""
    samples = draw_samples()
    with running(name) as service:
        truth = asyncio.run(answers_alone(service.host, samples))
        replies = asyncio.run(_load(service.host, samples, CLIENTS, requests, []))
    differences = sum(reply.status != 200 or content(reply.body) != truth[sample] for sample, reply in replies)
    return [
        Bar("50 clients: answers that differ from those of a single user", differences, 0),
        Bar("50 clients: requests", len(replies), requests, at_most=False),
    ]


def soak(name: str, requests: int) -> list[Bar]:
    """Return how memory fares over `requests` mixed requests of 20 clients."""
    samples = draw_samples()
    with running(name) as service:
        counted: list[float] = []
        watch = _Watch(service)
        with watch:
            replies = asyncio.run(_load(service.host, samples, SOAK_CLIENTS, requests, counted))
        points = [(_requests_until(counted, moment), mib) for moment, mib in watch.samples]
    judged = [(count / 1000, mib) for count, mib in points if count >= min(WARM_UP, requests // 2)]
    print(f"  {name}: {judged[0][1]:.0f} -> {judged[-1][1]:.0f} MiB, most {max(mib for _, mib in points):.0f}")
    return [
        Bar(
            "soak: growth of memory in 1,000 requests", slope(judged[:: max(1, len(judged) // 400)]), 1, unit=" MiB"
        ),
        Bar("soak: most memory with 20 clients", max(mib for _, mib in points), 350, unit=" MiB"),
        Bar("soak: requests without an answer", sum(reply.status != 200 for _, reply in replies), 0),
        Bar("soak: requests", len(replies), requests, at_most=False),
    ]


class _Watch:
    """Samples the memory of a service, twice a second."""

    def __init__(self, service: Service) -> None:
        self.samples: list[tuple[float, float]] = []
        self._service, self._done = service, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(0.5):
            self.samples.append((time.monotonic(), self._service.memory()))


async def _load(
    host: str, samples: list[Sample], clients: int, requests: int, sent: list[float]
) -> list[tuple[str, Reply]]:
    """Return (name, reply) of `requests` requests; the moments at which they were sent go into `sent`."""
    rng = random.Random(SEED)
    made = [(sample.name, upload(sample)) for sample in samples]

    def choose() -> tuple[str, bytes]:
        sent.append(time.monotonic())
        return rng.choice(made)

    return await closed_loop(host, clients, choose, lambda: len(sent) < requests)


def _requests_until(sent: list[float], moment: float) -> int:
    """Return how many requests had been sent by `moment`."""
    return bisect.bisect_right(sent, moment)
