"""What a job leaves behind, and how it goes on after it was broken off.

    job.json                    what the job is; another job is refused
    results/part-00000000.*     the rows of a shard, or documents at the places of their inputs
    journal/00000000.json       which inputs the shard holds, and its failures: without it the shard does not count
    failures.tsv                input, code and sentence of all failures, made of the journal at the end

A shard holds what became of inputs `number * size` to `(number + 1) * size` of the source, in their order. To write
one again, its journal is removed first and written last: a job that is killed in between does that shard anew.
"""

import csv
import errno
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ocr_core.batch import FAILURES
from ocr_core.bulk.batch_reader import Outcome, Plan
from ocr_core.bulk.inputs import Input
from ocr_core.bulk.store import open_store
from ocr_core.bulk.tabular import TABULAR, Row
from ocr_core.errors import BadOption
from ocr_core.formats import FORMATS

NO_SUCH_PLACE = {errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ}
"""What a file system says where the name of one document is at fault; all else would be so for every document."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One input of a shard that is done."""

    key: str
    digest: str

    failure: tuple[str, str] | None = None
    """Code and sentence of the error; None for one that was read."""

    row: Row | None = None
    """Of a table."""


class Target:
    """A folder of results. Belongs to one thread; close it."""

    def __init__(self, address: str, source: str, plan: Plan, size: int) -> None:
        """Open or make the folder at `address`, for shards of `size` inputs of `source`, read as `plan` says.

        Raises `BadOption` where it belongs to another job or cannot be written.
        """
        self._store = open_store(address)
        self._table = TABULAR.get(plan.form)
        self._suffix = "" if self._table else FORMATS[plan.form].suffix
        try:
            self._keep_job(address, {"source": source, "form": plan.form, **_options(plan), "shard": size})
        except BaseException:
            self.close()
            raise
        # others leave files too: a file manager its own, a store of objects an empty one for the folder
        shards = (name.removesuffix(".json") for name in self._store.names("journal"))
        self._done = {int(number) for number in shards if number.isdecimal()}

    def close(self) -> None:
        """Let other jobs write here."""
        self._store.close()

    def shard(self, number: int) -> dict[str, Entry]:
        """Return what is done of shard `number`, by digest; rows are told by `rows`."""
        return {entry.digest: entry for entry in self._entries(number)}

    def rows(self, number: int) -> dict[str, Row]:
        """Return the rows of shard `number` by digest."""
        if self._table is None:
            return {}
        read = [entry.digest for entry in self._entries(number) if entry.failure is None]
        data = self._store.read(self._part(number)) if read else None
        return dict(zip(read, self._table.decode(data), strict=True)) if data else {}

    def commit(self, number: int, entries: Sequence[Entry]) -> None:
        """Write `entries`, in their order, as shard `number`, in place of what it held before."""
        if number in self._done:
            self._store.remove(_journal(number))
        if self._table:
            rows = [entry.row for entry in entries if entry.row is not None]
            self._store.write(self._part(number), self._table.encode(rows))
        said = [[entry.key, entry.digest, *(entry.failure or ())] for entry in entries]
        self._store.write(_journal(number), json.dumps(said, ensure_ascii=False).encode(errors="backslashreplace"))
        self._done.add(number)

    def document(self, one: Input, outcome: Outcome) -> Outcome:
        """Write the document of an outcome, or remove that of an earlier one; return what became of it then."""
        name = f"results/{one.place}{self._suffix}"
        if self._table is None and outcome.document is None:
            self._store.remove(name)
        if outcome.document is None:
            return outcome
        try:
            self._store.write(name, outcome.document, lasting=False)
        except OSError as error:
            if error.errno not in NO_SUCH_PLACE:
                raise
            return Outcome(failure=("bad_name", f"{name} cannot be written: {error.strerror}."))
        return Outcome()

    def finish(self, shards: int) -> None:
        """Remove what is behind the last of `shards`: the source has become shorter."""
        for number in sorted(one for one in self._done if one >= shards):
            self._store.remove(_journal(number))
            self._store.remove(self._part(number))
            self._done.discard(number)

    def write_failures(self) -> None:
        """Write the table of failures."""
        failed = (one for number in sorted(self._done) for one in self._entries(number) if one.failure)
        self._store.write(FAILURES, (_tab_separated(one.key, *one.failure or ()) for one in failed))

    def _entries(self, number: int) -> Iterator[Entry]:
        if number not in self._done:
            return
        for key, digest, *failure in json.loads(self._store.read(_journal(number)) or b"[]"):
            yield Entry(key, digest, tuple(failure) or None)

    def _part(self, number: int) -> str:
        return f"results/part-{number:08}{self._table.suffix if self._table else ''}"

    def _keep_job(self, address: str, job: dict[str, Any]) -> None:
        """Write down what the job is; raise `BadOption` if the folder holds something else."""
        known = self._store.read("job.json")
        if known is None:
            if self._store.names("results") or self._store.names("journal"):
                raise BadOption(f"{address} holds other files; choose a new folder.")
            self._store.write("job.json", json.dumps(job, ensure_ascii=False, indent=1).encode(errors="replace"))
            return
        before = json.loads(known)
        changed = [f"{name} was {before.get(name)!r}" for name in job if job[name] != before.get(name)]
        if changed:
            raise BadOption(f"{address} belongs to another job: {', '.join(changed)}. Choose a new folder.")


def _options(plan: Plan) -> dict[str, str]:
    """Return the options that change what is read."""
    options = plan.options
    return {
        "mode": options.mode,
        "threshold": options.threshold,
        "granularity": options.granularity,
        "decoder": options.decoder,
    }


def _journal(number: int) -> str:
    return f"journal/{number:08}.json"


def _tab_separated(*fields: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, "excel-tab", lineterminator="\n").writerow(fields)
    return line.getvalue().encode(errors="backslashreplace")
