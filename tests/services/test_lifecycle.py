"""From the start to the end of both services: readiness, SIGTERM, grace, a second SIGTERM, workers that die."""

import json
import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fake_reader import SLOW_S
from serving import started

SERVICES = pytest.mark.parametrize("service", ["flask", "fastapi"])
SLOW = {"files": {"file": ("a.png", b"slow")}, "headers": {"Cache-Control": "no-store"}, "timeout": 30}
FAST = {**SLOW, "files": {"file": ("a.png", b"image")}}


def wait_until(true, seconds=15):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def metric(address, line):
    """Return the value of a sample, given with its labels; None if there is none."""
    for row in httpx.get(f"{address}/metrics").text.splitlines():
        if row.startswith(f"{line} "):
            return float(row.rpartition(" ")[2])
    return None


def in_flight(address, count):
    return lambda: metric(address, "ocr_requests_in_flight") == count


def refuses(address):
    host, port = address.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@SERVICES
def test_not_ready_until_the_canary_has_been_read(service):
    with started(service, ready=False, FAKE_CANARY_S="0.5") as (address, _):
        wait_until(lambda: not refuses(address))
        assert httpx.get(f"{address}/readyz").status_code == 503
        assert httpx.get(f"{address}/healthz").status_code == 200
        refused = httpx.post(f"{address}/ocr", **FAST)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200)
        assert httpx.post(f"{address}/ocr", **FAST).status_code == 200


@SERVICES
def test_sigterm_answers_what_was_accepted_and_then_ends(service):
    with (
        started(service, OCR_THREADS="2", OCR_DRAIN_DELAY_S="1") as (address, process),
        ThreadPoolExecutor(4) as pool,
        httpx.Client(base_url=address) as kept,
    ):
        assert kept.get("/readyz").status_code == 200
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        wait_until(lambda: kept.get("/readyz").status_code == 503)
        # the port stays open for the drain delay: a balancer may not have looked at /readyz yet
        assert httpx.post(f"{address}/ocr", **FAST, params={}).status_code == 200
        wait_until(lambda: refuses(address))
        assert [answer.result().status_code for answer in held] == [200] * 4
        assert process.wait(10) in (0, -signal.SIGTERM)


@SERVICES
def test_grace_period_ends_a_service_with_work_left(service):
    with started(service, OCR_GRACE_S="1") as (address, process), ThreadPoolExecutor(1) as pool:
        held = pool.submit(httpx.post, f"{address}/ocr", **SLOW)
        wait_until(in_flight(address, 1))
        process.terminate()
        process.wait(20)
        # its answer was still a second away
        with pytest.raises(httpx.TransportError):
            held.result()


@SERVICES
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_sigterm_ends_it_at_once(service, workers):
    with (
        started(service, OCR_WORKERS=workers, OCR_THREADS="1") as (address, process),
        ThreadPoolExecutor(6) as pool,
    ):
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(6)]
        wait_until(in_flight(address, 6))
        process.terminate()
        time.sleep(1.2)
        assert process.poll() is None
        process.terminate()
        process.wait(20)
        assert any(answer.exception() for answer in held)  # without it all would be answered


def worker_pids(address):
    rows = httpx.get(f"{address}/metrics").text.splitlines()
    return {int(row.split('"')[1]) for row in rows if row.startswith("ocr_worker_resident_bytes{")}


@SERVICES
def test_workers_share_their_metrics_and_one_that_is_killed_comes_back(service):
    size = {"OCR_WORKERS": "2", "OCR_THREADS": "1", "FAKE_CANARY_S": "0.3"}
    with started(service, **size) as (address, _), ThreadPoolExecutor(8) as pool:
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2)
        answers = list(pool.map(lambda _: httpx.post(f"{address}/ocr", **FAST), range(40)))
        assert {answer.status_code for answer in answers} == {200}
        line = 'ocr_requests_total{method="POST",route="/ocr",status="200"}'
        assert metric(address, line) == 40
        assert metric(address, 'ocr_size{of="workers"}') == 2
        before = worker_pids(address)
        os.kill(min(before), signal.SIGKILL)
        statuses = []

        def is_back():
            statuses.extend((httpx.get(f"{address}/readyz").status_code, httpx.post(**fast).status_code))
            return len(worker_pids(address) - {min(before)}) == 2 and metric(address, "ocr_workers_ready") == 2

        fast = {"url": f"{address}/ocr", **FAST}
        wait_until(is_back)
        assert set(statuses) == {200}  # the new one takes no requests until it can read
        assert metric(address, line) == 40 + len(statuses) / 2  # what the dead one counted stays
        assert metric(address, "ocr_requests_in_flight") == 0


@SERVICES
def test_deadline_of_the_caller(service):
    with started(service, OCR_DEADLINE_MS="5000") as (address, _):
        begin = time.monotonic()
        late = httpx.post(f"{address}/ocr", **{**SLOW, "headers": {"X-Deadline-Ms": "300"}})
        assert time.monotonic() - begin < SLOW_S
        assert (late.status_code, late.json()["code"]) == (504, "deadline_exceeded")
        assert metric(address, "ocr_deadline_misses_total") == 1
        assert metric(address, 'ocr_rejected_total{reason="deadline_exceeded"}') == 1
        bad = httpx.post(f"{address}/ocr", **{**FAST, "headers": {"X-Deadline-Ms": "soon"}})
        assert (bad.status_code, bad.json()["code"]) == (400, "bad_option")


@SERVICES
def test_work_of_a_caller_who_hung_up_is_dropped(service):
    with started(service, OCR_THREADS="1") as (address, _), ThreadPoolExecutor(1) as pool:
        held = pool.submit(httpx.post, f"{address}/ocr", **SLOW)
        wait_until(in_flight(address, 1))
        for _ in range(3):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{address}/ocr", **{**FAST, "timeout": 0.1})
        assert held.result().status_code == 200
        wait_until(in_flight(address, 0))
        assert metric(address, 'ocr_dropped_total{reason="caller_gone"}') == 3
        assert metric(address, 'ocr_stage_seconds_count{stage="decode"}') == 1


@SERVICES
def test_a_request_is_one_line_of_the_log_without_its_content(service):
    with started(service, stderr=subprocess.PIPE) as (address, process):
        for content, request_id in ((b"image", "first"), (b"damaged", "second")):
            answer = httpx.post(
                f"{address}/ocr", files={"file": ("secret-name.png", content)}, headers={"X-Request-ID": request_id}
            )
            assert answer.headers["X-Request-ID"] == request_id
        stages = [part.partition(";")[0] for part in answer.headers["Server-Timing"].split(", ")]
        assert stages == ["queue", "total"]
        assert httpx.get(f"{address}/healthz").status_code == 200
        process.terminate()
        text = process.stderr.read()
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["request_id"], line["status"], line.get("code")) for line in requests] == [
        ("first", 200, None),
        ("second", 422, "unreadable_image"),
    ]
    assert set(requests[0]["stages_ms"]) == {"queue", "decode", "detect", "recognize", "encode"}
    assert "secret" not in text
    assert "总计" not in text


@SERVICES
def test_what_never_became_a_request_is_counted(service):
    with started(service) as (address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        assert metric(address, 'ocr_requests_total{method="other",route="other",status="400"}') == 1
        assert metric(address, 'ocr_rejected_total{reason="bad_request"}') == 1


@SERVICES
def test_metrics_and_logs_can_be_switched_off(service):
    with started(service, stderr=subprocess.PIPE, OCR_METRICS="off", OCR_LOG="off") as (address, process):
        assert httpx.get(f"{address}/metrics").status_code == 404
        assert httpx.post(f"{address}/ocr", **FAST).status_code == 200
        process.terminate()
        assert process.stderr.read() == ""


@SERVICES
def test_two_workers_answer_what_they_have_accepted(service, tmp_path):
    size = {"OCR_WORKERS": "2", "OCR_THREADS": "1", "OCR_LOG": "off", "FAKE_SLOW_S": "1"}
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        started(service, stderr, **size) as (address, process),
        ThreadPoolExecutor(4) as pool,
    ):
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        assert [answer.result().status_code for answer in held] == [200] * 4
        assert process.wait(20) in (0, -signal.SIGTERM)
    assert log.read_text() == ""


@pytest.mark.scale
@SERVICES
def test_sighup_replaces_the_workers_and_loses_nothing(service):
    size = {"OCR_WORKERS": "2", "OCR_THREADS": "1", "FAKE_SLOW_S": "0.5"}
    with started(service, **size) as (address, process), ThreadPoolExecutor(2) as pool:
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2 and len(worker_pids(address)) == 2)
        before = worker_pids(address)
        held = [pool.submit(httpx.post, f"{address}/ocr", **SLOW) for _ in range(2)]
        process.send_signal(signal.SIGHUP)
        statuses = []

        def are_new():
            statuses.append(httpx.post(f"{address}/ocr", **FAST).status_code)
            return not worker_pids(address) & before

        wait_until(are_new, seconds=60)
        assert {answer.result().status_code for answer in held} == set(statuses) == {200}
        assert process.poll() is None
