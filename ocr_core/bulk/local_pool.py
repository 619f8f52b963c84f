"""Processes of this machine that work in parallel, of which any may die at any moment.

Each has a pipe of its own: one that is killed in the middle of a message spoils that message and nothing else. The
pools of Python and of known libraries share a pipe and a lock, and hang or give up as a whole (cpython
`BrokenProcessPool`; pebble issue 163).
"""

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from ocr_core.errors import ServiceError

Task = TypeVar("Task")
Result = TypeVar("Result")

FAILED_STARTS = 5
"""Processes that may end before they are ready, one after the other, until the pool gives up."""

OOM_SCORE = "500"
"""Added to the badness of a worker, so that the kernel ends it and not the job where memory runs out: proc(5)."""


@dataclass(frozen=True, slots=True)
class Finished(Generic[Result]):
    """What became of a task."""

    number: int
    """As it was submitted with."""

    result: Result | None
    """None where the process ended before there was one."""

    lost: str = ""
    """How the process ended."""


@dataclass(frozen=True, slots=True)
class _Unable:
    """What a process says that cannot start: nobody else could."""

    error: ServiceError


class LocalPool(Generic[Task, Result]):
    """Processes that apply one function to tasks. Belongs to one thread; use it as a context."""

    def __init__(self, load: Callable[[], Callable[[Task], Result]], slots: int) -> None:
        """Start `slots` processes.

        Args:
            load: is called once in each process and returns what is applied to its tasks. Can be pickled.
            slots: processes, and tasks at once.
        """
        # a fresh interpreter: a fork would copy threads' locks, and the pipes of its siblings
        self._context = multiprocessing.get_context("spawn")
        self._load, self.slots = load, slots
        self._failed_starts = 0
        self._workers: list[_Worker] = []
        for _ in range(slots):
            self._start()

    def __enter__(self) -> "LocalPool[Task, Result]":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    @property
    def free(self) -> int:
        """Tasks that can be submitted now."""
        return sum(worker.is_free for worker in self._workers)

    def submit(self, number: int, task: Task) -> None:
        """Give `task` to a free process."""
        worker = next(worker for worker in self._workers if worker.is_free)
        worker.number = number
        with suppress(BrokenPipeError, ConnectionResetError):  # it died just now; `finished` will tell
            worker.pipe.send(task)

    def finished(self, timeout: float) -> list[Finished[Result]]:
        """Return what has finished, waiting `timeout` seconds at most; raise `ServiceError` if none can start."""
        ready = {*wait([worker.pipe for worker in self._workers], timeout)}
        told = [self._receive(worker) for worker in [*self._workers] if worker.pipe in ready]
        return [one for one in told if one]

    def _receive(self, worker: "_Worker") -> Finished[Result] | None:
        try:
            message = worker.pipe.recv()
        except Exception:  # the end of the pipe, or a message of which a part is missing
            return self._bury(worker)
        if isinstance(message, _Unable):
            raise message.error
        number, worker.number = worker.number, None
        if not worker.is_ready:
            worker.is_ready, self._failed_starts = True, 0
            return None
        assert number is not None
        return Finished(number, message)

    def _bury(self, worker: "_Worker") -> Finished[Result] | None:
        """Replace `worker`, which is dead; return the task that it had."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        reason = _reason(worker.process.exitcode)
        self._failed_starts += not worker.is_ready
        if self._failed_starts >= FAILED_STARTS:
            raise ServiceError(f"The processes that read end before they are ready: {reason}.")
        self._start()
        return None if worker.number is None else Finished(worker.number, None, reason)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._load), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))


class _Worker:
    """A process, as the pool sees it."""

    def __init__(self, process: BaseProcess, pipe: "Connection[Any, Any]") -> None:
        self.process, self.pipe = process, pipe
        self.is_ready = False
        self.number: int | None = None

    @property
    def is_free(self) -> bool:
        return self.is_ready and self.number is None


def _serve(pipe: "Connection[Any, Any]", load: Callable[[], Callable[[Any], Any]]) -> None:
    """Answer tasks from `pipe` until its other end is gone; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the job decides
    _die_first()
    try:
        work = load()
    except ServiceError as error:
        pipe.send(_Unable(error))
        return
    try:
        pipe.send(None)
        while True:
            pipe.send(work(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _die_first() -> None:
    """Let the kernel end this process before the job, where it has to end one."""
    with suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def _reason(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"its process ended with code {exit_code}"
    name = signal.Signals(-exit_code).name
    return f"its process was ended by {name}" + ", as the system does where memory runs out" * (name == "SIGKILL")
