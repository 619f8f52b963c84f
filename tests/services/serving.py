"""Starts a service as a process of its own around the fake reader, and tells when something has happened in it.

Tests go by that, not by the clock: one holds a reading, waits until the service shows what it waits for, and lets
the reading go. So it passes on a machine that stands still for seconds, and loses no time on one that does not.
"""

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from services.lifecycle import SAME_SIGNAL_S

PATIENCE_S = 120.0
"""Seconds after which a test gives up; what it waits for takes much less, whatever else the machine does."""

PORTS = iter(random.SystemRandom().sample(range(20_000, 32_000), 12_000))
"""Below those of which Linux gives one to each connection that is opened, and none of them twice."""

http = httpx.Client(
    timeout=PATIENCE_S, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
)
"""Asks over a new connection each time. `httpx.get` prepares for TLS first, and gives up after 5 s."""

HELD, FAST = (
    {"files": {"file": ("a.png", name)}, "headers": {"Cache-Control": "no-store"}} for name in (b"held", b"image")
)
"""Requests for a reading of their own."""

UNKNOWN = (1, 4)
"""TCP_ESTABLISHED and TCP_FIN_WAIT1: the other end has not heard of the end yet."""


def free_port():
    """Return a TCP port that nobody listens on, and that nobody else will be given before it is used."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("All ports have been tried.")


@contextmanager
def started(service, stderr=subprocess.DEVNULL, ready=True, canary_is_held=False, **environment):
    """Yield (address, process) of a service around the fake reader; it is stopped at the end.

    Waits until it is ready, or with `ready=False` only until it is started. With `canary_is_held` it is not ready
    until `let_go`.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with holding(address, canary_is_held) as hold:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("fake_reader.py"), service],
            env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **hold, **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        with process:
            try:
                if ready:
                    line = process.stdout.readline()
                    assert line.endswith(f"open {address}/\n"), line
                yield address, process
            finally:
                let_go(address)
                stop(process)


def place_of(address):
    """Return (host, port) of a URL."""
    host, port = address.removeprefix("http://").split(":")
    return host, int(port)


@contextmanager
def running(service, **environment):
    """Yield the address of a service around the fake reader."""
    with started(service, **environment) as (address, _):
        yield address


def _hold_of(address):
    return Path(tempfile.gettempdir(), f"ocr-pair-hold-{os.getpid()}-{address.rpartition(':')[2]}")


@contextmanager
def holding(address, canary=False):
    """Yield the variables by which the fake reader at `address` learns what is held: its canary from the start, or
    nothing yet.
    """
    if canary:
        _hold_of(address).touch()
    try:
        yield {"FAKE_HOLD": str(_hold_of(address)), "FAKE_CANARY": "held" if canary else ""}
    finally:
        let_go(address)


@contextmanager
def held(address):
    """Let the service at `address` go on reading b"held" until `let_go`, or until the end of the block."""
    _hold_of(address).touch()
    try:
        yield
    finally:
        let_go(address)


def let_go(address):
    """Let the service at `address` come to the end of what it is reading."""
    _hold_of(address).unlink(missing_ok=True)


def asking(address):
    """Return the connection of a caller who has asked for `FAST` and waits."""
    form = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nimage\r\n--B--\r\n'
    head = b"POST /ocr HTTP/1.1\r\nHost: a\r\nCache-Control: no-store\r\nContent-Length: %d\r\n" % len(form)
    connection = socket.create_connection(place_of(address), timeout=PATIENCE_S)
    connection.sendall(head + b"Content-Type: multipart/form-data; boundary=B\r\n\r\n" + form)
    return connection


def hang_up(connection):
    """Close a connection; returns once the other end's kernel knows."""
    with connection:
        connection.shutdown(socket.SHUT_WR)
        wait_until(lambda: connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] not in UNKNOWN)


def is_taken(connection):
    """Return whether the process at the other end of a connection has received all that was sent; see proc(5)."""
    ends = [f"0100007F:{port:04X}" for _, port in (connection.getsockname(), connection.getpeername())]
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    waiting = [row[4] for row in rows if row[1:3] in (ends, ends[::-1])]
    return waiting == ["00000000:00000000"] * 2  # of both ends; a busy kernel may leave rows out


def refuses(address):
    """Return whether nobody listens any more."""
    try:
        socket.create_connection(place_of(address), timeout=PATIENCE_S).close()
    except ConnectionRefusedError:
        return True
    return False


def stop(process):
    """Let a process come to its end, or kill it if it does not."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE_S)
    process.kill()


def terminate_again(process):
    """End a draining service by another SIGTERM; only one that comes `SAME_SIGNAL_S` after the first is another."""
    for _ in range(100):
        with suppress(subprocess.TimeoutExpired):
            return process.wait(1.2 * SAME_SIGNAL_S)
        process.terminate()
    raise AssertionError("It does not end.")


def wait_until(true, what=""):
    """Return the first truthy value of `true()`; fail if there is none, and say `what` it should have been."""
    end = time.monotonic() + PATIENCE_S
    while not (value := true()):
        assert time.monotonic() < end, f"never true: {what or true}"
        time.sleep(0.01)
    return value


def metric(address, line):
    """Return the value of a sample, given with its labels; None if there is none."""
    for row in http.get(f"{address}/metrics").text.splitlines():
        if row.startswith(f"{line} "):
            return float(row.rpartition(" ")[2])
    return None


def in_flight(address, count):
    """Return a question for `wait_until`: whether so many requests are being read or wait for it."""
    return lambda: metric(address, "ocr_requests_in_flight") == count


def worker_pids(address):
    """Return the pids of the workers of a service with several."""
    rows = http.get(f"{address}/metrics").text.splitlines()
    return {int(row.split('"')[1]) for row in rows if row.startswith("ocr_worker_resident_bytes{")}
