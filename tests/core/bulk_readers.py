"""Readers and engines for tests of bulk jobs. Run as a program, it is a job that can be killed."""

import os
import signal
import sys
import time
from contextlib import closing
from functools import partial

from ocr_core.bulk.batch_reader import BatchReader, Plan
from ocr_core.bulk.bulk_job import BulkJob
from ocr_core.bulk.local_pool import Finished, LocalPool
from ocr_core.bulk.sources import inputs
from ocr_core.bulk.target import Target
from ocr_core.errors import ModelFileError, NotAnImage
from ocr_core.types import Box, LineResult, PageResult, Reading, Timings


class FakeReader:
    """Reads any bytes as their text, or does what they say."""

    name = "fake-0"

    def read(self, data, options, *, deadline=None, progress=None):
        match data.strip():
            case b"bad":
                raise NotAnImage("This is not an image.")
            case b"bug":
                raise ZeroDivisionError("oh")
            case b"memory":
                raise MemoryError
            case b"kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"hang":
                time.sleep(600)
            case b"slow":
                time.sleep(0.02)
        text = data.decode()
        box = Box(0, 0, 4, 2)
        line = LineResult(Reading(text, 0.98765), ((0, 0), (4, 0), (4, 2), (0, 2)), box)
        return PageResult((line,), 4, 2, self.name, Timings(1.0, 2.0, time.perf_counter(), 4.0))


def unable():
    raise ModelFileError("The model is missing.")


def gone():
    os._exit(7)


class Counter:
    """A progress that counts."""

    def __init__(self):
        self.read = self.failed = self.before = 0

    def ended(self, failed, before):
        self.read += not (failed or before)
        self.failed += failed and not before
        self.before += before


class Inline:
    """An engine without processes; batches whose numbers are in `lost` are lost."""

    slots = 2

    def __init__(self, plan, lost=()):
        self._reader, self._lost, self._submitted = BatchReader(plan), lost, []
        self.seen = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    @property
    def free(self):
        return self.slots - len(self._submitted)

    def submit(self, number, task):
        self.seen.append([content.name for content in task])
        self._submitted.append((number, task))

    def finished(self, timeout):
        if not self._submitted:
            return []
        number, task = self._submitted.pop()  # the last first: results come in any order
        if number in self._lost:
            return [Finished(number, None, "its node was lost")]
        return [Finished(number, self._reader(task))]


def run(source, target, plan, size=4, start=None, retry_failures=False, column=None):
    """Run a job in this process; return (the job, what it counted)."""
    progress = Counter()
    with closing(Target(str(target), "source", plan, size)) as kept:
        job = BulkJob(inputs(str(source), column, str(target)), kept, size, progress, retry_failures)
        job.run(start or partial(Inline, plan))
    return job, progress


def pool(plan, workers=2):
    return partial(LocalPool, partial(BatchReader, plan), workers)


def files(folder):
    """Return the content of every file of a target by its name."""
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "job.lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in names}


if __name__ == "__main__":
    plan = Plan("jsonl", load=FakeReader)
    run(sys.argv[1], sys.argv[2], plan, start=pool(plan))
