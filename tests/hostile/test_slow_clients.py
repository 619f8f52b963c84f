"""Senders that take their time, in numbers far beyond the threads of a service: the others do not wait for them."""

import json
import time
from contextlib import ExitStack
from functools import partial

import pytest
from hostile_wire import FORM, GOOD, post
from odd_images import TEXT
from real_servers import SERVICES, serving_really
from serving import is_taken, wait_until
from wire_client import connect, exchange, read_reply

MANY = 300
"""Gunicorn has about a hundred threads here."""

BEGINNINGS = (b"", b"P", GOOD[:30], GOOD[: GOOD.index(b"\r\n\r\n") + 4], GOOD[: len(GOOD) // 2])


@pytest.fixture(scope="module", params=SERVICES)
def server(request, tmp_path_factory):
    with serving_really(request.param, tmp_path_factory.mktemp("slow")) as server:
        yield server


def test_many_slow_senders_hold_nobody_up(server):
    before = server.processes()
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server.address)) for _ in range(MANY)]
        for number, connection in enumerate(slow):
            connection.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        for byte in (b"x", b"y"):
            time.sleep(1)
            for connection in slow[1::2]:
                connection.sendall(byte)
            reply = exchange(server.address, GOOD)
            assert reply.status == 200
            assert json.loads(reply.body)["text"] == TEXT
            assert exchange(server.address, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status == 200
    assert server.processes() == before


def test_a_slow_sender_is_answered_if_it_comes_to_an_end(server):
    with connect(server.address) as connection:
        for start in range(0, len(GOOD), 600):
            connection.sendall(GOOD[start : start + 600])
            time.sleep(0.05)
        assert json.loads(read_reply(connection).body)["text"] == TEXT


def test_who_waits_for_100_continue_gets_it(server):
    request = post(FORM, headers=b"Expect: 100-continue\r\n")
    head = request.index(b"\r\n\r\n") + 4
    with connect(server.address) as connection:
        connection.sendall(request[:head])
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(request[head:])
        assert read_reply(connection).status == 200


def test_requests_on_one_connection_are_answered_in_turn(server):
    with connect(server.address) as connection:
        for _ in range(2):
            connection.sendall(GOOD)
            assert read_reply(connection).status == 200
        connection.sendall(GOOD + GOOD[:100])
        assert read_reply(connection).status == 200
        connection.sendall(GOOD[100:])
        assert read_reply(connection).status == 200


def test_who_does_not_read_the_answer_holds_nobody_up(server):
    page = b"GET /static/vendor/bootstrap.min.css HTTP/1.1\r\nHost: a\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(MANY // 2):
            stack.enter_context(connect(server.address)).sendall(page * 3)
        assert exchange(server.address, GOOD).status == 200


def test_bodies_together_are_bounded(tmp_path):
    for service in SERVICES:
        with serving_really(service, tmp_path, OCR_HELD_BYTES="3000000") as server, ExitStack() as stack:
            half = b"POST /ocr HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_200_000
            for _ in range(2):
                connection = stack.enter_context(connect(server.address))
                connection.sendall(half)
                wait_until(partial(is_taken, connection))
            refused = exchange(server.address, half)
            assert refused.answer == (503, "overloaded"), service
            assert refused.headers["retry-after"] == "1"
            stack.close()
            wait_until(lambda: exchange(server.address, GOOD).status == 200)
