"""How many pages a TIFF has: told by its directories, so that little of the file is read."""

import struct
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import IO

from ocr_core.bulk.found_files import TIFF, FoundFile
from ocr_core.tiff_tags import directories

AHEAD = 32
"""Remote files that are asked at a time: each takes some round trips."""

ATTEMPTS = 3
"""How often a remote file is asked, some seconds apart."""

BLOCK = 64 << 10
"""Bytes of a remote file that are fetched at once."""


def tiff_pages(stream: IO[bytes]) -> int:
    """Return how many pages the TIFF `stream` has, at least 1: so many too if it is none. Its reader says why."""
    head = stream.read(8)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return 1
    return max(1, directories(stream, struct.unpack_from(order + "I", head, 4)[0], order))


def with_pages(files: Iterable[FoundFile]) -> Iterator[tuple[FoundFile, int]]:
    """Yield each of `files` with its pages, if it is a TIFF; all others count as one. The order stays."""
    waiting: deque[tuple[FoundFile, Future[tuple[FoundFile, int]] | None]] = deque()
    with ThreadPoolExecutor(AHEAD) as pool:
        for file in files:
            is_slow = file.files is not None and file.has(TIFF)
            waiting.append((file, pool.submit(counted, file) if is_slow else None))
            while waiting and (len(waiting) == AHEAD or waiting[0][1] is None):
                yield _known(*waiting.popleft())
        while waiting:
            yield _known(*waiting.popleft())


def _known(file: FoundFile, asked: "Future[tuple[FoundFile, int]] | None") -> tuple[FoundFile, int]:
    return asked.result() if asked else counted(file)


def counted(file: FoundFile) -> tuple[FoundFile, int]:
    """Return `file` and its pages if it is a TIFF, else 1; with a problem where it cannot be looked at.

    It is not taken for a picture then: its other pages would be lost, and be there after another run.
    """
    if file.problem or not file.has(TIFF):
        return file, 1
    failed: Exception | None = None
    for attempt in range(ATTEMPTS if file.files is not None else 1):
        time.sleep(attempt)
        try:
            with file.open(BLOCK) as stream:
                return file, tiff_pages(stream)
        except Exception as error:  # of whatever store it is
            failed = error
    return replace(file, problem=f"The pages of the TIFF cannot be counted: {failed}"), 1
