"""A small HTTP client for load: it must cost little, because it shares the processors with the service."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from locustfiles.samples import CONTENT_TYPE, Sample

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request."""

    status: int
    """HTTP status; 0 if the connection was refused, -1 if it ended without an answer."""

    body: bytes
    seconds: float


class Connection:
    """One connection that is kept open, and made again where the server has closed it."""

    def __init__(self, host: str) -> None:
        """Take the address of a service, such as http://127.0.0.1:8000."""
        address = urlsplit(host)
        self._address = (str(address.hostname), int(address.port or 80))
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> Reply:
        """Return the reply to `request`, a whole HTTP/1.1 request; the errors are in its status."""
        started = time.perf_counter()
        try:
            reader, writer = await self._open()
        except OSError:
            return Reply(0, b"", time.perf_counter() - started)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                writer.write(request)
                status, body, close = await _reply(reader)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return Reply(-1, b"", time.perf_counter() - started)
        if close:
            self.close()
        return Reply(status, body, time.perf_counter() - started)

    def close(self) -> None:
        """Close the connection."""
        if self._streams:
            self._streams[1].close()
        self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        return self._streams


async def _reply(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Return (status, body, whether the server closes the connection)."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return status, await reader.readexactly(length), b"\r\nconnection: close" in head


def upload(sample: Sample, deadline_ms: int | None = None) -> bytes:
    """Return the request that uploads `sample` and wants a reading of its own."""
    body = sample.body
    head = f"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n"
    head += "Cache-Control: no-store\r\n"
    head += "" if deadline_ms is None else f"X-Deadline-Ms: {deadline_ms}\r\n"
    return f"{head}\r\n".encode() + body


def get(path: str) -> bytes:
    """Return the request for `path`."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def content(body: bytes) -> dict[str, object]:
    """Return the answer of POST /ocr without what differs from reading to reading: the times."""
    answer: dict[str, object] = json.loads(body)
    answer.pop("timings_ms", None)
    return answer


async def answers_alone(host: str, samples: Sequence[Sample]) -> dict[str, dict[str, object]]:
    """Return the `content` of the answer to each sample, by its name, when nobody else asks."""
    connection = Connection(host)
    truth = {sample.name: content((await connection.send(upload(sample))).body) for sample in samples}
    connection.close()
    return truth


async def closed_loop(
    host: str, clients: int, request: Callable[[], tuple[str, bytes]], go_on: Callable[[], bool]
) -> list[tuple[str, Reply]]:
    """Return (name, reply) of all requests that `clients` send one after another while `go_on` says so.

    Args:
        host: address of the service.
        clients: connections.
        request: returns the name and the bytes of the next request.
        go_on: asked before each request.
    """
    replies: list[tuple[str, Reply]] = []

    async def client() -> None:
        connection = Connection(host)
        while go_on():
            name, data = request()
            reply = await connection.send(data)
            replies.append((name, reply))
            if reply.status == 0:
                await asyncio.sleep(0.01)
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return replies
