"""How many of eight lasting connections fall to each of two workers: `python -m benchmarks.reliability.spread`."""

import argparse
import asyncio
import time
from collections import Counter
from urllib.parse import urlsplit

from benchmarks.reliability.service import SERVICES, Service, running

CONNECTIONS = 8
GAPS_S = (0.0, 0.005, 0.1)
"""Seconds between two connections; with none all are made at once."""

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
END = b'"ok"}'


async def _open(host: str, gap: float) -> list[asyncio.StreamWriter]:
    """Return connections, each of which has had an answer."""

    async def one(number: int) -> asyncio.StreamWriter:
        await asyncio.sleep(number * gap)
        reader, writer = await asyncio.open_connection(urlsplit(host).hostname, urlsplit(host).port)
        writer.write(REQUEST)
        await reader.readuntil(END)
        return writer

    return await asyncio.gather(*map(one, range(CONNECTIONS)))


def _held(service: Service, ports: set[int]) -> tuple[int, ...]:
    """Return how many connections from `ports` each process holds, the fewest first, without those of none."""
    found = (process.net_connections("tcp") for process in service.tree()[1:])
    counts = sorted(sum(bool(one.raddr) and one.raddr.port in ports for one in each) for each in found)
    return tuple(count for count in counts if count)


async def _rounds(service: Service, rounds: int, gap: float) -> Counter[tuple[int, ...]]:
    seen: Counter[tuple[int, ...]] = Counter()
    for _ in range(rounds):
        writers = await _open(service.host, gap)
        seen[_held(service, {writer.get_extra_info("sockname")[1] for writer in writers})] += 1
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.3)  # the workers must have seen it
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    asked = parser.parse_args()
    for name in SERVICES:
        module = "benchmarks.reliability.null_service {}"
        with running(name, module=module, OCR_WORKERS="2", OCR_THREADS="1") as service:
            time.sleep(3)  # the second worker may be later
            for gap in GAPS_S:
                seen = asyncio.run(_rounds(service, asked.rounds, gap))
                told = ", ".join(f"{count} x {'-'.join(map(str, held))}" for held, count in seen.most_common())
                print(f"{name}, {gap * 1e3:.0f} ms apart: {told}", flush=True)
