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
    with gate.place(), gate.place(), pytest.raises(Overloaded), gate.place():
        pass
    with gate.place(), gate.place():
        pass


def test_place_is_given_back_after_an_error():
    gate = Gate(running=1, waiting=0)
    with pytest.raises(KeyError), gate.place():
        raise KeyError
    with gate.place():
        pass


def test_retry_after_is_what_is_held_at_the_measured_rate(monkeypatch):
    gate = Gate(running=2, waiting=4)
    clock = iter([0.0, 3.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    assert gate.timed(lambda: "done") == "done"
    gate._held = 6
    with pytest.raises(Overloaded) as refused, gate.place():
        pass
    assert refused.value.retry_after == 9  # six requests of 3 s, two at a time


def test_many_threads_never_pass_the_limit():
    gate, inside, most, lock = Gate(running=2, waiting=1), 0, 0, threading.Lock()

    def visit(_):
        nonlocal inside, most
        try:
            with gate.place():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.001)
                with lock:
                    inside -= 1
        except Overloaded:
            return "refused"
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
            held = [pool.submit(httpx.post, f"{address}/ocr", **slow) for _ in range(2)]
            time.sleep(SLOW_S / 4)
            started = time.monotonic()
            refused = httpx.post(f"{address}/ocr", **slow)
            assert time.monotonic() - started < SLOW_S / 2
            answers[service] = (refused.status_code, refused.headers["Retry-After"], refused.json())
            assert [answer.result().status_code for answer in held] == [200, 200]
            assert httpx.post(f"{address}/ocr", **slow).status_code == 200
    assert answers["flask"] == answers["fastapi"]
    status, retry_after, content = answers["flask"]
    assert (status, retry_after, content["code"]) == (503, "1", "overloaded")
