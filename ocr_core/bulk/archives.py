"""The members of tar and zip files as inputs, one after the other and never unpacked onto a disk."""

import lzma
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import PurePosixPath

from ocr_core.bulk.found_files import JSON_LINES, PARQUET, READ, TAR, ZIP, FoundFile
from ocr_core.bulk.inputs import Content, Input, broken, printable, read_bounded
from ocr_core.errors import InputError

DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
"""What the readers of archives raise for bytes that are none, or are cut short; the last for numbers and names."""

NESTED = (*TAR, *ZIP, *PARQUET, *JSON_LINES)
END_OF_TAR = bytes(tarfile.BLOCKSIZE)


def tar_members(file: FoundFile) -> Iterator[Input]:
    """Yield the pictures and PDFs in the tar file `file`; where it is damaged, a last input that says so."""
    names = _Names()
    try:
        with file.open() as stream, tarfile.open(fileobj=stream, mode="r:*") as tar, closing(names):
            while member := tar.next():
                tar.members = []  # type: ignore[attr-defined]  # it would remember every one
                is_link = member.islnk() or member.issym()
                if (member.isfile() or is_link) and member.name.lower().endswith(READ):
                    fetch = partial(_tar_link if is_link else _tar_bytes, tar, member)
                    yield _member(file, names.unique(member.name), f"{member.size}-{member.mtime}", fetch)
            _check_end(tar)
    except DAMAGE as error:
        yield _damaged(file, error)


def _check_end(tar: tarfile.TarFile) -> None:
    """Raise `ReadError` where `tar` does not end in zeros: tarfile takes a damaged header for the end."""
    assert tar.fileobj
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != END_OF_TAR:
        raise tarfile.ReadError("its end is missing")


def _tar_bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    assert stream
    with _damage_told():
        return read_bounded(stream)


def _tar_link(_: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    raise InputError(f"It is a link to {printable(member.linkname)}, and links in archives are not followed.")


def zip_members(file: FoundFile) -> Iterator[Input]:
    """Yield the pictures and PDFs in the zip file `file`, of which memory holds no more than the directory."""
    names = _Names()
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive, closing(names):
            for info in archive.infolist():
                if info.filename.lower().endswith(READ):
                    fetch = partial(_zip_bytes, archive, info)
                    yield _member(file, names.unique(info.filename), f"{info.file_size}-{info.CRC}", fetch)
    except (*DAMAGE, NotImplementedError) as error:  # the last for a version of the format
        yield _damaged(file, error)


def _zip_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with _damage_told(), archive.open(info) as stream:
            return read_bounded(stream)
    except (RuntimeError, NotImplementedError) as error:  # a password, a compression that Python does not know
        raise InputError(f"It cannot be unpacked: {error}.") from error


@contextmanager
def _damage_told() -> Iterator[None]:
    """Make an `InputError` of what is raised for a damaged member: it fails alone, and the next one is read."""
    try:
        yield
    except DAMAGE as error:
        raise InputError(f"It is damaged in its archive: {error}.") from error


def _member(file: FoundFile, name: str, stamp: str, fetch: Callable[[], bytes]) -> Input:
    shown = printable(file.address)
    key, place = f"{shown}!/{name}", f"{printable(file.place)}/{name}"
    if name.lower().endswith(NESTED):
        return broken(key, place, stamp, "An archive or table in an archive is not read; unpack the outer one.")
    # checksums and times in archives are not always what they say: the archive's own belongs to it
    return Input(key, place, f"{file.stamp}-{stamp}", lambda: Content(key, data=fetch()))


def _damaged(file: FoundFile, error: Exception) -> Input:
    shown = printable(file.address)
    sentence = f"The archive is damaged or cut short ({error}); what comes before is read."
    return broken(shown, printable(file.place), file.stamp, sentence)


class _Names:
    """Names of members, each made harmless as a path and given once; on disk where they are many."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # the empty name is a temporary file
        self._database.execute("CREATE TABLE names (name TEXT PRIMARY KEY) WITHOUT ROWID")

    def unique(self, name: str) -> str:
        """Return `name` as a path below its archive; one that comes again gets `~2` in front of its suffix."""
        parts = [part for part in printable(name).replace("\\", "/").split("/") if part not in ("", ".", "..")]
        path = PurePosixPath(*parts)
        candidate, count = str(path), 1
        while not self._is_new(candidate):
            count += 1
            candidate = str(path.with_name(f"{path.stem}~{count}{path.suffix}"))
        return candidate

    def close(self) -> None:
        """Remove what is on disk."""
        self._database.close()

    def _is_new(self, name: str) -> bool:
        return self._database.execute("INSERT OR IGNORE INTO names VALUES (?)", (name,)).rowcount == 1
