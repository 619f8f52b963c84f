"""Batches as tasks of a Ray cluster, of which any process or node may die at any moment.

Tasks and not Ray Data: there, a process that dies takes a whole block with it, and after some the job. Here the job
keeps account of each input, and Ray does what it is best at: to find a process on a node that has time.
"""

import logging
import socket
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from ocr_core.bulk.batch_reader import BatchReader, BatchResult, Plan
from ocr_core.bulk.inputs import Content
from ocr_core.bulk.local_pool import Finished
from ocr_core.errors import BadOption, ServiceError

AHEAD = 2
"""Batches for each CPU of the cluster: one in work, and one that is at hand when it is done."""

LOOK_S = 5.0
"""Seconds between looks at how many CPUs the cluster has: nodes come and go."""

KNOCK_S = 5.0
"""Seconds that an address is given to answer."""


class RayTasks:
    """Reads batches on a cluster. Belongs to one thread; use it as a context."""

    def __init__(self, plan: Plan, address: str) -> None:
        """Connect to the cluster at `address`, `auto` for the one that this machine is part of.

        Raises `BadOption` where there is none, or the package is missing.
        """
        try:
            import ray
        except ModuleNotFoundError as error:
            raise BadOption("--engine ray needs a package: pip install 'ocr-pair[ray]'.") from error
        self._ray = ray
        self._owns = not ray.is_initialized()
        try:
            _knock(address)
            ray.init(address=address, ignore_reinit_error=True, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            raise BadOption(
                f"No Ray cluster answers at {address!r}: {error}. Start one with `ray start --head`, "
                "or name it with --address."
            ) from error
        # a batch that is lost is tried again by the job, which knows what is in it
        self._read = ray.remote(num_cpus=1, max_retries=0)(read_batch)
        self._plan = ray.put(plan)
        self._running: dict[Any, int] = {}
        self._looked = -LOOK_S
        self._slots = 0

    def __enter__(self) -> "RayTasks":
        return self

    def __exit__(self, *_: object) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        if self._owns:
            self._ray.shutdown()

    @property
    def slots(self) -> int:
        """Batches that the cluster can have at once, at least 1."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._slots = AHEAD * int(self._ray.cluster_resources().get("CPU", 0))
        return max(1, self._slots)

    @property
    def free(self) -> int:
        """Batches that can be submitted now."""
        return max(0, self.slots - len(self._running))

    def submit(self, number: int, task: Sequence[Content]) -> None:
        """Let the cluster read `task`."""
        self._running[self._read.remote(self._plan, task)] = number

    def finished(self, timeout: float) -> list[Finished[BatchResult]]:
        """Return what has finished, waiting `timeout` seconds at most; raise `ServiceError` if none can start."""
        if not self._running:
            return []
        running = list(self._running)
        ready, _ = self._ray.wait(running, num_returns=1, timeout=timeout)
        if ready:
            ready, _ = self._ray.wait(running, num_returns=len(running), timeout=0)
        return [self._outcome(reference) for reference in ready]

    def _outcome(self, reference: object) -> Finished[BatchResult]:
        number = self._running.pop(reference)
        try:
            return Finished(number, self._ray.get(reference))
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ServiceError):  # the model: it would fail everywhere
                raise error.cause from error
            return Finished(number, None, f"its task failed: {error.cause!r}")
        except self._ray.exceptions.RayError as error:
            return Finished(number, None, f"its process was lost: {type(error).__name__}")


def _knock(address: str) -> None:
    """Raise `OSError` where nobody listens at a HOST:PORT: Ray itself goes on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), KNOCK_S).close()


def read_batch(plan: Plan, batch: Sequence[Content]) -> BatchResult:
    """Return what became of `batch`; runs on a node. Its process keeps the reader for the batches to come."""
    return _reader(plan)(batch)


_reader = cache(BatchReader)
