"""Stopped and killed under load: what was accepted is answered, and a dead worker takes only its own with it."""

import asyncio
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable

import psutil

from benchmarks.reliability.bars import Bar
from benchmarks.reliability.client import Reply, closed_loop, upload
from benchmarks.reliability.service import Service, running
from locustfiles.samples import draw_samples

CLIENTS = 8
SEED = 7
BACK_S = 30.0
"""Seconds after which a worker is taken for lost."""


def sigterm(name: str, times: int) -> list[Bar]:
    """Return how many requests are lost when a service under load is stopped, `times` times."""
    rng = random.Random(SEED)
    statuses: Counter[int] = Counter()
    slowest = 0.0
    for _ in range(times):
        with running(name, OCR_DRAIN_DELAY_S="0") as service:
            replies, seconds = asyncio.run(_stop(service, 0.5 + rng.random()))
        statuses.update(reply.status for _, reply in replies)
        slowest = max(slowest, seconds)
    print(f"  {name}: statuses {dict(statuses)}, the slowest stop took {slowest:.1f} s")
    return [
        Bar(f"{times} x SIGTERM under load: requests without an answer", statuses[-1], 0),
        Bar(f"{times} x SIGTERM under load: requests that were answered", statuses[200], 1, at_most=False),
    ]


def sigkill(name: str) -> list[Bar]:
    """Return what the death of one of two workers costs."""
    with running(name, OCR_WORKERS="2", OCR_THREADS="1") as service:
        while _ready_workers(service) < 2:
            time.sleep(0.05)
        replies, back = asyncio.run(_kill(service))
    failed = sum(reply.status != 200 for _, reply in replies)
    print(f"  {name}: {len(replies)} requests, {failed} failed, the worker was back after {back:.1f} s")
    return [
        Bar("SIGKILL of a worker: failed requests, of 8 in flight", failed, CLIENTS),
        Bar("SIGKILL of a worker: until two work again", back, 10, unit=" s"),
    ]


async def _stop(service: Service, after: float) -> tuple[list[tuple[str, Reply]], float]:
    """Return (replies, seconds from SIGTERM to the end) of a load that outlives the service."""
    load = asyncio.create_task(_load(service, lambda: service.process.poll() is None))
    await asyncio.sleep(after)
    service.process.terminate()
    started = time.monotonic()
    replies = await load
    return replies, time.monotonic() - started


async def _kill(service: Service) -> tuple[list[tuple[str, Reply]], float]:
    """Return (replies, seconds until there are two workers again) of a load around the death of a worker."""
    going = True
    load = asyncio.create_task(_load(service, lambda: going))
    await asyncio.sleep(1.5)
    before = _workers(service)
    os.kill(before[0].pid, signal.SIGKILL)
    started = time.monotonic()
    while not await asyncio.to_thread(_is_back, service, before[0].pid):
        if time.monotonic() > started + BACK_S:
            break
        await asyncio.sleep(0.02)
    back = time.monotonic() - started
    await asyncio.sleep(2)
    going = False
    return await load, back


def _ready_workers(service: Service) -> int:
    """Return how many workers can read."""
    return _ready_in(_metrics(service))


def _is_back(service: Service, lost: int) -> bool:
    """Return whether two workers can read of which the process `lost` is none."""
    rows = _metrics(service)
    return _ready_in(rows) == 2 and not any(f'pid="{lost}"' in row for row in rows)


def _ready_in(rows: list[str]) -> int:
    return int(float(next(row.split()[1] for row in rows if row.startswith("ocr_workers_ready "))))


def _metrics(service: Service) -> list[str]:
    with urllib.request.urlopen(f"{service.host}/metrics", timeout=10) as answer:
        return [*answer.read().decode().splitlines()]


def _workers(service: Service) -> list[psutil.Process]:
    """Return the processes that read: all that the supervisor has started but the helper of `multiprocessing`."""
    children = service.tree()[1:]
    return [
        child for child in children if child.is_running() and "resource_tracker" not in " ".join(_command(child))
    ]


def _command(process: psutil.Process) -> list[str]:
    try:
        return [*process.cmdline()]
    except psutil.Error:
        return ["resource_tracker"]


async def _load(service: Service, go_on: Callable[[], bool]) -> list[tuple[str, Reply]]:
    rng = random.Random(SEED)
    requests = [(sample.name, upload(sample)) for sample in draw_samples()]
    return await closed_loop(service.host, CLIENTS, lambda: rng.choice(requests), go_on)
