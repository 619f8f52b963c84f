"""The Flask service under waitress answers as it does under gunicorn, and drains."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fake_reader import MAX_BYTES
from serving import started
from test_contract import ERRORS, READINGS
from test_lifecycle import FAST, SLOW, in_flight, metric, refuses, wait_until

pytest.importorskip("waitress")


@pytest.fixture(scope="module")
def waitress():
    with (
        started("flask-waitress_server", OCR_THREADS="1", OCR_MAX_BYTES=str(MAX_BYTES)) as (address, _),
        httpx.Client(base_url=address, timeout=20, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("case", {**READINGS, **ERRORS})
def test_same_answer_as_under_gunicorn(waitress, clients, case):
    request = {**READINGS, **ERRORS}[case][0]
    ours, expected = waitress.request(**request), clients["flask"].request(**request)
    assert (ours.status_code, ours.content) == (expected.status_code, expected.content)


def head(address, sent):
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + sent + b"Connection: close\r\n\r\n")
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"Host: a\r\nHost: b\r\n", 400),
        (b"Host: a/b\r\n", 400),
        (b"Host: a:80\r\n", 200),
        (b"Host: a\r\nUpgrade: websocket\r\n", 200),
        (b"Host: a\r\nX: " + b"y" * 20_000 + b"\r\n", 431),
    ],
)
def test_heads(waitress, sent, status):
    assert head(str(waitress.base_url).rstrip("/"), sent) == status


def test_work_of_a_caller_who_hung_up_is_dropped(waitress):
    address = str(waitress.base_url).rstrip("/")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(httpx.post, f"{address}/ocr", **SLOW)
        wait_until(in_flight(address, 1))
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/ocr", **{**FAST, "timeout": 0.1})
        assert held.result().status_code == 200
        wait_until(in_flight(address, 0))
        assert metric(address, 'ocr_dropped_total{reason="caller_gone"}') == 1


def test_sigterm_answers_what_was_accepted_and_then_ends():
    with started("flask-waitress_server", OCR_THREADS="2") as (address, process), ThreadPoolExecutor(4) as pool:
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        wait_until(lambda: refuses(address))
        assert [answer.result().status_code for answer in held] == [200] * 4
        assert process.wait(10) in (0, -signal.SIGTERM)


def test_a_second_sigterm_ends_it_at_once():
    with started("flask-waitress_server", OCR_THREADS="1") as (address, process), ThreadPoolExecutor(4) as pool:
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        time.sleep(1.2)
        process.terminate()
        process.wait(20)
        assert any(answer.exception() for answer in held)
