"""Many senders of one byte a second, half of them in the headers and half in the body: who else notices?

`python -m benchmarks.reliability.slow_clients URL COUNT` is the slow side, in a process of its own.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.reliability.bars import Bar
from benchmarks.reliability.client import closed_loop, upload
from benchmarks.reliability.service import Service, running
from locustfiles.figures import percentile
from locustfiles.samples import Sample, draw_samples

SLOW = 500
CLIENTS = 2
HEAD = b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
IN_BODY = HEAD + b"Content-Length: 100000\r\n\r\n--B\r\n"
SETTLE_S = 2.0
"""Seconds in which the slow ones connect and begin."""


def slow_clients(name: str, rounds: int, seconds: float) -> list[Bar]:
    """Return the bars of one service: `rounds` times `seconds` without slow senders and as long with them."""
    samples = draw_samples()
    times: dict[bool, list[float]] = {False: [], True: []}
    failed = 0
    with running(name, OCR_LOG="off") as service:
        asyncio.run(_measure(service.host, samples, 2.0))  # warm
        for number in range(2 * rounds):
            slow = number % 2 == 1
            with _senders(service.host) if slow else contextlib.nullcontext():
                found = asyncio.run(_measure(service.host, samples, seconds))
            times[slow] += [ms for status, ms in found if status == 200]
            failed += sum(status != 200 for status, _ in found)
        memory = service.memory()
        with _senders(service.host):
            share = _share_of_a_core(service, seconds)
    alone, beside = (percentile(times[slow], 0.99) for slow in (False, True))
    print(f"  {name}: P99 {alone:.0f} ms alone, {beside:.0f} ms beside {SLOW} slow senders; RSS {memory:.0f} MiB")
    return [
        Bar(f"slow senders: P99 beside {SLOW} of them / alone", beside / alone, 1.25),
        Bar("slow senders: failed requests of others", failed, 0),
        Bar(f"slow senders: share of a core that {SLOW} of them cost", share * 100, 5, unit=" %"),
    ]


def _share_of_a_core(service: Service, seconds: float) -> float:
    """Return the processor time that the service takes in `seconds`, as a share of them."""
    begun, started = _cpu_seconds(service), time.monotonic()
    time.sleep(seconds)
    return (_cpu_seconds(service) - begun) / (time.monotonic() - started)


def _cpu_seconds(service: Service) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in service.tree())


async def _measure(host: str, samples: list[Sample], seconds: float) -> list[tuple[int, float]]:
    """Return (status, milliseconds) of the requests of a closed loop."""
    data = upload(samples[0])
    end = time.monotonic() + seconds
    replies = await closed_loop(host, CLIENTS, lambda: (samples[0].name, data), lambda: time.monotonic() < end)
    return [(reply.status, reply.seconds * 1e3) for _, reply in replies]


@contextlib.contextmanager
def _senders(host: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.reliability.slow_clients", host, str(SLOW)]
    with subprocess.Popen(command) as process:
        time.sleep(SETTLE_S)
        try:
            yield
        finally:
            process.kill()


async def _send_slowly(host: str, port: int, begin: bytes, after: float) -> None:
    """Send a byte a second for ever, on a new connection where the server has closed the old one.

    Begins `after` seconds: senders that know nothing of each other do not send at the same moment.
    """
    await asyncio.sleep(after)
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.write(begin)
            while not writer.is_closing():
                await asyncio.sleep(1)
                writer.write(b"x")
                await writer.drain()
        await asyncio.sleep(0.1)


async def _main(url: str, count: int) -> None:
    address = urlsplit(url)
    host, port = str(address.hostname), int(address.port or 80)
    begins = [IN_BODY if number % 2 else HEAD + b"X: " for number in range(count)]
    await asyncio.gather(*(_send_slowly(host, port, begin, number / count) for number, begin in enumerate(begins)))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
