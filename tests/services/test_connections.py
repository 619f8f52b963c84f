"""Idle connections without number close each other, and nobody else's request, on both services."""

import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from serving import HELD, held, http, in_flight, let_go, place_of, started, wait_until

from services.descriptors import room_for_connections
from services.settings import Settings
from services.wire import KEEP_ALIVE_S

LIMIT = 20


def is_closed(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in (7, 8)  # TCP_CLOSE, TCP_CLOSE_WAIT


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_the_longest_waiting_connection_makes_room(service):
    with (
        started(service, OCR_CONNECTIONS=str(LIMIT), OCR_THREADS="1") as (address, _),
        ThreadPoolExecutor(1) as pool,
        held(address),
        ExitStack() as stack,
    ):
        waiting = pool.submit(http.post, f"{address}/ocr", **HELD)
        wait_until(in_flight(address, 1))
        idle = [stack.enter_context(socket.create_connection(place_of(address))) for _ in range(3 * LIMIT)]
        assert http.get(f"{address}/healthz").status_code == 200
        wait_until(lambda: sum(map(is_closed, idle)) >= 2 * LIMIT)
        assert not any(map(is_closed, idle[-LIMIT // 2 :]))
        let_go(address)
        assert waiting.result().status_code == 200


def test_idle_connections_outlast_what_proxies_keep():
    with started("flask") as (flask, _), started("fastapi") as (fastapi, _), ExitStack() as stack:
        kept = [stack.enter_context(socket.create_connection(place_of(address))) for address in (flask, fastapi)]
        for connection in kept:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        time.sleep(6)  # gunicorn's own default is 2 s, uvicorn's 5 s
        assert not any(map(is_closed, kept))
    assert KEEP_ALIVE_S > 60  # the default of nginx and of the balancers of the large clouds


@pytest.mark.parametrize(
    ("limits", "wanted", "room"),
    [
        ((1024, 20_000), 4096, 4096),
        ((1024, 1024), 4096, 1024 - 80),
        ((64, 64), 4096, 1),
        ((1024, resource.RLIM_INFINITY), 100, 100),
    ],
)
def test_there_are_descriptors_for_all_connections(monkeypatch, limits, wanted, room):
    raised = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: raised.append(new))
    assert room_for_connections(Settings(connections=wanted, threads=2)) == room
    assert raised == ([(limits[1], limits[1])] if limits[0] != limits[1] else [])
