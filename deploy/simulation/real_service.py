"""The real FastAPI service: measures what the model is fed with, and what the model's answers are held against."""

import asyncio
import json
import os
import random
import time
from datetime import UTC, datetime

import numpy as np

from benchmarks.reliability.client import Connection, upload
from benchmarks.reliability.service import running
from deploy.simulation.cluster import Outcome
from deploy.simulation.replica import Request
from deploy.simulation.service_times import ServiceTimes
from locustfiles.samples import draw_samples
from ocr_core.sizing import find_cpus

CONNECTIONS = 200
SEED = 11


def measure(threads: int, seconds: float, rounds: int) -> ServiceTimes:
    """Return the times of a service with `threads` readings at once.

    Args:
        threads: OCR_THREADS.
        seconds: of a round, for each number of clients from 1 to `threads`.
        rounds: of which the fastest counts: other work on the machine can only make readings longer.
    """
    load = os.getloadavg()[0]
    started = time.monotonic()
    with running("fastapi", OCR_THREADS=str(threads)) as service:
        start = time.monotonic() - started
        runs = [_fastest(service.host, clients, seconds, rounds) for clients in range(1, threads + 1)]
    with running("fastapi", OCR_THREADS=str(threads), OCR_CACHE_BYTES="10000000") as service:
        hits = asyncio.run(_closed(service.host, 1, min(seconds, 2.0), fresh=False))
    alone = [reading for reading, _ in runs[0]]
    overheads = [whole - reading for reading, whole in runs[0]]
    return ServiceTimes(
        readings=tuple(round(reading, 5) for reading in alone),
        stretch=tuple(round(_mean_reading(run) / _mean_reading(runs[0]), 4) for run in runs),
        overhead=round(float(np.median(overheads)), 5),
        hit=round(float(np.median([whole for _, whole in hits])), 5),
        start=round(start, 2),
        source=f"{datetime.now(UTC):%Y-%m-%d}, CPUs: {find_cpus()}, {len(alone)} readings of six drawn images, "
        f"other work on the machine (load average) {load:.1f}",
    )


def observe(threads: int, rate: float, seconds: float, deadline_ms: int) -> Outcome:
    """Return what becomes of Poisson arrivals at the real service, in the form of the model's outcome."""
    with running("fastapi", OCR_THREADS=str(threads)) as service:
        asyncio.run(_closed(service.host, threads, 1.0))  # the service has seen readings
        return asyncio.run(_open(service.host, rate, seconds, deadline_ms))


def _fastest(host: str, clients: int, seconds: float, rounds: int) -> list[tuple[float, float]]:
    return min((asyncio.run(_closed(host, clients, seconds)) for _ in range(rounds)), key=_mean_reading)


def _mean_reading(run: list[tuple[float, float]]) -> float:
    return float(np.mean([reading for reading, _ in run]))


async def _closed(host: str, clients: int, seconds: float, fresh: bool = True) -> list[tuple[float, float]]:
    """Return (seconds in a thread, seconds in all) of what `clients` send one after another."""
    samples = draw_samples()
    requests = [upload(sample) for sample in samples]
    if not fresh:
        requests = [request.replace(b"Cache-Control: no-store\r\n", b"") for request in requests]
    found: list[tuple[float, float]] = []
    ends = time.monotonic() + seconds

    async def client(number: int) -> None:
        connection = Connection(host)
        turn = number
        for request in requests:
            await connection.send(request)
        # at least once each, however slow the machine is
        while time.monotonic() < ends or turn < number + len(requests):
            reply = await connection.send(requests[turn % len(requests)])
            found.append((json.loads(reply.body)["timings_ms"]["total"] / 1e3, reply.seconds))
            turn += 1
        connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return found


async def _open(host: str, rate: float, seconds: float, deadline_ms: int) -> Outcome:
    """Send at random moments, whatever becomes of the requests before."""
    draw = random.Random(SEED)
    requests = [upload(sample, deadline_ms) for sample in draw_samples()]
    free = [Connection(host) for _ in range(CONNECTIONS)]
    outcome, tasks = Outcome(), set()

    async def send(connection: Connection, due: float) -> None:
        reply = await connection.send(draw.choice(requests))
        if reply.status == 200:
            # from the moment at which it was to be sent: a late load generator is no excuse
            outcome.answered.append(Request(due, 0.0, finished=time.monotonic()))
        else:
            outcome.refused.append(due)
        free.append(connection)

    started = due = time.monotonic()
    while (due := due + draw.expovariate(rate)) < started + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        outcome.arrived += 1
        task = asyncio.create_task(send(free.pop(), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    for connection in free:
        connection.close()
    return outcome
