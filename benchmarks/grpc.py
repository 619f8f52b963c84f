"""gRPC against HTTP for the same image: `python -m benchmarks.grpc [--rounds 3] [--seconds 2]`; about 80 s.

Closed loops of 1 and 4 clients, in turn at the gRPC service and both HTTP services, which all run all the time with
the same settings. The clients share the processors with the service, and the gRPC client costs more than the small
HTTP one, so the processor time of the service alone is told beside the answers a second.
"""

import argparse
import asyncio
import json
import platform
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from benchmarks.reliability.client import Connection, upload
from benchmarks.reliability.service import Service, running
from locustfiles.samples import Sample, draw_samples
from ocr_core.sizing import find_cpus
from services.grpc_app import ocr_pb2, ocr_pb2_grpc

CLIENTS = (1, 4)
REFERENCE = "fastapi"
NAMES = ("grpc", "fastapi", "flask")
READY_S = 60.0
FRESH = (("cache-control", "no-store"),)

Client = Callable[[], Awaitable[str]]
"""Sends the image once; returns the text that came back."""


@dataclass(slots=True)
class Tally:
    """What one service did for one image and number of clients; one entry a round."""

    rates: list[float] = field(default_factory=list)
    """Answers a second."""

    service_ms: list[float] = field(default_factory=list)
    """Processor time of the service for an answer, ms."""

    client_ms: list[float] = field(default_factory=list)
    """Processor time of the clients for an answer, ms."""

    latencies_ms: list[float] = field(default_factory=list)
    """Of all answers of all rounds."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grpc")
    parser.add_argument("--rounds", type=int, default=3, help="each with every service, beginning with another one")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    options = parser.parse_args(arguments)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    print(f"{now}, Python {platform.python_version()}, grpcio {grpc.__version__}, CPUs: {find_cpus()}")
    samples = [sample for sample in draw_samples() if sample.name in ("line-2.png", "page-1.jpg")]
    tallies = asyncio.run(_measure(samples, options.rounds, options.seconds))
    print(
        "| image | clients | service | answers/s (all rounds) | to FastAPI | median ms | CPU ms: service | client |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (image, clients, name), tally in tallies.items():
        base = tallies[image, clients, REFERENCE].rates
        ratio = median(own / other for own, other in zip(tally.rates, base, strict=True))
        rates = f"{median(tally.rates):.1f} ({min(tally.rates):.1f} to {max(tally.rates):.1f})"
        cells = f"{ratio:.2f} | {median(tally.latencies_ms):.1f} | {median(tally.service_ms):.1f}"
        print(f"| {image} | {clients} | {name} | {rates} | {cells} | {median(tally.client_ms):.1f} |")


async def _measure(samples: list[Sample], rounds: int, seconds: float) -> dict[tuple[str, int, str], Tally]:
    tallies = {(sample.name, clients, name): Tally() for sample in samples for clients in CLIENTS for name in NAMES}
    async with AsyncExitStack() as stack:
        services = {name: await stack.enter_async_context(_started(name)) for name in NAMES}
        texts = await _same_texts(services, samples)
        for index in range(rounds):
            order = [*NAMES[index % 3 :], *NAMES[: index % 3]]
            for sample in samples:
                for clients in CLIENTS:
                    for name in order:
                        tally = tallies[sample.name, clients, name]
                        await _time(services[name], name, sample, clients, seconds, texts[sample.name], tally)
    return tallies


@asynccontextmanager
async def _started(name: str) -> AsyncIterator[Service]:
    """Yield a service that is ready."""
    if name != "grpc":
        with running(name) as service:
            yield service
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(name, ready=False, OCR_METRICS_PORT=str(port)) as service:
        async with grpc.aio.insecure_channel(_address(service)) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            watched = health.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=READY_S)
            while (await watched.read()).status != health_pb2.HealthCheckResponse.SERVING:
                pass
            watched.cancel()
        yield service


async def _same_texts(services: dict[str, Service], samples: list[Sample]) -> dict[str, str]:
    """Return what is read on each image, after the first requests to each service; the services must agree."""
    texts = {}
    for sample in samples:
        found = set()
        for name, service in services.items():
            async with _client(service, name, sample) as client:
                found |= {await client() for _ in range(5)}
        if len(found) != 1:
            sys.exit(f"The services read different texts on {sample.name}: {found}")
        texts[sample.name] = found.pop()
    return texts


@asynccontextmanager
async def _client(service: Service, name: str, sample: Sample) -> AsyncIterator[Client]:
    """Yield a client with a connection of its own."""
    if name == "grpc":
        request = ocr_pb2.ReadRequest(image=sample.image)
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(_address(service), options) as channel:
            stub = ocr_pb2_grpc.OcrStub(channel)

            async def call() -> str:
                return (await stub.Read(request, metadata=FRESH)).page.text

            yield call
        return
    connection, data = Connection(service.host), upload(sample)

    async def post() -> str:
        return str(json.loads((await connection.send(data)).body)["text"])

    yield post
    connection.close()


async def _time(
    service: Service, name: str, sample: Sample, clients: int, seconds: float, text: str, tally: Tally
) -> None:
    """Add a round to `tally`; every answer must have the `text`."""
    latencies: list[float] = []

    async def loop(client: Client, end: float) -> None:
        while (begun := time.perf_counter()) < end:
            if await client() != text:
                sys.exit(f"{name} read another text on {sample.name} under load.")
            latencies.append((time.perf_counter() - begun) * 1e3)

    async with AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(_client(service, name, sample)) for _ in range(clients)]
        for caller in callers:
            await caller()  # connections are made
        worked, own = _processor_seconds(service), time.process_time()
        started = time.perf_counter()
        await asyncio.gather(*(loop(caller, started + seconds) for caller in callers))
        elapsed = time.perf_counter() - started
        worked, own = _processor_seconds(service) - worked, time.process_time() - own
    tally.rates.append(len(latencies) / elapsed)
    tally.service_ms.append(worked / len(latencies) * 1e3)
    tally.client_ms.append(own / len(latencies) * 1e3)
    tally.latencies_ms += latencies


def _processor_seconds(service: Service) -> float:
    """Return the user and system time of all processes of a service so far."""
    times = [process.cpu_times() for process in service.tree()]
    return sum(spent.user + spent.system for spent in times)


def _address(service: Service) -> str:
    return service.host.removeprefix("http://")


if __name__ == "__main__":
    main()
