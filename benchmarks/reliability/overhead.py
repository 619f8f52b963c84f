"""What the web costs: beside the bare pipeline, around a reader that reads nothing, and until the first answer."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.reliability.bars import Bar
from benchmarks.reliability.client import Connection, closed_loop, upload
from benchmarks.reliability.service import running
from locustfiles.samples import Sample, draw_samples
from ocr_core import load_pipeline
from services.settings import from_environment

CLIENTS = 8
NULL_REQUESTS = 1000
PLAIN = "benchmarks.reliability.plain_service {}"


def web_layer(name: str) -> list[Bar]:
    """Return the median milliseconds of a request of one client to a service that reads nothing."""
    line = draw_samples()[0]
    with running(name, module="benchmarks.reliability.null_service {}") as service:
        times = asyncio.run(_times(service.host, line, NULL_REQUESTS))
    return [Bar("median of a request with a null reader", median(times) * 1e3, 2, unit=" ms")]


def saturation(name: str, rounds: int, seconds: float) -> list[Bar]:
    """Return requests a second beside what the pipeline reads alone, one-line images, interleaved rounds.

    And beside what it reads in the shortest service that the framework lets one write, since no service in one
    process is above it by much; and the same from a process for each reading, with the memory that they take.
    """
    line, threads = draw_samples()[0], from_environment().threads
    pipeline = load_pipeline()
    bare, plain, served, apart, memory = [], [], [], [], 0.0
    with (
        running(name, module=PLAIN) as shortest,
        running(name) as service,
        running(name, OCR_WORKERS=str(threads), OCR_THREADS="1") as processes,
    ):
        for _ in range(rounds):
            bare.append(_bare(lambda: pipeline.read(line.image), threads, seconds))
            plain.append(asyncio.run(_served(shortest.host, line, seconds)))
            served.append(asyncio.run(_served(service.host, line, seconds)))
            apart.append(asyncio.run(_served(processes.host, line, seconds)))
            memory = max(memory, processes.memory_shared_once())
            rates = f"bare {bare[-1]:.1f}/s, shortest {plain[-1]:.1f}/s, served {served[-1]:.1f}/s"
            print(f"  {name}: {rates}, by {threads} processes {apart[-1]:.1f}/s")
    return [
        Bar("requests a second / bare pipeline, one-line images", _ratio(served, bare), 0.92, at_most=False),
        Bar("requests a second / shortest service, one-line images", _ratio(served, plain), 0.92, at_most=False),
        Bar("the same / bare pipeline, a process for each reading", _ratio(apart, bare), 0.92, at_most=False),
        Bar("memory of those processes, shared pages once", memory, 350, unit=" MiB"),
    ]


def start(name: str, times: int) -> list[Bar]:
    """Return the seconds from the start of the process to the first right answer, the median of `times`."""
    line = draw_samples()[0]
    seconds = [_first_answer(name, line) for _ in range(times)]
    return [Bar("from start to first right answer", median(seconds), 2, unit=" s")]


def _first_answer(name: str, line: Sample) -> float:
    async def ask(host: str) -> None:
        connection = Connection(host)
        while (reply := await connection.send(upload(line))).status != 200:
            await asyncio.sleep(0.01)
        if line.text.split()[0].encode() not in reply.body:
            raise AssertionError(f"{line.text!r} was read as {reply.body!r}")
        connection.close()

    started = time.monotonic()
    with running(name, ready=False) as service:
        asyncio.run(ask(service.host))
        return time.monotonic() - started


def _ratio(of: list[float], to: list[float]) -> float:
    return median(one / other for one, other in zip(of, to, strict=True))


async def _times(host: str, line: Sample, count: int) -> list[float]:
    connection, request = Connection(host), upload(line)
    times = [(await connection.send(request)).seconds for _ in range(count)]
    connection.close()
    return times[count // 10 :]


async def _served(host: str, line: Sample, seconds: float) -> float:
    request = ("line", upload(line))
    end = time.monotonic() + seconds
    replies = await closed_loop(host, CLIENTS, lambda: request, lambda: time.monotonic() < end)
    return sum(reply.status == 200 for _, reply in replies) / seconds


def _bare(read: Callable[[], object], threads: int, seconds: float) -> float:
    """Return calls of `read` a second from as many threads as the service has."""
    end = time.monotonic() + seconds

    def work() -> int:
        count = 0
        while time.monotonic() < end:
            read()
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: work(), range(threads))) / seconds
