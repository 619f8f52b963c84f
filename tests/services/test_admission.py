import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fake_reader import SLOW_S
from serving import running

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

    def visit(_):
        nonlocal inside, most
        try:
            gate.enter()
        except Overloaded:
            return "refused"
        with lock:
            inside += 1
            most = max(most, inside)
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
        with running(service, OCR_THREADS="1", OCR_QUEUE="1") as address, ThreadPoolExecutor(2) as pool:
            slow = {"files": {"file": ("a.png", b"slow", "image/png")}, "timeout": 30}
            # each for itself: the same picture would be read once for all
            slow["headers"] = {"Cache-Control": "no-store"}
            held = [pool.submit(httpx.post, f"{address}/ocr", **slow) for _ in range(2)]
            time.sleep(SLOW_S / 4)
            refused = httpx.post(f"{address}/ocr", **slow)
            assert not any(answer.done() for answer in held)  # at once: before the first of those inside is read
            answers[service] = (refused.status_code, refused.headers["Retry-After"], refused.json())
            assert [answer.result().status_code for answer in held] == [200, 200]
            assert httpx.post(f"{address}/ocr", **slow).status_code == 200
    assert answers["flask"] == answers["fastapi"]
    status, retry_after, content = answers["flask"]
    assert (status, retry_after, content["code"]) == (503, "1", "overloaded")
