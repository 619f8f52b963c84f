"""The Flask service under waitress answers as it does under gunicorn, and drains."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fake_reader import MAX_BYTES
from serving import (
    HELD,
    PATIENCE_S,
    asking,
    hang_up,
    held,
    http,
    in_flight,
    let_go,
    metric,
    place_of,
    refuses,
    started,
    terminate_again,
    wait_until,
)
from test_contract import ERRORS, READINGS

pytest.importorskip("waitress")


@pytest.fixture(scope="module")
def waitress():
    with (
        started("flask-waitress_server", OCR_THREADS="1", OCR_MAX_BYTES=str(MAX_BYTES)) as (address, _),
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("case", {**READINGS, **ERRORS})
def test_same_answer_as_under_gunicorn(waitress, clients, case):
    request = {**READINGS, **ERRORS}[case][0]
    ours, expected = waitress.request(**request), clients["flask"].request(**request)
    assert (ours.status_code, ours.content) == (expected.status_code, expected.content)


def head(address, sent):
    with socket.create_connection(place_of(address), timeout=PATIENCE_S) as connection:
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
    with ThreadPoolExecutor(1) as pool, held(address):
        patient = pool.submit(http.post, f"{address}/ocr", **HELD)
        wait_until(in_flight(address, 1))
        leaving = asking(address)
        wait_until(in_flight(address, 2))
        hang_up(leaving)
        assert http.get(f"{address}/healthz").status_code == 200  # the loop has heard of it before
        let_go(address)
        assert patient.result().status_code == 200
        wait_until(in_flight(address, 0))
        assert metric(address, 'ocr_dropped_total{reason="caller_gone"}') == 1


def test_sigterm_answers_what_was_accepted_and_then_ends():
    with (
        started("flask-waitress_server", OCR_THREADS="2") as (address, process),
        ThreadPoolExecutor(4) as pool,
        held(address),
    ):
        accepted = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        wait_until(lambda: refuses(address))
        let_go(address)
        assert [answer.result().status_code for answer in accepted] == [200] * 4
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)


def test_a_second_sigterm_ends_it_at_once():
    with (
        started("flask-waitress_server", OCR_THREADS="1", OCR_GRACE_S="600") as (address, process),
        ThreadPoolExecutor(4) as pool,
        held(address),
    ):
        unanswered = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        wait_until(lambda: refuses(address))
        assert process.poll() is None
        terminate_again(process)
        assert all(answer.exception() for answer in unanswered)


def test_without_its_extra_it_says_what_to_install():
    absent = (
        "import runpy, sys; sys.modules['waitress'] = None; runpy.run_module('services.flask_app.waitress_server')"
    )
    ended = subprocess.run([sys.executable, "-c", absent], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (
        1,
        "Waitress is not installed; bring it with: pip install 'ocr-pair[waitress]'\n",
    )
