"""Lasting connections are shared evenly by the workers of both services, and nobody waits for one that hangs."""

import os
import signal
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from serving import started
from test_lifecycle import metric, wait_until, worker_pids

from services import shares
from services.shares import ALIVE_S, CALM_S, PATIENCE_S, Shares

COUNT = 6


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(seconds=100.0, monotonic=lambda: clock.seconds)
    monkeypatch.setattr(shares, "time", clock)
    return clock


@pytest.fixture
def two(clock):
    both = Shares(2)
    return both.lend(), both.lend()


def test_who_holds_more_leaves_a_connection_to_the_other(two):
    one, other = two
    other.tell(1)
    assert [one.leaves(held) for held in (0, 1, 2)] == [False, False, True]
    assert [other.leaves(held) for held in (1, 2, 3)] == [False, False, True]


def test_patience_ends_and_comes_back(two, clock):
    one, other = two
    other.tell(1)
    assert one.leaves(2)
    clock.seconds += PATIENCE_S / 2
    assert one.leaves(2)
    clock.seconds += PATIENCE_S
    assert not one.leaves(2)
    assert not one.leaves(3)  # nor is there any for the one right behind
    clock.seconds += 2 * CALM_S
    assert one.leaves(3)


def test_nobody_waits_for_who_starts_ends_or_hangs(two, clock):
    one, other = two
    assert not one.leaves(5)  # it has been lent, and has said nothing yet
    other.tell(0)
    assert one.leaves(5)
    other.tell(float("inf"))
    assert not one.leaves(5)
    other.tell(0)
    clock.seconds += ALIVE_S
    assert not one.leaves(5)


def test_a_new_worker_gets_the_place_of_one_that_is_silent(clock):
    both = Shares(2)
    one, dead = both.lend(), both.lend()
    dead.tell(7)
    for _ in range(9):
        clock.seconds += ALIVE_S
        one.tell(3)
        new = both.lend()
        new.tell(0)
        assert one.leaves(1)
        assert not new.leaves(1)


def held_by(pid, port):
    """Return how many connections to `port` a process holds that their callers have not closed."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    lasting = {f"socket:[{row[9]}]" for row in rows if row[3] == "01" and row[1].endswith(f":{port:04X}")}
    links = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with suppress(FileNotFoundError):
            links.add(os.readlink(entry))
    return len(lasting & links)


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_a_worker_that_holds_less_gets_what_comes(service):
    with started(service, OCR_WORKERS="2", OCR_THREADS="1") as (address, _), ExitStack() as stack:
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2)
        httpx.post(f"{address}/ocr", files={"file": b"image"})
        wait_until(lambda: len(worker_pids(address)) == 2)
        workers = sorted(worker_pids(address))
        port = int(address.rpartition(":")[2])

        def connect(count):
            return [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]

        def holds():
            return [held_by(pid, port) for pid in workers]

        os.kill(workers[0], signal.SIGSTOP)
        try:
            connect(COUNT)
            wait_until(lambda: holds() == [0, COUNT])
        finally:
            os.kill(workers[0], signal.SIGCONT)
        time.sleep(3 * CALM_S)
        connect(COUNT)
        wait_until(lambda: sum(holds()) == 2 * COUNT)
        assert holds()[0] >= COUNT - 1
