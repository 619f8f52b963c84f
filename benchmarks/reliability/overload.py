"""More than it can do: open-loop arrivals at 150 % of the measured capacity, and nobody waits for the others."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.reliability.bars import Bar
from benchmarks.reliability.client import Connection, Reply, answers_alone, closed_loop, content, upload
from benchmarks.reliability.service import running
from locustfiles.figures import percentile
from locustfiles.samples import Sample, draw_samples

FACTOR = 1.5
PROBE = "benchmarks.reliability.probe"
CAPACITY_CLIENTS = 6
"""Enough that a reading is always waiting."""

DEADLINE_MS = 10_000
MAX_CONNECTIONS = 400
SEED = 5


@dataclass(slots=True)
class Arrivals:
    """What an open loop saw."""

    replies: list[tuple[str, Reply]] = field(default_factory=list)
    skipped: int = 0
    """Arrivals that found no free connection: the load generator itself was too slow."""

    seconds: float = 0.0
    """From the first arrival to the last answer: what waited at the end of the arrivals is answered behind it."""


def overload(name: str, seconds: float) -> list[Bar]:
    """Return the bars of one service under `seconds` of overload, beside its capacity just before and after."""
    samples = draw_samples()
    with running(name) as service:
        truth = asyncio.run(answers_alone(service.host, samples))
        with _probed(service.host):
            before = asyncio.run(_capacity(service.host, samples, seconds / 4))
        with _probed(service.host) as health:
            arrivals = asyncio.run(_open_loop(service.host, samples, before * FACTOR, seconds))
        with _probed(service.host):
            after = asyncio.run(_capacity(service.host, samples, seconds / 4))
    capacity = (before + after) / 2
    answered = [(sample, reply) for sample, reply in arrivals.replies if reply.status == 200]
    statuses = Counter(reply.status for _, reply in arrivals.replies)
    print(f"  {name}: capacity {before:.1f}/s and {after:.1f}/s, statuses {dict(statuses)}")
    print(f"  {name}: {arrivals.seconds:.1f} s, skipped {arrivals.skipped}")
    wrong = sum(content(reply.body) != truth[sample] for sample, reply in answered)
    refused = [reply.seconds * 1e3 for _, reply in arrivals.replies if reply.status == 503]
    rate = len(answered) / arrivals.seconds
    return [
        Bar("overload: answers a second / capacity", rate / capacity, 0.9, at_most=False),
        Bar("overload: wrong answers", wrong, 0),
        Bar("overload: answers after their deadline", sum(r.seconds * 1e3 > DEADLINE_MS for _, r in answered), 0),
        Bar("overload: neither 200 nor 503", len(arrivals.replies) - statuses[200] - statuses[503], 0),
        Bar("overload: P99 of GET /healthz", percentile(health, 0.99), 50, unit=" ms"),
        Bar("overload: failed GET /healthz", sum(ms < 0 for ms in health), 0),
        Bar("overload: P99 of a refusal", percentile(refused or [0.0], 0.99), 50, unit=" ms"),
    ]


@contextmanager
def _probed(host: str) -> Iterator[list[float]]:
    """Yield a list that has the milliseconds of all GET /healthz in the end; they cost the same in all phases."""
    times: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", PROBE, f"{host}/healthz"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as probe:
        yield times
        times += json.loads(probe.communicate()[0])


async def _capacity(host: str, samples: list[Sample], seconds: float) -> float:
    """Return the answers a second of a closed loop."""
    started = time.monotonic()
    requests = _mixed([(sample.name, upload(sample)) for sample in samples])
    replies = await closed_loop(
        host, CAPACITY_CLIENTS, lambda: next(requests), lambda: time.monotonic() < started + seconds
    )
    return sum(reply.status == 200 for _, reply in replies) / (time.monotonic() - started)


def _mixed(requests: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield all `requests` in random order, again and again: each as often as any other, whatever the time."""
    rng = random.Random(SEED)
    while True:
        yield from rng.sample(requests, len(requests))


async def _open_loop(host: str, samples: list[Sample], rate: float, seconds: float) -> Arrivals:
    """Send `rate` requests a second, at random moments (a Poisson process), whatever becomes of them."""
    rng = random.Random(SEED)
    requests = _mixed([(sample.name, upload(sample, DEADLINE_MS)) for sample in samples])
    free = [Connection(host) for _ in range(MAX_CONNECTIONS)]
    arrivals, tasks = Arrivals(), set()

    async def send(connection: Connection, name: str, request: bytes) -> None:
        arrivals.replies.append((name, await connection.send(request)))
        free.append(connection)

    started = due = time.monotonic()
    while (due := due + rng.expovariate(rate)) < started + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if not free:
            arrivals.skipped += 1
            continue
        task = asyncio.create_task(send(free.pop(), *next(requests)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    arrivals.seconds = time.monotonic() - started
    for connection in free:
        connection.close()
    return arrivals
