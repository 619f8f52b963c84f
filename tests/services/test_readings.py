"""The threads that read: who is answered, who is dropped, and that identical work is done once."""

import logging
import threading
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from serving import PATIENCE_S

from ocr_core.errors import BadOption, DeadlineExceeded
from services import call, readings
from services.admission import Gate
from services.call import new_call
from services.contract import Answer
from services.logs import REQUESTS, log_request
from services.metrics import Metrics
from services.readings import Outcome, Readings
from services.settings import Settings

DONE = Answer(200, b"done")


@pytest.fixture
def clock(monkeypatch):
    """The clock by which deadlines are set and missed; it stands still."""
    clock = SimpleNamespace(seconds=100.0, monotonic=lambda: clock.seconds)
    for module in (call, readings):
        monkeypatch.setattr(module, "time", clock)
    return clock


class Bench:
    """Readings in one thread, whose jobs note what they were asked and wait to be let go."""

    def __init__(self, clock):
        self.clock, self.metrics = clock, Metrics(Settings())
        self.readings = Readings(1, Gate(1, 9), self.metrics)
        self.deadlines, self.go, self.begun = [], threading.Event(), threading.Event()

    def job(self, deadline):
        self.deadlines.append(deadline)
        self.begun.set()
        assert self.go.wait(PATIENCE_S)
        if self.clock.seconds > deadline:
            raise DeadlineExceeded("too late")
        return Outcome(DONE, {"decode": 1.0})

    def submit(self, key="a", ms=5000):
        call, future = new_call("POST", "/ocr", {}.get), Future()
        call.set_deadline(ms)
        self.readings.submit(key, self.job, call, future)
        return call, future

    def counted(self, name, **labels):
        return self.metrics._registry.get_sample_value(name, labels)


@pytest.fixture
def bench(clock):
    bench = Bench(clock)
    yield bench
    bench.go.set()
    bench.readings.close()


def test_identical_work_is_done_once(bench):
    first, second, third = bench.submit(), bench.submit(), bench.submit()
    bench.go.set()
    assert [future.result(PATIENCE_S) for _, future in (first, second, third)] == [DONE] * 3
    assert len(bench.deadlines) == 1
    assert [call.cache for call, _ in (first, second, third)] == ["", "coalesced", "coalesced"]
    assert second[0].stages["decode"] == 1.0


def test_other_work_and_unshared_work_is_not_joined(bench):
    futures = [bench.submit(key)[1] for key in ("a", "b", None, None)]
    bench.go.set()
    assert [future.result(PATIENCE_S) for future in futures] == [DONE] * 4
    assert len(bench.deadlines) == 4


def test_the_same_work_is_done_again_later(bench):
    bench.go.set()
    assert bench.submit()[1].result(PATIENCE_S) is DONE
    assert bench.submit()[1].result(PATIENCE_S) is DONE
    assert len(bench.deadlines) == 2


def test_work_whose_deadline_passed_in_the_queue_is_not_begun(bench):
    _, running = bench.submit("a")
    assert bench.begun.wait(PATIENCE_S)
    call, late = bench.submit("b", ms=1)
    bench.clock.seconds += 0.002
    bench.go.set()
    assert running.result(PATIENCE_S) is DONE
    assert (late.result(PATIENCE_S).status, call.code) == (504, "deadline_exceeded")
    assert len(bench.deadlines) == 1
    assert bench.counted("ocr_dropped_total", reason="deadline") == 1


def test_work_of_a_caller_who_left_is_not_begun(bench):
    _, running = bench.submit("a")
    gone, left = bench.submit("b"), bench.submit("c")
    gone[0].hung_up = lambda: True
    left[0].left = True
    bench.go.set()
    assert running.result(PATIENCE_S) is DONE
    assert {future.result(PATIENCE_S).status for _, future in (gone, left)} == {504}
    assert len(bench.deadlines) == 1
    assert bench.counted("ocr_dropped_total", reason="caller_gone") == 2


def test_work_is_begun_with_the_latest_deadline(bench):
    bench.submit("a")
    assert bench.begun.wait(PATIENCE_S)
    waiting = [bench.submit("b", ms)[0].deadline for ms in (2000, 9000, 4000)]
    bench.go.set()
    _, last = bench.submit("c")
    last.result(PATIENCE_S)
    assert bench.deadlines[1] == max(waiting)


def test_who_joins_with_more_time_is_answered_although_the_first_is_too_late(bench):
    call, early = bench.submit("a", ms=50)
    assert bench.begun.wait(PATIENCE_S)
    _, patient = bench.submit("a", ms=5000)
    bench.clock.seconds += 0.06
    bench.go.set()
    assert patient.result(PATIENCE_S) is DONE
    assert early.result(PATIENCE_S) is DONE  # there is an answer; whether it is still wanted is the caller's affair
    assert bench.deadlines[0] == call.deadline
    assert len(bench.deadlines) == 2


def test_an_error_of_the_job_reaches_all_and_the_thread_lives(bench):
    def fail(deadline):
        raise RuntimeError("bug")

    future = Future()
    bench.readings.submit("a", fail, new_call("POST", "/ocr", {}.get), future)
    assert isinstance(future.exception(PATIENCE_S), RuntimeError)
    bench.go.set()
    assert bench.submit()[1].result(PATIENCE_S) is DONE


@pytest.mark.parametrize("text", ["abc", "0", "-5", "1.5", "٣"])
def test_a_deadline_that_is_no_number_is_refused(text):
    call = new_call("POST", "/ocr", {"X-Deadline-Ms": text}.get)
    with pytest.raises(BadOption, match="X-Deadline-Ms"):
        call.set_deadline(1000)


@pytest.mark.parametrize(("text", "seconds"), [("", 1.0), ("250", 0.25), ("9999999999999999", 1.0)])
def test_a_caller_may_ask_for_less_time_only(text, seconds, clock):
    call = new_call("POST", "/ocr", {"X-Deadline-Ms": text}.get)
    call.set_deadline(1000)
    assert call.deadline == pytest.approx(clock.seconds + seconds)


@pytest.mark.parametrize(("given", "kept"), [("abc-1.2_3", True), ("", False), ("a\nb", False), ("x" * 65, False)])
def test_request_ids_that_could_forge_a_log_are_replaced(given, kept):
    call = new_call("POST", "/ocr", {"X-Request-ID": given}.get)
    assert (call.request_id == given) is kept
    assert call.request_id


@pytest.mark.parametrize(
    ("text", "fresh"), [("", False), ("no-store", True), ("max-age=0, No-Cache", True), ("private", False)]
)
def test_cache_control_of_the_caller(text, fresh):
    assert new_call("POST", "/ocr", {"Cache-Control": text}.get).fresh is fresh


def test_a_stage_that_ends_while_a_late_request_is_logged(caplog):
    class Late(float):
        def __round__(self, digits=None):
            call.stages["encode"] = 1.0  # as the thread does that reads on
            return 1.0

    call = new_call("POST", "/ocr", {}.get)
    call.stages["queue"] = Late()
    with caplog.at_level(logging.INFO, REQUESTS.name):
        log_request(call, 504, received=0, sent=0, seconds=1.0)
