"""A client for servers that answer faster than Locust asks: `python -m locustfiles.light_client HOST REQUEST ...`.

Locust needs most of a millisecond of processor time for a request, this client a tenth. It sends the bytes of one
HTTP request again and again over connections that are kept open where the server does that. It checks status and
text of every answer, and prints start (seconds since the epoch), milliseconds and error of each as JSON.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from locustfiles.verification import compare

ANSWER_S = 10.0
"""Seconds after which an answer is given up."""


class Load:
    """What is still to be sent, and what came back."""

    def __init__(self, host: str, request: bytes, expected: str, requests: int, seconds: float) -> None:
        address = urlsplit(host)
        self._address = (str(address.hostname), int(address.port or 80))
        self._request, self._expected = request, expected
        self._left, self._end = requests, time.time() + seconds
        self.rows: list[tuple[float, float, str]] = []

    async def run(self, clients: int) -> None:
        """Send with as many clients at once."""
        await asyncio.gather(*(self._client() for _ in range(clients)))

    def _take(self) -> bool:
        """Return whether there is a request left to send, and count it as sent."""
        if self._left == 0 or time.time() > self._end:
            return False
        self._left -= 1
        return True

    async def _client(self) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while self._take():
            started, begun = time.time(), time.perf_counter()
            try:
                async with asyncio.timeout(ANSWER_S):
                    streams = streams or await asyncio.open_connection(*self._address)
                    streams[1].write(self._request)
                    error, keep = await self._answer(streams[0])
            except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as problem:
                error, keep = type(problem).__name__, False
            self.rows.append((started, (time.perf_counter() - begun) * 1e3, error))
            if not keep and streams:
                streams[1].close()
                streams = None
        if streams:
            streams[1].close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[str, bool]:
        """Return (what is wrong or "", whether the server keeps the connection)."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = (await reader.readexactly(length)).decode()
        keep = head.startswith(b"http/1.1") and b"\r\nconnection: close" not in head
        status = int(head.split(b" ", 2)[1])
        if status == 200 and body == self._expected:
            return "", keep
        return compare(status, body, self._expected), keep


def main(arguments: Sequence[str] | None = None) -> None:
    """Send and print."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.light_client")
    parser.add_argument("host")
    parser.add_argument("request", type=Path, help="file with a whole HTTP request")
    parser.add_argument("--expected", required=True, help="body of every answer, or the text in its JSON")
    parser.add_argument(
        "--requests", type=int, default=-1, help="how many; as many as there is time for by default"
    )
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    request = options.request.read_bytes()
    load = Load(options.host, request, options.expected, options.requests, options.seconds)
    uvloop.run(load.run(options.clients))
    json.dump(load.rows, sys.stdout)


if __name__ == "__main__":
    main()
