"""What Flask's own server holds against callers: slow readers, halves of bodies, odd addresses, a port in use."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from serving import PATIENCE_S, free_port, http, is_taken, metric, place_of, started, wait_until

from services.flask_app import answer_socket

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n%b\r\n--B--\r\n'
HELD = 600_000
KEY = b"X-API-Key: k\r\n"


def head(length, headers=b"", path=b"/ocr"):
    return (
        b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=B\r\n%b\r\n" % (path, length, headers)
    )


def connect(address):
    return socket.create_connection(place_of(address), timeout=PATIENCE_S)


def answers(connection, count=1):
    """Return (status, code of the error, text) of each of the next answers on a connection."""
    told, reader = [], connection.makefile("rb")
    for _ in range(count):
        status = int(reader.readline().split()[1])
        lines = dict(line.rstrip().lower().split(b": ", 1) for line in iter(reader.readline, b"\r\n"))
        body = json.loads(reader.read(int(lines[b"content-length"])))
        told.append((status, body.get("code"), body.get("text")))
    return told


def answer(address, sent):
    with connect(address) as connection:
        connection.sendall(sent)
        return answers(connection)[0][:2]


@pytest.fixture(scope="module")
def keyed():
    with started("flask", OCR_API_KEYS="k", OCR_HELD_BYTES=str(HELD), OCR_THREADS="1") as (address, _):
        yield address


def test_who_takes_an_answer_in_drops_holds_no_thread():
    many = 60  # there are 34 threads
    limits = {"OCR_THREADS": "1", "OCR_QUEUE": "1", "FAKE_BOUNDS": "wire.SEND_S=60"}
    with started("flask", **limits) as (address, _), ExitStack() as stack:
        page = b"GET /static/vendor/bootstrap.min.css HTTP/1.1\r\nHost: a\r\n\r\n"
        slow = [stack.enter_context(socket.socket()) for _ in range(many)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            connection.connect(place_of(address))
            connection.sendall(page * 40)
        for _ in range(3):
            for connection in slow:
                assert connection.recv(2000)
            assert http.get(f"{address}/healthz").status_code == 200
        # who takes it all gets it all
        expected = http.get(f"{address}/static/vendor/bootstrap.min.css").content
        with slow[0].makefile("rb") as rest:
            read = rest.read(len(expected) * 4)
        assert read.count(expected) >= 2


def test_without_a_key_no_body_is_received(keyed):
    with ExitStack() as stack:
        for path in (b"/ocr", b"/ocr/stream", b"/%6fcr", b"/healthz", b"/nothing"):
            connection = stack.enter_context(connect(keyed))
            connection.sendall(head(1_000_000, path=path) + b"x" * 10_000)
            status = answers(connection)[0][0]
            assert status == {b"/healthz": 405, b"/nothing": 404}.get(path, 401), path
        whole = PART % b"image"
        assert answer(keyed, head(len(whole), KEY) + whole) == (200, None)


def test_what_has_no_body_passes_whatever_is_held(keyed):
    with connect(keyed) as half:
        half.sendall(head(1_000_000, KEY) + b"x" * (HELD - 1000))
        wait_until(lambda: is_taken(half))  # whoever asks before may take the last of its place

        def is_full():
            return answer(keyed, head(2000, KEY) + b"x" * 2000) == (503, "overloaded")

        wait_until(is_full)
        assert answer(keyed, HEALTH) == (200, None)
        assert answer(keyed, HEALTH.replace(b"/healthz", b"/readyz")) == (200, None)
        assert answer(keyed, head(1_000_000)) == (401, "unauthorized")
    wait_until(lambda: not is_full())


def test_half_of_a_request_behind_another(keyed):
    with connect(keyed) as connection:
        connection.sendall(HEALTH + head(1_000_000) + b"x")
        assert [told[:2] for told in answers(connection, 2)] == [(200, None), (401, "unauthorized")]
    whole = PART % b"\r\n\r\nimage"
    cut = whole.index(b"\r\n\r\nimage")
    with connect(keyed) as connection:
        connection.sendall(HEALTH + head(len(whole), KEY) + whole[:cut])
        assert answers(connection)[0][0] == 200
        connection.sendall(whole[cut:])
        status, _, text = answers(connection)[0]
        assert (status, text.split()[-1]) == (200, "9")  # bytes of the file


def test_two_keys_are_none_however_they_arrive(keyed):
    whole = PART % b"image"
    assert answer(keyed, head(len(whole), KEY + KEY) + whole) == (401, "unauthorized")
    with connect(keyed) as connection:
        connection.sendall(head(len(whole), KEY + KEY + b"Expect: 100-continue\r\n"))
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_the_rate_is_asked_once_and_before_the_body():
    whole = PART % b"image"
    with started("flask", OCR_RATE_LIMIT="2/minute") as (address, _):
        for _ in range(2):
            with connect(address) as connection:
                connection.sendall(head(len(whole), b"Expect: 100-continue\r\n"))
                assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
                connection.sendall(whole)
                assert answers(connection)[0][0] == 200
        assert answer(address, head(len(whole))) == (429, "too_many_requests")


@pytest.mark.parametrize(("bytes_per_s", "gets_it"), [(20_000, True), (6_000, True), (3_000, False)])
def test_the_time_that_an_answer_may_take(monkeypatch, bytes_per_s, gets_it):
    clock = SimpleNamespace(seconds=0.0, monotonic=lambda: clock.seconds)
    monkeypatch.setattr(answer_socket, "time", clock)
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        reader.connect(listening.getsockname())
        unsent = answer_socket.Unsent(10_000_000)
        with answer_socket.AnswerSocket(listening.accept()[0], unsent) as sender:
            size = 1_500_000
            sender.sendall(b"x" * size)
            assert sender.unsent
            while sender.unsent and sender.ends >= clock.seconds:
                clock.seconds += 1
                got = len(reader.recv(bytes_per_s, socket.MSG_WAITALL))
                assert got == bytes_per_s
                sender.send_on()
                size -= got
            assert (sender.unsent == 0) == gets_it
            if not gets_it:
                assert size > 1_000_000
                with pytest.raises(ConnectionError):
                    sender.sendall(b"x")


def test_events_that_wait_are_bounded_and_who_is_furthest_behind_pays():
    parts = b"".join(PART.removesuffix(b"--B--\r\n") % b"%d" % number for number in range(80)) + b"--B--\r\n"
    cut_off = 'ocr_requests_total{method="POST",route="/ocr/stream",status="499"}'
    limits = {"OCR_HELD_BYTES": "2000000", "FAKE_TALK": "50000", "FAKE_BOUNDS": "wire.SEND_S=600"}
    with started("flask", **limits) as (address, _), socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.settimeout(PATIENCE_S)
        silent.connect(place_of(address))
        silent.sendall(head(len(parts), path=b"/ocr/stream") + parts)
        files = [("file", ("a", b"%d" % number)) for number in range(5)]
        text = http.post(f"{address}/ocr/stream", files=files).text
        assert text.count("event: done") == 5
        wait_until(lambda: metric(address, cut_off) == 1)
        got = b""
        with suppress(ConnectionResetError):
            while more := silent.recv(1 << 20):
                got += more
        assert got.count(b"event: done") < 80
        assert not got.endswith(b"\r\n0\r\n\r\n")  # no client takes it for whole


def test_what_waits_is_given_back():
    unsent = answer_socket.Unsent(1_500_000)
    with ExitStack() as stack:
        pairs = [[stack.enter_context(end) for end in socket.socketpair()] for _ in range(3)]
        senders = [stack.enter_context(answer_socket.AnswerSocket(end, unsent)) for end, _ in pairs]
        for sender, size in zip(senders, (1_000_000, 900_000, 10_000_000), strict=True):
            sender.sendall(b"x" * size)
            sender.close() if size == 1_000_000 else None
        assert senders[1].unsent  # the last one alone was too much
        with pytest.raises(ConnectionError):
            senders[2].sendall(b"x")
        senders[1].sendall(b"x" * 500_000)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", (400, "bad_request")),
        (b"GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", (200, None)),
        (b"GET //healthz HTTP/1.1\r\nHost: a\r\n\r\n", (404, "not_found")),
        (b"GET //metrics HTTP/1.1\r\nHost: a\r\n\r\n", (404, "not_found")),
        (b"GET /healthz HTTP/1.1\r\n\r\n", (400, "bad_request")),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", (400, "bad_request")),
        (b"GET /healthz HTTP/1.0\r\nConnection: close\r\n\r\n", (200, None)),
    ],
)
def test_addresses_and_hosts(keyed, sent, expected):
    assert answer(keyed, sent) == expected


def test_listens_on_ipv6():
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = free_port()
        with started("flask", ready=False, HOST="::1", PORT=str(port)) as (_, process):
            assert process.stdout.readline().endswith(f"open http://[::1]:{port}/\n")
            assert http.get(f"http://[::1]:{port}/healthz").status_code == 200
        return
    pytest.skip("this machine has no IPv6")


@pytest.mark.parametrize("server", ["flask", "flask-waitress_server"])
def test_a_port_in_use_is_a_sentence(server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, Path(__file__).with_name("fake_reader.py"), server],
            env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    sentence = (
        f"http://127.0.0.1:{port}/ cannot be listened on: Address already in use. Set HOST or PORT to another.\n"
    )
    assert (ended.returncode, ended.stderr) == (1, sentence)
