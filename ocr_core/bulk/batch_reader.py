"""What a process of a bulk job does: the contents of some inputs -> what became of each."""

import faulthandler
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from ocr_core.bulk.inputs import Content, file_bytes
from ocr_core.document import Source
from ocr_core.errors import OcrError
from ocr_core.formats import FORMATS, FormatName
from ocr_core.formats.page_json import page_json
from ocr_core.frames import FrameSource
from ocr_core.image_header import is_image
from ocr_core.image_io import MAX_PIXELS
from ocr_core.pdf_input import PdfSource
from ocr_core.types import PageReader, PageResult, ReadOptions

TableForm = Literal["parquet", "jsonl"]
Form = TableForm | FormatName
"""Of the target: a table of all results, or a document for each input in one of the other formats."""

TABLES = get_args(TableForm)

GRACE_S = 30.0
"""Seconds after its time limit until a reading is taken to hang, and its process ends itself."""


def shipped_reader() -> PageReader:
    """Return the shipped pipeline; the processes of a job need it, the job itself does not."""
    from ocr_core.pipeline import load_pipeline

    return load_pipeline()


@dataclass(frozen=True, slots=True)
class Plan:
    """How each input is read, wherever that is. Can be pickled."""

    form: Form = "parquet"
    options: ReadOptions = ReadOptions()

    timeout: float = 120.0
    """Seconds for one input."""

    load: Callable[[], PageReader] = shipped_reader
    """Makes the reader, once in each process."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: one of these."""

    row: dict[str, Any] | None = None
    """Of a table: what the services answer, without the times, which are never the same twice."""

    document: bytes | None = None
    """The file of its own."""

    failure: tuple[str, str] | None = None
    """Code and sentence of the error."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    """That it took."""


class BatchReader:
    """Reads batches. Belongs to one thread of a process that may be lost."""

    def __init__(self, plan: Plan) -> None:
        """Load the reader of `plan`; raise `ServiceError` if that fails."""
        self._plan = plan
        self._reader = plan.load()
        self._format = None if plan.form in TABLES else FORMATS[plan.form]
        self._options = self._format.options(plan.options) if self._format else plan.options
        self._document: tuple[str, Source] | None = None
        self._silent = os.open(os.devnull, os.O_WRONLY)  # open as long as the process lives

    def __call__(self, batch: Sequence[Content]) -> BatchResult:
        """Return what became of each of `batch`, in its order. What hangs or takes all memory ends the process."""
        started = time.perf_counter()
        outcomes = tuple(self._read(content) for content in batch)
        return BatchResult(outcomes, time.perf_counter() - started)

    def _read(self, content: Content) -> Outcome:
        # a thread in C: it ends the process even while a library hangs that holds Python's lock
        faulthandler.dump_traceback_later(self._plan.timeout + GRACE_S, exit=True, file=self._silent)
        try:
            return self._outcome(content)
        except OcrError as error:
            return Outcome(failure=(error.code, str(error)))
        except MemoryError:
            os._exit(os.EX_OSERR)  # what is left of the process is not to be trusted
        except ModuleNotFoundError as error:
            return Outcome(failure=("internal_error", f"The package {error.name} is missing where it is read."))
        except Exception as error:
            sentence = f"Something went wrong on our side ({type(error).__name__}: {error}); please report it."
            return Outcome(failure=("internal_error", sentence))
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _outcome(self, content: Content) -> Outcome:
        deadline = time.monotonic() + self._plan.timeout
        image = file_bytes(content) if content.page is None else self._drawn(content, content.page)
        page = self._reader.read(image, self._options, deadline=deadline)
        page = replace(page, number=content.page or 1)
        if self._format is None:
            return Outcome(row=_row(content, page))
        return Outcome(document=self._format.write(page, lambda _: image, content.name))

    def _drawn(self, content: Content, page: int) -> bytes:
        """Return a page of a document as an image file. It stays open: its next page is likely to come next."""
        if self._document is None or self._document[0] != content.name:
            self._close_document()
            data = file_bytes(content)
            kind = FrameSource if is_image(data) else PdfSource
            self._document = content.name, kind(data, MAX_PIXELS)
        try:
            return self._document[1].image(page)
        except OcrError:
            self._close_document()  # the process of a PDF may have ended; the next page deserves a new one
            raise

    def _close_document(self) -> None:
        if self._document:
            self._document[1].close()
            self._document = None


def _row(content: Content, page: PageResult) -> dict[str, Any]:
    row = page_json(page)
    del row["timings_ms"]
    row.pop("warning_details", None)  # tables have a column for the sentences
    return {"name": content.name, **row}
