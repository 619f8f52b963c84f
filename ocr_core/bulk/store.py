"""The files of a target: each is there as a whole or not at all, on a disk or on any file system of fsspec."""

import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from ocr_core.errors import BadOption

LOCK = "job.lock"
UNFINISHED = ".unfinished"
"""The file that is being written. One name is enough for one job, and the next job takes it over."""


class Store(Protocol):
    """A folder of files, by their names below it, with slashes."""

    def write(self, name: str, content: bytes | Iterable[bytes], lasting: bool = True) -> None:
        """Make `content`, whole or in parts, the file `name` in one step; `lasting`: even if the machine fails."""

    def read(self, name: str) -> bytes | None:
        """Return the file `name`; None if there is none."""

    def remove(self, name: str) -> None:
        """Remove the file `name`, if there is one."""

    def names(self, folder: str) -> list[str]:
        """Return the bare names of the files in `folder`, sorted."""

    def close(self) -> None:
        """Let other jobs write here."""


def open_store(address: str) -> Store:
    """Return the folder at `address`, a path or any address of fsspec; it is made if it is missing.

    Raises `BadOption` where that cannot be, or another job writes into it.
    """
    try:
        files, path = fsspec.core.url_to_fs(address)
        return _LocalStore(Path(path)) if isinstance(files, LocalFileSystem) else _RemoteStore(files, path)
    except (ImportError, ValueError, OSError) as error:
        raise BadOption(f"{address} cannot be written: {error}") from error


class _LocalStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / LOCK).open("w")  # until this process ends, however it does
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise BadOption(f"Another job writes into {folder}; wait for its end, or choose another.") from None

    def write(self, name: str, content: bytes | Iterable[bytes], lasting: bool = True) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / UNFINISHED
        try:
            with unfinished.open("wb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            (self._folder / name).unlink()

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self._folder / folder))
        except FileNotFoundError:
            return []

    def close(self) -> None:
        self._lock.close()


class _RemoteStore:
    """Object stores show an object when all of it has arrived; no more is needed."""

    def __init__(self, files: AbstractFileSystem, path: str) -> None:
        self._files, self._path = files, path
        files.makedirs(path, exist_ok=True)

    def write(self, name: str, content: bytes | Iterable[bytes], lasting: bool = True) -> None:
        path = f"{self._path}/{name}"
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(path, content if isinstance(content, bytes) else b"".join(content))

    def read(self, name: str) -> bytes | None:
        try:
            content: bytes = self._files.cat_file(f"{self._path}/{name}")
        except FileNotFoundError:
            return None
        return content

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self._files.rm_file(f"{self._path}/{name}")

    def names(self, folder: str) -> list[str]:
        try:
            found = self._files.ls(f"{self._path}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return sorted(name.rpartition("/")[2] for name in found)

    def close(self) -> None:
        pass
