"""The threads that read, and who waits for what: identical requests in flight are computed once.

Both frameworks wait for the same kind of future, one in a thread and one on its event loop. A request whose
deadline has passed or whose caller has gone is dropped when its turn comes; work that nobody waits for is
not begun.
"""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from ocr_core.errors import DeadlineExceeded
from services.admission import Gate
from services.call import Call
from services.contract import Answer, error_answer
from services.memory import give_back_free_memory
from services.metrics import Metrics

TRIM_READINGS = 100
"""Readings after which memory that is free is given back: the next ones take some of it again, page by page."""

TOO_LATE = "The picture was not read within the time that was given for it."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to."""

    answer: Answer
    stages: dict[str, float] = field(default_factory=dict)
    """Milliseconds by stage."""

    then: Callable[[], None] | None = None
    """What is left to do once the answer is on its way."""


Job = Callable[[float], Outcome]
"""Reads until the deadline that it is given, `time.monotonic()` seconds; raises `DeadlineExceeded` after it."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """A request that waits for a work."""

    call: Call
    future: Future[Answer]
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True, eq=False)
class _Work:
    """A job and all who wait for it."""

    key: str | None
    job: Job
    waiters: list[_Waiter]


class Readings:
    """Runs jobs in as many threads as readings may run at once, in the order in which they came."""

    def __init__(self, threads: int, gate: Gate, metrics: Metrics) -> None:
        self._pool = ThreadPoolExecutor(threads, "reading")
        self._gate, self._metrics = gate, metrics
        self._lock = threading.Lock()
        self._in_flight: dict[str, _Work] = {}
        self._count = itertools.count(1)

    def submit(self, key: str | None, job: Job, call: Call, future: Future[Answer]) -> None:
        """Resolve `future` with the answer of `job`, or with that of the same work if it is in flight.

        Args:
            key: names the work; None for one that is shared with nobody.
            job: the work. It is called once for all who wait, with the latest of their deadlines.
            call: whose deadline and connection decide whether the work is still wanted.
            future: gets the answer; 504 if the deadline came first.
        """
        waiter = _Waiter(call, future)
        with self._lock:
            work = self._in_flight.get(key) if key is not None else None
            if work is not None:
                call.cache = "coalesced"
                work.waiters.append(waiter)
                return
            work = _Work(key, job, [waiter])
            if key is not None:
                self._in_flight[key] = work
        self._pool.submit(self._run, work)

    def close(self) -> None:
        """Begin no further work."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, work: _Work) -> None:
        begun = time.monotonic()
        self._metrics.queue_wait.observe(begun - work.waiters[0].since)
        for waiter in list(work.waiters):
            waiter.call.stages["queue"] = (begun - waiter.since) * 1e3
        outcome: Outcome | Exception | None = None
        # who joined while it ran may have more time than those for whom it was begun
        while outcome is None and (deadline := self._latest_deadline(work)) is not None:
            try:
                outcome = self._gate.timed(partial(work.job, deadline))
            except DeadlineExceeded:
                continue
            except Exception as error:
                outcome = error
        for waiter in self._close(work):
            self._resolve(waiter, outcome)
        if isinstance(outcome, Outcome) and outcome.then:
            outcome.then()
        if next(self._count) % TRIM_READINGS == 0:
            give_back_free_memory()

    def _latest_deadline(self, work: _Work) -> float | None:
        """Return until when anybody still wants the work; None if nobody does, and then nobody can join it."""
        with self._lock:
            deadline = max((waiter.call.deadline for waiter in work.waiters if not waiter.call.gone), default=0.0)
            if deadline > time.monotonic():
                return deadline
            self._forget(work)
            return None

    def _close(self, work: _Work) -> list[_Waiter]:
        """Return those who wait, and let nobody join any more."""
        with self._lock:
            self._forget(work)
            return work.waiters

    def _forget(self, work: _Work) -> None:
        if work.key is not None and self._in_flight.get(work.key) is work:
            del self._in_flight[work.key]

    def _resolve(self, waiter: _Waiter, outcome: Outcome | Exception | None) -> None:
        call, future = waiter.call, waiter.future
        if outcome is None or call.left:
            self._metrics.dropped.labels("caller_gone" if call.remaining() else "deadline").inc()
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
            return
        if outcome is None:
            outcome = Outcome(error_answer(DeadlineExceeded(TOO_LATE)))
        call.stages.update(outcome.stages)
        call.code = outcome.answer.code
        future.set_result(outcome.answer)
