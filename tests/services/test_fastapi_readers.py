"""Callers of FastAPI who take nothing of an answer, hardly anything, or all of it slowly; and idle connections."""

import socket
import struct
import time
from contextlib import suppress

import pytest
from fastapi_serving import (
    END,
    FORM,
    HEALTH,
    PART,
    TalkativeReader,
    connect,
    ended,
    post,
    read_statuses,
    serving,
    statuses,
)
from serving import PATIENCE_S, http, in_flight, metric, wait_until

from services.fastapi_app import sending


def test_a_stream_that_nobody_reads_keeps_no_share_of_the_bodies(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 600)
    many = PART % (b"x" * 1_000_000)
    with serving(TalkativeReader(), held_bytes=20_000_000) as port, connect(port, read_buffer=4096) as silent:
        silent.sendall(post(many * 12 + END, path=b"/ocr/stream"))
        wait_until(lambda: read_all(port))
        assert statuses(port, post(many * 12 + END)) == [200]
        assert not ended(silent)


def read_all(port):
    address = f"http://127.0.0.1:{port}"
    return metric(address, 'ocr_stage_seconds_count{stage="decode"}') == 12 and in_flight(address, 0)()


def test_events_that_wait_are_bounded_and_who_is_furthest_behind_pays(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 600)
    monkeypatch.setattr("fastapi_serving.TALK", 50_000)
    with serving(TalkativeReader(), held_bytes=2_000_000) as port, connect(port, read_buffer=4096) as silent:
        silent.sendall(post(PART % b"a" * 80 + END, path=b"/ocr/stream"))
        files = [("file", ("a", b"%d" % number)) for number in range(5)]
        text = http.post(f"http://127.0.0.1:{port}/ocr/stream", files=files).text
        assert text.count("event: done") == 5
        wait_until(in_flight(f"http://127.0.0.1:{port}", 0))  # there are 8 MB of events, or it was given up
        got = b""
        while more := silent.recv(1 << 20):
            got += more
        assert got.startswith(b"HTTP/1.1 200 ")
        assert b"event: " in got  # as many of them as the kernel's buffer took
        assert got.count(b"event: done") < 80
        assert not got.endswith(b"\r\n0\r\n\r\n")  # no client takes it for whole


@pytest.mark.parametrize("path", [b"/ocr", b"/ocr/stream"])
@pytest.mark.parametrize("headers", [b"", b"Connection: close\r\n"])
def test_who_takes_nothing_of_an_answer_is_given_up(path, headers, monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 0.2)
    monkeypatch.setattr("fastapi_serving.TALK", 4_000_000)
    with serving(TalkativeReader()) as port, connect(port, read_buffer=4096) as silent:
        silent.sendall(post(FORM, path=path, headers=headers))
        wait_until(lambda: ended(silent))


def test_who_takes_a_little_now_and_then_is_given_up(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 0.2)
    monkeypatch.setattr("fastapi_serving.TALK", 4_000_000)
    with serving(TalkativeReader()) as port, connect(port, read_buffer=4096) as slow:
        slow.sendall(post(FORM))
        with pytest.raises(ConnectionError):
            drip(slow)


def drip(connection):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert connection.recv(100)
        time.sleep(0.01)


def test_who_is_slow_gets_the_whole_answer(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 0.3)
    monkeypatch.setattr(sending, "SEND_BYTES", 1000)
    monkeypatch.setattr("fastapi_serving.TALK", 3_000_000)
    with serving(TalkativeReader()) as port:

        def is_whole():
            """A machine that stands still for longer than SEND_S makes anybody too slow, but not each time."""
            got = 0
            with connect(port, read_buffer=65536) as slow, suppress(ConnectionError):
                slow.sendall(post(FORM, headers=b"Connection: close\r\n"))
                while more := slow.recv(100_000):
                    got += len(more)
                    time.sleep(0.01)
            return got > 6_000_000

        wait_until(is_whole)


def test_idle_connections_end_without_a_word(caplog):
    with serving(keep_alive_s=0.1) as port, connect(port) as idle, connect(port) as reset:
        for connection in (idle, reset):
            connection.sendall(HEALTH % b"")
            assert read_statuses(connection) == [200]
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
        wait_until(lambda: ended(idle))
    assert not caplog.records
