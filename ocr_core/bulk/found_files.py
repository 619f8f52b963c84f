"""Which files a source stands for, in an order that is the same in every run: folders depth first, by name."""

import glob
import os
import posixpath
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from ocr_core.batch import SUFFIXES
from ocr_core.errors import BadOption

TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ZIP = (".zip",)
PARQUET = (".parquet",)
JSON_LINES = (".jsonl", ".ndjson")
PDF = (".pdf",)
TIFF = (".tif", ".tiff")
READ = (*SUFFIXES, *PDF, *TAR, *ZIP, *PARQUET, *JSON_LINES)
"""Endings of the files of a folder that are read; one that is named itself is read whatever its name."""

HELD = 100_000
"""Names of one folder that are put in order in memory; more of them are on disk."""

GLOB = "*?["


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file of a source."""

    address: str
    """As a process anywhere can open it."""

    place: str
    """Its path below the source, or its bare name."""

    stamp: str
    """Changes when the file does."""

    files: AbstractFileSystem | None
    """The file system of fsspec on which it lies; None for the machine's own."""

    problem: str = ""
    """Why it cannot be looked at, if so."""

    @property
    def is_private(self) -> bool:
        """Return whether no other process can open it: fsspec's own memory."""
        return self.files is not None and "memory" in self.files.protocol

    def has(self, endings: Iterable[str]) -> bool:
        """Return whether its name ends with one of `endings`."""
        return self.place.lower().endswith(tuple(endings))

    def open(self, block: int | None = None) -> IO[bytes]:
        """Return the file, open for reading; of a remote one `block` bytes are fetched at once, or as suits it."""
        if self.files is None:
            return open(self.address, "rb")
        opened: IO[bytes] = self.files.open(self.address, "rb", block_size=block)
        return opened


def found_files(source: str, target: str = "") -> Iterator[FoundFile]:
    """Return the files that `source` stands for: a file, a folder and all below it, or a glob.

    Memory holds the names of one folder of a remote file system, and few of a local one, however large it is.

    Args:
        source: a path or any address that fsspec knows.
        target: a folder that is passed over where it lies in the source.

    Raises `BadOption` where the source does not exist or cannot be listed.
    """
    try:
        files, path = fsspec.core.url_to_fs(source)
        if isinstance(files, LocalFileSystem):
            return _local(source.removeprefix("file://"), target)
        return _remote(source, files, path)
    except (ImportError, ValueError, OSError) as error:
        raise BadOption(f"{source} cannot be read: {error}") from error


def _local(path: str, target: str) -> Iterator[FoundFile]:
    if os.path.isdir(path):
        return _below(path, "", os.path.realpath(target) if target else "")
    if os.path.exists(path):
        return iter([_file(path, os.path.basename(path), os.stat(path))])
    if not _is_glob(path):
        raise BadOption(f"{path} does not exist.")
    root = _root(path)
    names = in_order(os.fsencode(name) for name in glob.iglob(path, recursive=True))
    return (
        _file(name, os.path.relpath(name, root or "."), os.stat(name))
        for name in map(os.fsdecode, names)
        if os.path.isfile(name)
    )


def _below(folder: str, place: str, passed_over: str) -> Iterator[FoundFile]:
    """Yield the files below `folder`, whose own path below the source is `place`."""
    try:
        with os.scandir(folder) as entries:
            names = in_order(os.fsencode(entry.name) for entry in entries)
            yield from _entries(folder, place, names, passed_over)
    except OSError as error:
        yield FoundFile(folder, place or os.path.basename(folder), "", None, error.strerror or str(error))


def _entries(folder: str, place: str, names: Iterable[bytes], passed_over: str) -> Iterator[FoundFile]:
    for name in map(os.fsdecode, names):
        path, below = os.path.join(folder, name), posixpath.join(place, name)
        try:
            status = os.stat(path)
        except OSError as error:  # it went away meanwhile, or is a link to nothing
            if name.lower().endswith(READ):
                yield FoundFile(path, below, "", None, error.strerror or str(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            if name.lower().endswith(READ):
                yield _file(path, below, status)
        elif not os.path.islink(path) and os.path.realpath(path) != passed_over:  # links may go round in circles
            yield from _below(path, below, passed_over)


def _file(path: str, place: str, status: os.stat_result) -> FoundFile:
    return FoundFile(path, place, f"{status.st_size}-{status.st_mtime_ns}", None)


def _remote(source: str, files: AbstractFileSystem, path: str) -> Iterator[FoundFile]:
    if files.isdir(path):
        return _remote_below(files, path, "")
    if files.exists(path):
        return iter([_remote_file(files, files.info(path), posixpath.basename(path))])
    if not _is_glob(path):
        raise BadOption(f"{source} does not exist.")
    root, found = _root(path), files.glob(path, detail=True)
    return (
        _remote_file(files, found[name], posixpath.relpath(name, root or "."))
        for name in sorted(found)
        if found[name]["type"] == "file"
    )


def _remote_below(files: AbstractFileSystem, folder: str, place: str) -> Iterator[FoundFile]:
    try:
        entries = sorted(files.ls(folder, detail=True), key=lambda entry: str(entry["name"]))
    except OSError as error:
        yield FoundFile(files.unstrip_protocol(folder), place or folder, "", files, str(error))
        return
    for entry in entries:
        name = entry["name"].rstrip("/")
        below = posixpath.join(place, posixpath.basename(name))
        if entry["type"] == "directory":
            yield from _remote_below(files, name, below)
        elif name.lower().endswith(READ):
            yield _remote_file(files, entry, below)


def _remote_file(files: AbstractFileSystem, entry: dict[str, Any], place: str) -> FoundFile:
    """Return the file that a listing of fsspec describes; each kind of store has a word for when it changed."""
    changes = ("ETag", "etag", "md5Hash", "checksum", "LastModified", "last_modified", "mtime", "created")
    version = next((entry[name] for name in changes if entry.get(name)), "")
    return FoundFile(files.unstrip_protocol(entry["name"]), place, f"{entry.get('size')}-{version}", files)


def in_order(names: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `names` sorted and each once, with few of them in memory."""
    rest = iter(names)
    held = list(islice(rest, HELD))
    if len(held) < HELD:
        yield from sorted(set(held))
        return
    with closing(sqlite3.connect("")) as database:  # the empty name is a temporary file
        database.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")
        for some in (held, rest):
            database.executemany("INSERT OR IGNORE INTO names VALUES (?)", ((name,) for name in some))
        held.clear()
        yield from (name for (name,) in database.execute("SELECT name FROM names ORDER BY name"))


def _is_glob(path: str) -> bool:
    return any(mark in path for mark in GLOB)


def _root(pattern: str) -> str:
    """Return the folders of `pattern` before its first mark of a glob."""
    return posixpath.dirname(pattern[: min(pattern.find(mark) for mark in GLOB if mark in pattern)])
