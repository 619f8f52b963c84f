"""A source -> its inputs, in the same order in every run, with memory that does not grow with it."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from ocr_core.bulk.archives import tar_members, zip_members
from ocr_core.bulk.found_files import JSON_LINES, PARQUET, PDF, TAR, TIFF, ZIP, FoundFile, found_files
from ocr_core.bulk.inputs import Content, Input, broken, printable, read_bounded
from ocr_core.bulk.page_counter import PageCounter
from ocr_core.bulk.tables import json_rows, parquet_rows
from ocr_core.bulk.tiff_pages import counted, tiff_pages, with_pages
from ocr_core.errors import InputError

OF_SEVERAL = (*TAR, *ZIP, *PARQUET, *JSON_LINES, *PDF)
"""Endings of files that may hold several inputs; a TIFF tells cheaply how many."""


def inputs(source: str, column: str | None = None, target: str = "") -> Iterator[Input]:
    """Return the inputs of `source`: a picture, PDF, archive, table, a folder of such, a glob; path or address.

    Args:
        source: see `found_files`.
        column: of tables, the one that holds paths or bytes; told by its name if None.
        target: a folder that is passed over where it lies in the source.

    Raises `BadOption` where the source does not exist. All else that is wrong becomes an input that fails.
    """
    return _in_files(found_files(source, target), column)


def count_inputs(source: str, column: str | None = None, target: str = "") -> int | None:
    """Return how many inputs there are, nearly; None where telling would fetch remote archives once more.

    A TIFF that is remote or in an archive counts as one.
    """
    total = 0
    for file in found_files(source, target):
        if not file.has(OF_SEVERAL):
            total += 1 if file.files is not None else counted(file)[1]
        elif file.files is not None:
            return None
        else:
            total += sum(1 for _ in _in_files([file], column, split=PDF))
    return total


def _in_files(
    files: Iterable[FoundFile], column: str | None, split: tuple[str, ...] = (*PDF, *TIFF)
) -> Iterator[Input]:
    """Yield what is in `files`, and of each file whose name ends with one of `split` its pages."""
    with PageCounter() as counter:
        for file, pages in with_pages(files):
            for one in _in_file(file, column):
                name = one.place.lower()
                if not name.endswith(split):
                    yield one
                elif name.endswith(PDF):
                    yield from _pages(one, counter.pages)
                else:
                    yield from _pages(one, partial(_tiff_pages, pages))


def _in_file(file: FoundFile, column: str | None) -> Iterator[Input]:
    address, place = printable(file.address), printable(file.place)
    if file.problem:
        return iter([broken(address, place, file.stamp, f"{file.problem}.")])
    if file.has(TAR):
        return tar_members(file)
    if file.has(ZIP):
        return zip_members(file)
    if file.has(PARQUET):
        return parquet_rows(file, column)
    if file.has(JSON_LINES):
        return json_rows(file, column)
    return iter([Input(address, place, file.stamp, lambda: _content(file))])


def _content(file: FoundFile) -> Content:
    name = printable(file.address)
    if file.is_private:
        with file.open() as stream:
            return Content(name, data=read_bounded(stream))
    return Content(name, file.address)


def _tiff_pages(of_file: int, content: Content) -> int:
    """Return the pages of a TIFF: `of_file` as told by its directories, or those of a member of an archive."""
    return of_file if content.data is None else tiff_pages(io.BytesIO(content.data))


def _pages(document: Input, count: Callable[[Content], int]) -> Iterator[Input]:
    """Yield the pages of `document`; a picture, which has but one, as it is."""
    try:
        content = document.content()
    except InputError as error:
        yield broken(document.key, document.place, document.stamp, str(error))
        return
    pages = count(content)
    if pages == 1 and not document.place.lower().endswith(PDF):
        yield replace(document, content=lambda: content)
        return
    for page in range(1, pages + 1):
        yield Input(
            f"{document.key}#page={page}",
            f"{document.place}/page-{page:05}",
            document.stamp,
            partial(replace, content, page=page),
        )
