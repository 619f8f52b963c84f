"""The folder in which the workers of a server that is not ours share their metrics: one for each such server."""

import multiprocessing
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PREFIX = f"ocr-pair-metrics-{os.getuid()}-"
"""Begin of the folders' names; the process and its start follow, because its number may come again."""


def figures_of_siblings() -> Path | None:
    """Return the folder that the workers of one parent share; None in a process that has no siblings.

    `uvicorn --workers N` starts its workers with `multiprocessing` and tells them nothing of each other. Folders of
    parents that have ended are removed. Raises `PermissionError` where the folder is somebody else's.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return None
    _sweep()
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{parent.pid}-{_started(parent.pid)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(
            f"{folder} belongs to somebody else; set PROMETHEUS_MULTIPROC_DIR to a folder of yours"
        )
    return folder


def leave_figures(folder: Path) -> None:
    """Remove a folder of siblings if this process is the last of them, and no other folder."""
    if not folder.name.startswith(PREFIX):
        return
    # siblings that end at the same moment are still alive to each other: each says first that it leaves
    with suppress(FileNotFoundError):  # a sibling has just removed it
        _left(folder, os.getpid()).touch()
        if all(_left(folder, pid).exists() or not _is_alive(pid) for pid in pids_in(folder)):
            shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path, pid: int) -> Path:
    return folder / f"left_{pid}"


def pids_in(folder: Path) -> Iterator[int]:
    """Yield the processes that have metrics in `folder`, by the names that `prometheus_client` gives its files."""
    names = (re.fullmatch(r".*_(\d+)\.db", path.name) for path in folder.iterdir())
    yield from sorted({int(name[1]) for name in names if name})


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid, _, started = folder.name.removeprefix(PREFIX).partition("-")
        if _started(pid) != started:
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    return _started(pid) != "0"


def _started(pid: int | str | None) -> str:
    """Return the clock ticks at which process `pid` started, as proc(5) counts them; "0" if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return "0"
    return "0" if fields[0] == "Z" else fields[19]
