"""Lasting connections are shared evenly by the workers of both services, and nobody waits for one that hangs."""

import os
import signal
import socket
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from serving import http, metric, place_of, started, wait_until, worker_pids

from services import shares
from services.flask_app.reception import ReceivingWorker
from services.flask_app.server import Worker
from services.shares import ALIVE_S, CALM_S, PATIENCE_S, Shares

COUNT = 6

PATIENT = "shares.PATIENCE_S=60 shares.ALIVE_S=60"
"""On a busy machine a sibling may take longer than a service waits for it, or say nothing for a while."""


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


@pytest.fixture
def worker(two, monkeypatch):
    """A worker of Flask that holds two connections, beside one that holds one; its loop waits for nothing."""
    one, other = two
    monkeypatch.setattr(ReceivingWorker, "set_accept_enabled", lambda worker, enabled: None, raising=False)
    monkeypatch.setattr(ReceivingWorker, "wait_for_and_dispatch_events", lambda worker, timeout: worker.events())
    worker = object.__new__(Worker)
    worker._share, worker.nr_conns, worker.alive, worker._accepting = one, 2, True, False
    worker.events = lambda: None
    other.tell(1)
    return worker


def test_a_flask_worker_that_has_left_a_connection_is_still_waited_for(worker, two):
    _, other = two
    worker.events = lambda: worker.accept(None)  # it leaves it to the other, who holds one
    worker.wait_for_and_dispatch_events(0)
    assert other.leaves(3)
    worker.events = lambda: None
    worker.wait_for_and_dispatch_events(0)
    assert other.leaves(3)  # who would otherwise take all that come before the first looks again
    worker.wait_for_and_dispatch_events(0)
    assert not other.leaves(3)  # it takes none, for another reason


def test_a_flask_worker_is_waited_for_while_it_takes_connections_and_lives(worker, two):
    _, other = two
    worker._accepting = True
    worker.wait_for_and_dispatch_events(0)
    assert other.leaves(3)
    worker.alive = False
    worker.wait_for_and_dispatch_events(0)
    assert not other.leaves(3)


def held_by(pid, port):
    """Return how many connections to `port` a process holds that their callers have not closed."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    lasting = {f"socket:[{row[9]}]" for row in rows if row[3] == "01" and row[1].endswith(f":{port:04X}")}
    links = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with suppress(FileNotFoundError):
            links.add(os.readlink(entry))
    return len(lasting & links)


class Workers:
    """Two workers of a service, and the connections that are made to them."""

    def __init__(self, address, stack):
        self._place, self._stack = place_of(address), stack
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2)
        http.post(f"{address}/ocr", files={"file": b"image"})
        wait_until(lambda: len(worker_pids(address)) == 2)
        self.pids = sorted(worker_pids(address))

    def connect(self, count):
        for _ in range(count):
            self._stack.enter_context(socket.create_connection(self._place))

    def hold(self):
        """Return how many connections each of them holds."""
        return [held_by(pid, self._place[1]) for pid in self.pids]

    @contextmanager
    def hangs(self, number):
        """Let one of them stand still."""
        os.kill(self.pids[number], signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pids[number], signal.SIGCONT)


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_nobody_waits_for_a_worker_that_hangs(service):
    with started(service, OCR_WORKERS="2", OCR_THREADS="1") as (address, _), ExitStack() as stack:
        workers = Workers(address, stack)
        with workers.hangs(0):
            workers.connect(COUNT)
            wait_until(lambda: workers.hold() == [0, COUNT])


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_a_worker_that_holds_less_gets_what_comes(service):
    with (
        started(service, OCR_WORKERS="2", OCR_THREADS="1", FAKE_BOUNDS=PATIENT) as (address, _),
        ExitStack() as stack,
    ):
        workers = Workers(address, stack)
        for hanging, expected in ((0, [0, 1]), (1, [1, 1])):  # one that is ready takes nothing before its next turn
            with workers.hangs(hanging):
                workers.connect(1)
                wait_until(lambda: workers.hold() == expected)  # noqa: B023
        workers.connect(2 * COUNT - 2)

        def all_are_held():
            found = workers.hold()
            return found if sum(found) == 2 * COUNT else None

        assert min(wait_until(all_are_held)) >= COUNT - 1
