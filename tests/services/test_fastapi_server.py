"""What uvicorn alone does not hold against callers: who does not read, upgrades, trailers, forged addresses."""

import re
import socket
import struct
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from fake_reader import DEFAULTS, FakeReader
from serving import PATIENCE_S, free_port, http, in_flight, metric, started, wait_until

from services.fastapi_app import create_app, protocol, sending
from services.fastapi_app import server as fastapi_server
from services.settings import Settings

PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%b\r\n'
END = b"--B--\r\n"
FORM = PART % b"image" + END
FORM_TYPE = b"Content-Type: multipart/form-data; boundary=B\r\n"
CHUNKED = b"POST /ocr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + FORM_TYPE + b"\r\n"
CHUNKED_FORM = CHUNKED + b"%x\r\n%b\r\n0\r\n" % (len(FORM), FORM)
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n%b\r\n"
TALK = 100_000
"""Characters of the line that a `TalkativeReader` finds; a stream tells of it twice."""


class TalkativeReader(FakeReader):
    """Finds much text, fast."""

    def read(self, data, options=DEFAULTS, *, deadline=None, progress=None):
        page = super().read(data, options)
        line = replace(page.lines[0], reading=replace(page.lines[0].reading, text="x" * TALK))
        if progress:
            progress.found(320, 64, 1)
            progress.line(line)
        return replace(page, lines=(line,))


@contextmanager
def serving(reader=None, keep_alive_s=5, **settings):
    """Yield the port of the real server in a thread of this process, so that a test can change its bounds."""
    settings = Settings(port=free_port(), log=False, **settings)
    config = fastapi_server._config(settings, create_app(settings, reader or FakeReader()))
    config.timeout_keep_alive = keep_alive_s
    server = fastapi_server.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started and server.lifespan.state["service"].lifecycle.loaded)
        yield settings.port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port():
    """The port of a server with the settings as shipped."""
    with serving() as port:
        yield port


def post(body, path=b"/ocr", headers=b"", version=b"1.1"):
    head = b"POST %b HTTP/%b\r\nHost: a\r\nContent-Length: %d\r\n" % (path, version, len(body))
    return head + FORM_TYPE + headers + b"\r\n" + body


def connect(port, read_buffer=None):
    connection = socket.socket()
    if read_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", port))
    return connection


def read_statuses(connection, count=1):
    """Return the statuses of the next answers, as many as there are up to `count`."""
    got = b""
    with suppress(ConnectionError):
        while len(found := re.findall(rb"HTTP/1\.1 (\d+)", got)) < count and (more := connection.recv(65536)):
            got += more
    return [int(status) for status in found]


def statuses(port, *pieces, count=1):
    with connect(port) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.05 * (len(pieces) > 1))
        return read_statuses(connection, count)


def ended(connection):
    """Whether the server has given up a connection, seen without reading what waits on it."""
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state in (7, 8)  # TCP_CLOSE, TCP_CLOSE_WAIT


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
    monkeypatch.setattr(f"{__name__}.TALK", 50_000)
    with serving(TalkativeReader(), held_bytes=2_000_000) as port, connect(port, read_buffer=4096) as silent:
        silent.sendall(post(PART % b"a" * 80 + END, path=b"/ocr/stream"))
        files = [("file", ("a", b"%d" % number)) for number in range(5)]
        text = http.post(f"http://127.0.0.1:{port}/ocr/stream", files=files).text
        assert text.count("event: done") == 5
        wait_until(in_flight(f"http://127.0.0.1:{port}", 0))  # there are 8 MB of events, or it was given up
        got = b""
        while more := silent.recv(1 << 20):
            got += more
        assert 0 < got.count(b"event: done") < 80
        assert not got.endswith(b"\r\n0\r\n\r\n")  # no client takes it for whole


@pytest.mark.parametrize("path", [b"/ocr", b"/ocr/stream"])
@pytest.mark.parametrize("headers", [b"", b"Connection: close\r\n"])
def test_who_takes_nothing_of_an_answer_is_given_up(path, headers, monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 0.2)
    monkeypatch.setattr(f"{__name__}.TALK", 4_000_000)
    with serving(TalkativeReader()) as port, connect(port, read_buffer=4096) as silent:
        silent.sendall(post(FORM, path=path, headers=headers))
        wait_until(lambda: ended(silent))


def test_who_takes_a_little_now_and_then_is_given_up(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 0.2)
    monkeypatch.setattr(f"{__name__}.TALK", 4_000_000)
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
    monkeypatch.setattr(f"{__name__}.TALK", 3_000_000)
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


def test_empty_lines_behind_an_answer_are_no_request(port, monkeypatch):
    with serving(keep_alive_s=0.5) as other, connect(other) as connection:
        connection.sendall(HEALTH % b"")
        got = b""
        while not got.endswith(b'{"status":"ok"}'):
            got += connection.recv(65536)
        monkeypatch.setattr(protocol, "HEAD_S", 0.01)
        connection.sendall(b"\r\n")
        assert connection.recv(65536) == b""  # it ends as any idle one does
    monkeypatch.undo()
    first_line, rest = (HEALTH % b"").split(b"\r\n", 1)
    assert statuses(port, HEALTH % b"" + first_line, b"\r\n", rest, count=2) == [200, 200]
    assert statuses(port, b"\r\n", b"\n", b"\r\n" + HEALTH % b"") == [200]


@pytest.mark.parametrize("wish", [b"h2c", b"websocket", b"TLS/1.0"])
def test_a_wish_for_another_protocol_is_ignored(port, wish):
    wish = b"Upgrade: %b\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n" % wish
    asking = post(FORM, headers=wish)
    assert statuses(port, asking) == [200]
    assert statuses(port, asking[:40], asking[40:-20], asking[-20:]) == [200]
    assert statuses(port, asking + post(FORM) + asking + HEALTH % wish, count=4) == [200] * 4
    chunked = CHUNKED_FORM.replace(b"Host: a\r\n", b"Host: a\r\n" + wish) + b"\r\n"
    assert statuses(port, chunked) == [200]


def test_many_wishes_at_once_are_ignored(port):
    wish = b"Upgrade: h2c\r\nConnection: Upgrade\r\n"
    assert statuses(port, (HEALTH % wish) * 300, count=300) == [200] * 300


def test_trailers_are_no_headers(port):
    assert statuses(port, CHUNKED_FORM + b"X-Deadline-Ms: abc\r\nExpect: more\r\nHost: b\r\n\r\n") == [200]
    assert statuses(port, CHUNKED_FORM + b"Content-Length: 5\r\n\r\n" + HEALTH % b"", count=2) == [400]


@pytest.mark.parametrize("trailer", [b"X: " + b"y" * 1000 + b"\r\n", b"X" * 1000], ids=["lines", "one line"])
def test_trailers_are_bounded(port, trailer):
    assert statuses(port, CHUNKED_FORM, trailer * 40) == [431]
    assert statuses(port, CHUNKED_FORM, *[trailer * 6] * 4) == [431]


def test_a_chunked_body_in_small_pieces_is_no_trailer(port):
    pieces = b"".join(b"1;a=%b\r\n%b\r\n" % (b"x" * 200, FORM[at : at + 1]) for at in range(len(FORM)))
    assert len(pieces) > 16 * 1024
    assert statuses(port, CHUNKED, pieces[:9000], pieces[9000:], b"0\r\n\r\n") == [200]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (CHUNKED_FORM.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", 400),
        (post(FORM, version=b"1.0"), 200),
        (post(FORM, headers=b"Expect: 200-ok\r\n"), 400),
        (post(FORM, headers=b"Accept: application/x-none\r\nAccept: application/json\r\n"), 200),
        (post(FORM, headers=b"X-Deadline-Ms: 5000\r\nX-Deadline-Ms: 5000\r\n"), 400),
    ],
)
def test_heads(port, request_bytes, status):
    assert statuses(port, request_bytes) == [status]


def test_nobody_chooses_the_address_under_which_it_is_counted():
    with serving(rate_limit="3/minute") as port:
        forged = [post(FORM, headers=b"X-Forwarded-For: 10.0.0.%d\r\n" % number) for number in range(4)]
        assert [statuses(port, request)[0] for request in forged] == [200, 200, 200, 429]


def test_the_deadline_counts_from_the_end_of_the_request(port):
    request = post(FORM, headers=b"X-Deadline-Ms: 400\r\n")

    def is_in_time():
        """On a busy machine it may be too late all the same, but not each time."""
        with connect(port) as connection:
            connection.sendall(request[:-5])
            time.sleep(0.5)
            connection.sendall(request[-5:])
            return read_statuses(connection) == [200]

    wait_until(is_in_time)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_told_with_its_setting(workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = {"PORT": str(taken.getsockname()[1]), "OCR_WORKERS": workers}
        with started("fastapi", stderr=subprocess.PIPE, ready=False, **place) as (_, process):
            assert process.wait(PATIENCE_S) == 1
            said = process.stderr.read()
    assert f"127.0.0.1:{place['PORT']}/ cannot be listened on: Address already in use. Set HOST or PORT" in said
