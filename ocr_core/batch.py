"""Many pictures: which files are meant, several read at once, and a folder of results that can be gone on with."""

import csv
import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from ocr_core.errors import BadOption

SUFFIXES = {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pdf"}
"""Of the files of a folder that are read; a file that is named itself is read whatever its name."""

FAILURES = "failures.tsv"
"""Name of the table of pictures that could not be read, in the folder of results."""

STDIN = "-"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture that is to be read."""

    source: str
    """Its path as the user knows it; `-` is stdin."""

    place: Path
    """Where it lies below the folder that was named, or its bare name: results lie likewise."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture, or a page of it, that could not be read."""

    source: str
    code: str
    sentence: str


def pictures(names: Sequence[str], recursive: bool) -> list[Picture]:
    """Return the pictures that `names` stand for, those of a folder by name; with `recursive` of all below it.

    Raises `BadOption` where a folder holds no picture or a name is empty: more likely a mistake than meant.
    """
    return list(chain.from_iterable(_of(name, recursive) for name in names))


def _of(name: str, recursive: bool) -> Iterator[Picture]:
    if name == STDIN:
        yield Picture(STDIN, Path("stdin"))
        return
    if not name:  # which Python takes for the folder that one is in
        raise BadOption("One of the names is empty; is a variable unset?")
    folder = Path(name)
    if not folder.is_dir():
        yield Picture(name, Path(folder.name))
        return
    found = sorted(path for path in folder.glob("**/*" if recursive else "*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise BadOption(
            f"{name} holds no picture{'' if recursive else '; --recursive looks into its folders too'}."
        )
    yield from (Picture(str(path), path.relative_to(folder)) for path in found if path.is_file())


def targets(found: Sequence[Picture], folder: Path, suffix: str) -> dict[Picture, Path]:
    """Return where in `folder` the result of each picture belongs: `a/b.png` gives `a/b.png.txt`.

    What lies where the result of another one belongs is left out: a PDF or a PNG that an earlier run made, among
    the pictures it was made from.

    Raises `BadOption` where two pictures would share a place.
    """
    places: dict[Path, Picture] = {}
    for picture in found:
        target = folder / f"{picture.place}{suffix}"
        if (other := places.setdefault(target, picture)).source != picture.source:
            raise BadOption(
                f"{other.source} and {picture.source} would both be written to {target}; name the folder above "
                "them with --recursive, or read them in two runs."
            )
    results = {os.path.realpath(target) for target in places}
    return {
        picture: target for target, picture in places.items() if os.path.realpath(picture.source) not in results
    }


def is_done(picture: Picture, target: Path) -> bool:
    """Return whether `target` holds a result that is not older than its picture."""
    try:
        return picture.source != STDIN and target.stat().st_mtime >= Path(picture.source).stat().st_mtime
    except OSError:
        return False


def write_whole(target: Path, content: bytes) -> None:
    """Write `content` to `target` in one step, so that a run that is broken off leaves no half file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # without the name of the target, which may be as long as names can be
    unfinished = target.with_name(f".unfinished-{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def in_order(
    work: Callable[[Picture], Result], found: Sequence[Picture], jobs: int
) -> Iterator[tuple[Picture, Result]]:
    """Yield what `work` makes of each picture, in their order, with `jobs` at once and few results held back."""
    waiting: deque[tuple[Picture, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(jobs, "reading")
    try:
        for picture in found:
            waiting.append((picture, pool.submit(work, picture)))
            if len(waiting) > 2 * jobs:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


class FailureTable:
    """The table of failures in a folder of results: path, code, sentence. It is there only while there are any."""

    def __init__(self, folder: Path, wanted: Sequence[Picture]) -> None:
        """Keep what the table says of other pictures than those that are `wanted` now: they are tried again."""
        self._file = folder / FAILURES
        again = {picture.source for picture in wanted}
        rows = [failure for failure in self._read() if failure.source not in again]
        if rows:
            write_whole(self._file, b"".join(map(_row, rows)))
        else:
            self._file.unlink(missing_ok=True)

    def add(self, failure: Failure) -> None:
        """Enter `failure`, at once: a run may be broken off."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(_row(failure))

    def _read(self) -> Iterator[Failure]:
        if self._file.exists():
            with self._file.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                yield from (Failure(*row) for row in csv.reader(file, "excel-tab") if len(row) == 3)


def _row(failure: Failure) -> bytes:
    """Return the line of the table that tells of `failure`; names that are no UTF-8 stand there byte for byte."""
    line = io.StringIO()
    csv.writer(line, "excel-tab", lineterminator="\n").writerow((failure.source, failure.code, failure.sentence))
    return line.getvalue().encode("utf-8", "surrogateescape")
