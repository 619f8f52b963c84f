"""A client for services that answer faster than Locust asks: `python -m locustfiles.hello_client HOST ...`.

Sends a number of requests over a number of connections that are kept open, checks status and text of every
answer, and prints start, milliseconds and error of each as JSON. It ends early when the time is over.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import uvloop

EXPECTED = b"Hello, World!"
ANSWER_S = 10.0


class Load:
    """What is still to be sent, and what came back."""

    def __init__(self, host: str, requests: int, seconds: float) -> None:
        address = urlsplit(host)
        self.address = (str(address.hostname), int(address.port or 80))
        self.request = f"GET /hello HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
        self.left, self.end = requests, time.time() + seconds
        self.rows: list[tuple[float, float, str]] = []

    def take(self) -> bool:
        """Return whether there is a request left to send, and count it as sent."""
        if self.left == 0 or time.time() > self.end:
            return False
        self.left -= 1
        return True

    async def run(self, clients: int) -> None:
        """Send with as many clients at once."""
        await asyncio.gather(*(self._client() for _ in range(clients)))

    async def _client(self) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while self.take():
            started, begun = time.time(), time.perf_counter()
            try:
                async with asyncio.timeout(ANSWER_S):
                    streams = streams or await asyncio.open_connection(*self.address)
                    streams[1].write(self.request)
                    error, keep = await _answer(streams[0])
            except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as problem:
                error, keep = type(problem).__name__, False
            self.rows.append((started, (time.perf_counter() - begun) * 1e3, error))
            if not keep and streams:
                streams[1].close()
                streams = None
        if streams:
            streams[1].close()


async def _answer(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """Return (what is wrong or "", whether the server keeps the connection)."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    keep = head.startswith(b"http/1.1") and b"\r\nconnection: close" not in head
    if head.split(b" ", 2)[1] != b"200":
        return f"status {head.split(b' ', 2)[1].decode()}", keep
    return "" if body == EXPECTED else "wrong text", keep


def main(arguments: Sequence[str] | None = None) -> None:
    """Send and print."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.hello_client")
    parser.add_argument("host")
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    load = Load(options.host, options.requests, options.seconds)
    worked, started = time.process_time(), time.perf_counter()
    uvloop.run(load.run(options.clients))
    share = (time.process_time() - worked) / (time.perf_counter() - started)
    json.dump({"requests": load.rows, "cpu": share}, sys.stdout)


if __name__ == "__main__":
    main()
