"""From the start to the end of both services: readiness, SIGTERM, grace, a second SIGTERM, workers that die."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import (
    FAST,
    HELD,
    PATIENCE_S,
    asking,
    hang_up,
    held,
    http,
    in_flight,
    let_go,
    metric,
    refuses,
    started,
    terminate_again,
    wait_until,
    worker_pids,
)

SERVICES = pytest.mark.parametrize("service", ["flask", "fastapi"])


@SERVICES
def test_not_ready_until_the_canary_has_been_read(service):
    with started(service, ready=False, canary_is_held=True) as (address, _):
        wait_until(lambda: not refuses(address))
        assert http.get(f"{address}/readyz").status_code == 503
        assert http.get(f"{address}/healthz").status_code == 200
        refused = http.post(f"{address}/ocr", **FAST)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
        let_go(address)
        wait_until(lambda: http.get(f"{address}/readyz").status_code == 200)
        assert http.post(f"{address}/ocr", **FAST).status_code == 200


@SERVICES
def test_sigterm_answers_what_was_accepted_and_then_ends(service):
    with (
        started(service, OCR_THREADS="2", OCR_DRAIN_DELAY_S="1") as (address, process),
        ThreadPoolExecutor(4) as pool,
        held(address),
    ):
        accepted = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(4)]
        wait_until(in_flight(address, 4))
        process.terminate()
        wait_until(lambda: refuses(address))
        assert process.poll() is None
        let_go(address)
        assert [answer.result().status_code for answer in accepted] == [200] * 4
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)


@SERVICES
def test_the_port_stays_open_for_the_drain_delay(service):
    """A balancer may not have looked at /readyz yet."""
    with (
        started(service, OCR_DRAIN_DELAY_S="600") as (address, process),
        httpx.Client(base_url=address, timeout=PATIENCE_S) as kept,
    ):
        assert kept.get("/readyz").status_code == 200
        process.terminate()
        wait_until(lambda: kept.get("/readyz").status_code == 503)
        assert http.post(f"{address}/ocr", **FAST).status_code == 200
        assert kept.get("/readyz").status_code == 503
        terminate_again(process)


@SERVICES
def test_grace_period_ends_a_service_with_work_left(service):
    with (
        started(service, OCR_GRACE_S="1") as (address, process),
        ThreadPoolExecutor(1) as pool,
        held(address),
    ):
        unanswered = pool.submit(http.post, f"{address}/ocr", **HELD)
        wait_until(in_flight(address, 1))
        process.terminate()
        process.wait(PATIENCE_S)
        with pytest.raises(httpx.TransportError):
            unanswered.result()


@SERVICES
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_sigterm_ends_it_at_once(service, workers):
    with (
        started(service, OCR_WORKERS=workers, OCR_THREADS="1", OCR_GRACE_S="600") as (address, process),
        ThreadPoolExecutor(6) as pool,
        held(address),
    ):
        unanswered = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(6)]
        wait_until(in_flight(address, 6))
        process.terminate()
        wait_until(lambda: refuses(address))
        assert process.poll() is None
        terminate_again(process)
        assert all(answer.exception() for answer in unanswered)


@SERVICES
def test_workers_share_their_metrics_and_one_that_is_killed_comes_back(service):
    size = {"OCR_WORKERS": "2", "OCR_THREADS": "1", "FAKE_CANARY_S": "0.3"}
    with started(service, **size) as (address, _), ThreadPoolExecutor(8) as pool:
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2)
        answers = list(pool.map(lambda _: http.post(f"{address}/ocr", **FAST), range(40)))
        assert {answer.status_code for answer in answers} == {200}
        line = 'ocr_requests_total{method="POST",route="/ocr",status="200"}'
        assert metric(address, line) == 40
        assert metric(address, 'ocr_size{of="workers"}') == 2
        before = worker_pids(address)
        os.kill(min(before), signal.SIGKILL)
        ready, read, lost = [], [], []

        def is_back():
            try:
                ready.append(http.get(f"{address}/readyz").status_code)
                read.append(http.post(f"{address}/ocr", **FAST).status_code)
                return len(worker_pids(address) - {min(before)}) == 2 and metric(address, "ocr_workers_ready") == 2
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                lost.append(error)

        wait_until(is_back)
        assert set(ready) == set(read) == {200}  # the new one takes no requests until it can read
        assert len(lost) <= 1  # on a busy machine the dead one may have taken one with it
        assert metric(address, line) - 40 - len(read) in (0, len(lost))  # what the dead one counted stays
        wait_until(in_flight(address, 0))


@SERVICES
def test_deadline_of_the_caller(service):
    with started(service) as (address, _), held(address):
        late = http.post(f"{address}/ocr", **{**HELD, "headers": {"X-Deadline-Ms": "300"}})
        assert (late.status_code, late.json()["code"]) == (504, "deadline_exceeded")  # and it is still being read
        assert metric(address, "ocr_deadline_misses_total") == 1
        assert metric(address, 'ocr_rejected_total{reason="deadline_exceeded"}') == 1
        bad = http.post(f"{address}/ocr", **{**FAST, "headers": {"X-Deadline-Ms": "soon"}})
        assert (bad.status_code, bad.json()["code"]) == (400, "bad_option")


@SERVICES
def test_work_of_a_caller_who_hung_up_is_dropped(service):
    counted = 'ocr_requests_total{method="POST",route="/ocr",status="499"}'
    with started(service, OCR_THREADS="1") as (address, _), ThreadPoolExecutor(1) as pool, held(address):
        patient = pool.submit(http.post, f"{address}/ocr", **HELD)
        wait_until(in_flight(address, 1))
        leaving = [asking(address) for _ in range(3)]
        wait_until(in_flight(address, 4))
        for connection in leaving:
            hang_up(connection)
        # Flask asks the kernel when their turn comes, the event loop of FastAPI hears of it on its own
        wait_until(lambda: service == "flask" or metric(address, counted) == 3)
        let_go(address)
        assert patient.result().status_code == 200
        wait_until(in_flight(address, 0))
        assert metric(address, 'ocr_dropped_total{reason="caller_gone"}') == 3
        assert metric(address, 'ocr_stage_seconds_count{stage="decode"}') == 1


@SERVICES
def test_two_workers_answer_what_they_have_accepted(service, tmp_path):
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        started(service, stderr, OCR_WORKERS="2", OCR_THREADS="1", OCR_LOG="off") as (address, process),
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
    assert log.read_text() == ""


@pytest.mark.scale
@SERVICES
def test_sighup_replaces_the_workers_and_loses_nothing(service):
    with (
        started(service, OCR_WORKERS="2", OCR_THREADS="1") as (address, process),
        ThreadPoolExecutor(2) as pool,
        held(address),
    ):
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2 and len(worker_pids(address)) == 2)
        before = worker_pids(address)
        accepted = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(2)]
        wait_until(in_flight(address, 2))
        process.send_signal(signal.SIGHUP)
        let_go(address)
        statuses = []

        def are_new():
            statuses.append(http.post(f"{address}/ocr", **FAST).status_code)
            return not worker_pids(address) & before

        wait_until(are_new)
        assert {answer.result().status_code for answer in accepted} == set(statuses) == {200}
        assert process.poll() is None
