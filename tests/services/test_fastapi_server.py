"""What uvicorn alone does not hold against callers: upgrades, trailers, odd heads, forged addresses."""

import socket
import subprocess
import time

import pytest
from fastapi_serving import FORM, FORM_TYPE, HEALTH, connect, post, read_statuses, serving, statuses
from serving import PATIENCE_S, started, wait_until

from services.fastapi_app import protocol

CHUNKED = b"POST /ocr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + FORM_TYPE + b"\r\n"
CHUNKED_FORM = CHUNKED + b"%x\r\n%b\r\n0\r\n" % (len(FORM), FORM)


@pytest.fixture(scope="module")
def port():
    """The port of a server with the settings as shipped."""
    with serving() as port:
        yield port


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
