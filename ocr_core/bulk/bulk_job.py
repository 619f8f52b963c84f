"""The account of a job: each input ends once in a shard, read or failed, whatever happens to processes."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from typing import Protocol

from ocr_core.bulk.batch_reader import BatchResult, Outcome
from ocr_core.bulk.inputs import Content, Input
from ocr_core.bulk.local_pool import Finished
from ocr_core.bulk.target import Entry, Target
from ocr_core.errors import InputError

ATTEMPTS = 3
"""Times that an input is read, of which the first may have been beside others, until it is given up."""

BATCH = 16
"""Most inputs that go to a process together: fewer journeys for what is read in milliseconds."""

BATCH_S = 0.25
"""Seconds of work that go to a process together, about."""

BATCH_BYTES = 8 << 20
"""Bytes that go to a process together, unless a single input has more."""

CHECKPOINT_S = 30.0
"""Seconds of work that a job loses at most when it is killed."""


class Engine(Protocol):
    """Processes that read batches, of which any may be lost."""

    @property
    def slots(self) -> int:
        """Batches that it can have at once, at least 1."""

    @property
    def free(self) -> int:
        """Batches that can be submitted now."""

    def submit(self, number: int, task: Sequence[Content]) -> None:
        """Read `task`, which is told of by `number`."""

    def finished(self, timeout: float) -> list[Finished[BatchResult]]:
        """Return what has finished, waiting `timeout` seconds at most; raise `ServiceError` if none can start."""


class Progress(Protocol):
    """Is told of each input when its end is known."""

    def ended(self, failed: bool, before: bool) -> None:
        """Count an input that was read or `failed`, in an earlier run if `before`."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An input on its way through the engine."""

    shard: "_Shard"
    one: Input
    content: Content
    losses: int = 0


class _Shard:
    """A shard on its way into the target."""

    def __init__(self, number: int, known: dict[str, Entry]) -> None:
        self.number, self.known = number, known
        self.order: list[str] = []
        self.entries: dict[str, Entry] = {}
        self.is_whole = False  # whether all its inputs have come
        self.fresh = 0  # entries that the target does not hold yet

    @property
    def is_done(self) -> bool:
        return self.is_whole and len(self.entries) == len(self.order)

    @property
    def is_as_before(self) -> bool:
        return not self.fresh and self.order == list(self.known)


class BulkJob:
    """One run over a source. Belongs to one thread."""

    def __init__(
        self, inputs: Iterator[Input], target: Target, size: int, progress: Progress, retry_failures: bool = False
    ) -> None:
        """Take what is to be done.

        Args:
            inputs: of the source, in the order that is the same in every run.
            target: where results go; what it holds already is not read again.
            size: inputs of a shard, as the target was opened with.
            progress: is told of each input.
            retry_failures: whether inputs that failed in an earlier run are read again.
        """
        self._target, self._size, self._progress, self._retry = target, size, progress, retry_failures
        self._open: dict[int, _Shard] = {}
        self._shards = 0
        self._again: deque[_Item] = deque()
        self._running: dict[int, list[_Item]] = {}
        self._batches = 0
        self._pace_s = BATCH_S  # seconds for an input, as far as is known
        self._slots = 1
        self._checkpointed = time.monotonic()
        self._coming = self._to_read(inputs)
        self.models: set[str] = set()
        """Names of the recognisers that read the rows."""

    def run(self, start: Callable[[], AbstractContextManager[Engine]]) -> None:
        """Bring every input to its end; `start` makes the engine, if there is anything to read.

        However it ends, the target holds what was done, and its table of failures tells of it.
        """
        try:
            batch = self._next_batch()
            if batch:
                with start() as engine:
                    self._read(engine, batch)
            self._target.finish(self._shards)
        finally:
            with suppress(OSError):  # where the target fails, that is what is on its way up already
                self._checkpoint()
            self._target.write_failures()

    def _read(self, engine: Engine, batch: list[_Item]) -> None:
        arrived: list[Finished[BatchResult]] = []
        while batch or self._running:
            self._slots = engine.slots
            while batch and engine.free:
                self._batches += 1
                self._running[self._batches] = batch
                engine.submit(self._batches, [item.content for item in batch])
                batch = self._next_batch()
            # only now, so that no process waits while its results are written down
            for finished in arrived:
                self._take(self._running.pop(finished.number), finished)
            if time.monotonic() - self._checkpointed > CHECKPOINT_S:
                self._checkpoint()
            batch = batch or self._next_batch()
            if batch or self._running:
                arrived = engine.finished(0.0 if batch and engine.free else 1.0)

    def _next_batch(self) -> list[_Item]:
        """Return what goes to a process next; nothing if the source is at its end, or shards have to end first."""
        if self._again:
            return [self._again.popleft()]  # alone: what ended a process must not do so to others
        batch: list[_Item] = []
        wanted, size = min(BATCH, max(1, int(BATCH_S / self._pace_s))), 0
        while len(batch) < wanted and size < BATCH_BYTES and (item := next(self._coming, None)):
            batch.append(item)
            size += len(item.content.data or b"")
        return batch

    def _to_read(self, inputs: Iterator[Input]) -> Iterator[_Item | None]:
        """Yield the inputs that have to be read; None while as many shards are open as memory is meant to hold."""
        shard = None
        for index, one in enumerate(inputs):
            if index % self._size == 0:
                while len(self._open) >= 2 + 2 * self._slots * BATCH // self._size:
                    yield None
                shard = self._begin(index // self._size)
            assert shard
            shard.order.append(one.digest)
            shard.is_whole = len(shard.order) == self._size
            known = shard.known.get(one.digest)
            if known and not (self._retry and known.failure):
                shard.entries[one.digest] = known
                self._progress.ended(known.failure is not None, before=True)
                self._commit_if_done(shard)
                continue
            try:
                content = one.content()
            except InputError as error:
                self._settle(shard, one, Outcome(failure=(error.code, str(error))))
                continue
            yield _Item(shard, one, content)
        if shard:
            shard.is_whole = True
            self._commit_if_done(shard)

    def _begin(self, number: int) -> _Shard:
        self._shards = number + 1
        shard = self._open[number] = _Shard(number, self._target.shard(number))
        return shard

    def _take(self, batch: list[_Item], finished: Finished[BatchResult]) -> None:
        """Settle a batch, or have what was lost with its process tried again."""
        if finished.result is None:
            for item in batch:
                self._lost(replace(item, losses=item.losses + 1), finished.lost)
            return
        pace = finished.result.seconds / len(batch)
        self._pace_s = max(1e-4, 0.8 * self._pace_s + 0.2 * pace)
        for item, outcome in zip(batch, finished.result.outcomes, strict=True):
            self._settle(item.shard, item.one, outcome)

    def _lost(self, item: _Item, reason: str) -> None:
        if item.losses < ATTEMPTS:
            self._again.append(item)
            return
        sentence = (
            f"It was given up after {ATTEMPTS} attempts: {reason}. Such an input takes more time or memory than "
            "there is, or meets a fault of a library."
        )
        self._settle(item.shard, item.one, Outcome(failure=("worker_lost", sentence)))

    def _settle(self, shard: _Shard, one: Input, outcome: Outcome) -> None:
        outcome = self._target.document(one, outcome)
        row = outcome.row
        if row is not None:
            self.models.add(row["model"])
            row = {"input": one.key, **row}
        shard.entries[one.digest] = Entry(one.key, one.digest, outcome.failure, row)
        shard.fresh += 1
        self._progress.ended(outcome.failure is not None, before=False)
        self._commit_if_done(shard)

    def _commit_if_done(self, shard: _Shard) -> None:
        if shard.is_done:
            if not shard.is_as_before:
                self._commit(shard)
            del self._open[shard.number]

    def _checkpoint(self) -> None:
        """Write down what is done of shards that are not."""
        for shard in self._open.values():
            if shard.fresh:
                self._commit(shard)
        self._checkpointed = time.monotonic()

    def _commit(self, shard: _Shard) -> None:
        """Write the entries of `shard` in the order of its inputs; those of earlier runs come with their rows."""
        entries = [shard.entries[digest] for digest in shard.order if digest in shard.entries]
        if any(entry.row is None and entry.failure is None for entry in entries):
            rows = self._target.rows(shard.number)
            entries = [replace(entry, row=entry.row or rows.get(entry.digest)) for entry in entries]
        self._target.commit(shard.number, entries)
        shard.entries = {entry.digest: entry for entry in entries}
        shard.fresh = 0
