import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving import FAST, HELD, PATIENCE_S, held, http, in_flight, let_go, running, wait_until

from services.admission import Gate
from services.contract import Overloaded


def test_places_are_counted_and_given_back():
    gate = Gate(running=1, waiting=1)
    gate.enter()
    gate.enter()
    with pytest.raises(Overloaded):
        gate.enter()
    gate.leave()
    gate.enter()
    assert gate.held == 2


def test_retry_after_is_what_is_held_at_the_measured_rate(monkeypatch):
    gate = Gate(running=2, waiting=4)
    clock = iter([0.0, 3.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    assert gate.timed(lambda: "done") == "done"
    for _ in range(6):
        gate.enter()
    with pytest.raises(Overloaded) as refused:
        gate.enter()
    assert refused.value.retry_after == 9  # six requests of 3 s, two at a time


def test_a_request_whose_turn_would_come_too_late_is_refused_at_once(monkeypatch):
    gate = Gate(running=1, waiting=9)
    clock = iter([0.0, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    gate.timed(lambda: "done")
    for _ in range(2):
        gate.enter(patience=6.0)
    with pytest.raises(Overloaded) as refused:
        gate.enter(patience=6.0)  # two readings of about 2 s are before it
    assert refused.value.retry_after == 4
    gate.enter(patience=9.0)


def test_many_threads_never_pass_the_limit():
    gate, inside, most, lock = Gate(running=2, waiting=1), 0, 0, threading.Lock()
    one_was_refused = threading.Event()

    def visit(_):
        nonlocal inside, most
        try:
            gate.enter()
        except Overloaded:
            one_was_refused.set()
            return "refused"
        with lock:
            inside += 1
            most = max(most, inside)
        assert one_was_refused.wait(PATIENCE_S)
        time.sleep(0.001)
        with lock:
            inside -= 1
        gate.leave()
        return "served"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(visit, range(200)))
    assert most == 3
    assert set(outcomes) == {"served", "refused"}


def test_both_services_refuse_alike_and_at_once():
    answers = {}
    for service in ("flask", "fastapi"):
        with (
            running(service, OCR_THREADS="1", OCR_QUEUE="1") as address,
            ThreadPoolExecutor(2) as pool,
            held(address),
        ):
            inside = [pool.submit(http.post, f"{address}/ocr", **HELD) for _ in range(2)]
            wait_until(in_flight(address, 2))
            refused = http.post(f"{address}/ocr", **FAST)
            answers[service] = (refused.status_code, refused.headers["Retry-After"], refused.json())
            let_go(address)
            assert [answer.result().status_code for answer in inside] == [200, 200]
            wait_until(in_flight(address, 0))
            assert http.post(f"{address}/ocr", **FAST).status_code == 200
    assert answers["flask"] == answers["fastapi"]
    status, retry_after, content = answers["flask"]
    assert (status, retry_after, content["code"]) == (503, "1", "overloaded")
