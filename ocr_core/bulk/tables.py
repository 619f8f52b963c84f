"""The rows of Parquet and JSON-lines files as inputs: a path or the bytes of a picture in each."""

import base64
import binascii
import json
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ocr_core.bulk.found_files import FoundFile
from ocr_core.bulk.inputs import MAX_BYTES, Content, Input, broken, printable
from ocr_core.errors import InputError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

COLUMNS = ("bytes", "image", "path", "file", "url")
"""Columns that are looked for, in this order, where none is named."""

ROWS = 16
"""Rows of Parquet that are unpacked at once: each may hold a picture."""


def json_rows(file: FoundFile, column: str | None) -> Iterator[Input]:
    """Yield a picture for each line of `file` that is not blank, numbered from 1 with the blank ones."""
    try:
        with file.open() as lines:
            for number, line in enumerate(iter(lambda: lines.readline(2 * MAX_BYTES), b""), 1):
                if line.strip():
                    yield _row(file, number, partial(_json_content, file, line, column))
    except OSError as error:
        yield _damaged(file, error)


def _json_content(file: FoundFile, line: bytes, column: str | None) -> Content:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The line is no JSON: {error}.") from error
    if not isinstance(row, dict):
        raise InputError("The line is no JSON object.")
    if column is None:
        column = next((name for name in COLUMNS if name in row), "")
    if column == "bytes" and isinstance(row.get(column), str):
        try:
            row[column] = base64.b64decode(row[column], validate=True)
        except binascii.Error as error:
            raise InputError(f"`bytes` is no base64: {error}.") from error
    content = _content(file, row.get(column), str(row.get("id", "")))
    # JSON may hold halves of characters, which no table can be written with
    return replace(content, name=content.name.encode(errors="replace").decode())


def parquet_rows(file: FoundFile, column: str | None) -> Iterator[Input]:
    """Yield a picture for each row of `file`, numbered from 1. Rows that nobody asks for are not unpacked."""
    from pyarrow import ArrowException, parquet  # half a second

    try:
        with file.open() as stream, parquet.ParquetFile(stream, pre_buffer=False, buffer_size=1 << 20) as table:
            known = table.schema_arrow.names
            wanted = column or next((name for name in COLUMNS if name in known), "")
            if wanted not in known:
                raise InputError(f"No column is called {column or ' or '.join(COLUMNS)}; there are {known}.")
            rows = _Rows(table, [wanted, *({"id"} & {*known} - {wanted})])
            for index in range(table.metadata.num_rows):
                yield _row(file, index + 1, partial(_parquet_content, file, rows, index, wanted))
    except (ArrowException, OSError, ValueError, InputError) as error:
        yield _damaged(file, error)


class _Rows:
    """Goes forward through a table, unpacking a few rows at a time."""

    def __init__(self, table: "ParquetFile", columns: list[str]) -> None:
        self._batches = table.iter_batches(batch_size=ROWS, columns=columns)
        self._start, self._batch = 0, None

    def at(self, index: int) -> dict[str, Any]:
        """Return row `index`, which is behind none that was asked for."""
        while self._batch is None or index >= self._start + len(self._batch):
            self._start += 0 if self._batch is None else len(self._batch)
            self._batch = next(self._batches)
        row: dict[str, Any] = self._batch.slice(index - self._start, 1).to_pylist()[0]
        return row


def _parquet_content(file: FoundFile, rows: _Rows, index: int, column: str) -> Content:
    from pyarrow import ArrowException

    try:
        row = rows.at(index)
    except (ArrowException, OSError, StopIteration, ValueError) as error:  # the last for text that is no UTF-8
        raise InputError(f"The table is damaged: {error}.") from error
    return _content(file, row[column], str(row.get("id") or ""))


def _row(file: FoundFile, number: int, content: Callable[[], Content]) -> Input:
    return Input(
        f"{printable(file.address)}#row={number}", f"{printable(file.place)}/row-{number:08}", file.stamp, content
    )


def _content(file: FoundFile, value: object, name: str) -> Content:
    """Return the picture that `value` is: bytes, a path, or {bytes, path} as the `datasets` library has it."""
    match value:
        case bytes():
            return Content(name, data=value)
        case str() if value:
            return Content(name or value, _address(file, value))
        case {"bytes": bytes(data), **others}:
            return Content(name or str(others.get("path") or ""), data=data)
        case {"path": str(path)} if path:
            return Content(name or path, _address(file, path))
    raise InputError(f"The row names no picture: {', '.join(COLUMNS)} is missing or empty.")


def _address(file: FoundFile, path: str) -> str:
    """Return `path` of a row as an address: relative ones are meant from the table's folder."""
    if "://" in path or path.startswith("/"):
        return path
    return posixpath.join(posixpath.dirname(file.address), path)


def _damaged(file: FoundFile, error: Exception) -> Input:
    return broken(printable(file.address), printable(file.place), file.stamp, f"The table cannot be read: {error}")
