"""Asks a health address again and again from a process of its own: `python -m benchmarks.reliability.probe URL`.

Ends with the end of its input, and prints the milliseconds of each answer, or -1 for one that failed.
"""

import json
import select
import socket
import sys
import time
from functools import partial
from urllib.parse import urlsplit

INTERVAL_S = 0.1


def main(url: str) -> None:
    """Probe until stdin is closed, as a balancer does: on a connection of its own each time."""
    address = urlsplit(url)
    request = f"GET {address.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    times = []
    while not select.select([sys.stdin], [], [], INTERVAL_S)[0]:
        started = time.perf_counter()
        good = _answer((str(address.hostname), int(address.port or 80)), request).startswith(b"HTTP/1.1 200 ")
        times.append((time.perf_counter() - started) * 1e3 if good else -1.0)
    print(json.dumps(times))


def _answer(address: tuple[str, int], request: bytes) -> bytes:
    """Return all that is answered, or nothing. By hand: `urllib` would take as much time as the answer does."""
    try:
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(request)
            return b"".join(iter(partial(connection.recv, 65536), b""))
    except OSError:
        return b""


if __name__ == "__main__":
    main(sys.argv[1])
