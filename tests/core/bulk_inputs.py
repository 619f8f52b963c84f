"""Writes what bulk jobs read, and tells what they make of it."""

import io
import tarfile
from pathlib import Path

from ocr_core.bulk.inputs import file_bytes
from ocr_core.bulk.sources import inputs
from ocr_core.errors import InputError


def put(name, content=b""):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or path.name.encode())


def tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def read(source, **options):
    """Return (key, content or error) of each input."""
    found = []
    for one in inputs(str(source), **options):
        try:
            found.append((one.key, file_bytes(one.content())))
        except InputError as error:
            found.append((one.key, str(error)))
    return found


def keys(source, **options):
    return [one.key for one in inputs(str(source), **options)]
