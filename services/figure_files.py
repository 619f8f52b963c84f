"""Files of metrics that a full disk cannot turn against their process.

`prometheus_client` maps files with holes into memory; to write into one on a full disk kills the process (SIGBUS).
"""

import errno
import logging
import mmap
import os
from contextlib import suppress

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

log = logging.getLogger("services")

FIRST_BYTES = 1 << 16
"""Size with which `prometheus_client` begins a file; it doubles it when it is full."""

ENTRY_BYTES = 28
"""Most bytes that a figure takes beside its name."""


def use() -> None:
    """Let `prometheus_client` keep the figures of several processes in files of this kind."""
    if hasattr(os, "posix_fallocate") and hasattr(os, "memfd_create"):  # not on macOS
        values.MmapedDict = FigureFile  # type: ignore[attr-defined]


class FigureFile(MmapedDict):
    """Figures of this process: in a file whose room is taken, or in memory where the disk is full."""

    def __init__(self, path: str, read_mode: bool = False) -> None:
        """Open or begin the file at `path`."""
        in_file = read_mode or _begin(path)
        super().__init__(path if in_file else _memory(path), read_mode)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        """Add a figure; `prometheus_client` doubles the file first where it has to."""
        needed = self._used + len(key.encode()) + ENTRY_BYTES
        if needed > self._capacity and not _take_room(self._f.fileno(), 2 * self._capacity):
            self._move_to_memory()
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _move_to_memory(self) -> None:
        """Count in memory from now on; what was counted so far can still be read in the file."""
        counted = self._m[:]
        memory = _memory(self._f.name)
        self.close()  # type: ignore[no-untyped-call]
        self._f = open(memory, "a+b", buffering=0)  # noqa: SIM115
        self._f.write(counted)
        self._m = mmap.mmap(self._f.fileno(), self._capacity)


def _begin(path: str) -> bool:
    """Return whether there is room for the file at `path`, which is there then.

    It has another name until it has its size: siblings read what is there, and an empty file has no form.
    """
    begun = path if os.path.exists(path) else f"{path}.begun"
    with suppress(OSError):  # of a disk that is read-only, for example
        with open(begun, "ab") as file:
            size = max(FIRST_BYTES, file.tell())
        with open(begun, "r+b") as file:
            has_room = _take_room(file.fileno(), size)
        if has_room:
            os.rename(begun, path)
            return True
        if begun != path:
            os.unlink(begun)
    return False


def _take_room(descriptor: int, size: int) -> bool:
    """Return whether a file has room for `size` bytes on the disk, which is its own then."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        # other errors: the file system takes no room in advance
        return error.errno not in (errno.ENOSPC, errno.EDQUOT)
    return True


def _memory(path: str) -> int:
    """Return the descriptor of a file in memory that stands for the one at `path`."""
    log.warning("%s cannot be written: what this worker counts from now on is missing there in GET /metrics", path)
    return os.memfd_create("metrics")
