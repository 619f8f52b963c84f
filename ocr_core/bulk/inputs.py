"""One input of a bulk job: a picture, or a page of a document, wherever it lies."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from ocr_core.errors import InputError

MAX_BYTES = 256 << 20
"""Bytes of the largest picture or PDF that is read: several are in memory at once."""

PART_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Content:
    """What a process needs to read an input, wherever that process runs. Can be pickled."""

    name: str
    """What people call it: its path, or the identifier in its table."""

    address: str = ""
    """Path or fsspec address of the file, read by the process; empty where `data` holds it."""

    data: bytes | None = None
    """The file itself, where only the job can reach it: out of an archive or a table."""

    page: int | None = None
    """Page of the PDF or TIFF, from 1; None for a picture."""


@dataclass(frozen=True, slots=True)
class Input:
    """One picture or page, with its place in the source."""

    key: str
    """Its address; unique in the source: `a/b.jpg`, `a.tar!/b.jpg`, `a.pdf#page=3`, `a.parquet#row=3`."""

    place: str
    """Where its document belongs below the target, without the suffix; unique in the source."""

    stamp: str
    """Changes when the input does: size and time, or a checksum."""

    content: Callable[[], Content]
    """Fetches what is to be read; call it before the next input is asked for, or never.

    Raises `InputError` where there is nothing to read.
    """

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of key and stamp: by these a job knows that it has read this input."""
        return hashlib.sha256(f"{self.key}\0{self.stamp}".encode()).hexdigest()[:16]


def broken(key: str, place: str, stamp: str, sentence: str) -> Input:
    """Return an input that fails with `sentence`: an archive that is damaged, a folder that may not be listed."""

    def content() -> Content:
        raise InputError(sentence)

    return Input(key, place, stamp, content)


def printable(name: str | bytes) -> str:
    r"""Return a file's name as text: bytes that are no UTF-8 become `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def read_bounded(stream: IO[bytes]) -> bytes:
    """Return what is left of `stream`; raise `InputError` if that is more than `MAX_BYTES`."""
    parts, size = [], 0
    while part := stream.read(PART_BYTES):  # to ask for all that is allowed would reserve as much
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise InputError(f"It has more than the {MAX_BYTES >> 20} MiB that are read.")
    return b"".join(parts)


def file_bytes(content: Content) -> bytes:
    """Return the file that `content` names or holds; raise `InputError` where it cannot be had."""
    if content.data is not None:
        return content.data
    try:
        if "://" not in content.address:
            with open(content.address, "rb") as stream:
                return read_bounded(stream)
        import fsspec

        with fsspec.open(content.address, "rb") as remote:
            return read_bounded(remote)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{getattr(error, 'strerror', None) or error}.") from error
