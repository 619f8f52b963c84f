"""One image of a request: its answer from the cache, from the same reading for another, or from its own."""

import time
from collections.abc import Collection
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

from ocr_core.document_result import pages_of, unread_of
from ocr_core.errors import BadOption, DeadlineExceeded, EmptyInput
from ocr_core.formats import FORMATS, format_named
from ocr_core.page_choice import PageChoice
from ocr_core.types import PageReader, Progress, ReadOptions
from services import endpoint
from services.accept import format_for
from services.cache import AnswerCache, key_of
from services.call import Call
from services.contract import Answer, page_answer, too_many_bytes
from services.metrics import Metrics
from services.multipart import Form
from services.readings import Outcome, Readings
from services.settings import Settings

ALL_PAGES = PageChoice()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an image."""

    options: ReadOptions
    format: str = "json"
    """One of `FORMATS`."""

    choice: PageChoice = ALL_PAGES

    name: str = ""
    """Of the file, where the format tells it."""

    paged: bool = False
    """Whether the answer may have several pages; else every file is taken for an image."""

    pictures: bool = False
    """Whether the pages of documents are sent along as images."""

    def key(self, image: bytes, model: str) -> str:
        """Return the name of the reading of `image` that is wanted: all that decides its answer."""
        pages = f"{self.choice.pages}:{self.choice.pdf_text}:{self.paged}"
        return key_of(image, self.options, model, f"{self.format}:{pages}:{self.name}")


class Images:
    """Reads images with what the process has for it. Safe to use from many threads."""

    def __init__(self, settings: Settings, metrics: Metrics, cache: AnswerCache, readings: Readings) -> None:
        self._settings, self._metrics, self._cache, self._readings = settings, metrics, cache, readings

    def wanted(self, form: Form, formats: Collection[str] = FORMATS, accept: str = "") -> Wanted:
        """Return what a form asks for.

        Args:
            form: the request.
            formats: those that are offered.
            accept: the header Accept, which decides where the form names no format.

        Raises `BadOption` for a value that there is not, or not among `formats`; `NotAcceptable`.
        """
        options: dict[str, Any] = {"threshold": self._settings.threshold, **form.options}
        name = options.pop("format", "") or format_for(accept)
        choice = PageChoice(options.pop("pages", ""), options.pop("pdf_text", "read"))
        pictures = options.pop("pictures", "off")
        if pictures not in ("on", "off"):
            raise BadOption.unknown("pictures", pictures, ("on", "off"))
        chosen = format_named(name)
        if name not in formats:
            raise BadOption(f"format={name} is for POST /ocr; events are JSON.")
        if name == "pdf" and find_spec("fpdf") is None:
            raise BadOption("format=pdf is not offered here: the service was installed without its extra `pdf`.")
        return Wanted(
            chosen.options(ReadOptions(**options)),
            name,
            choice,
            form.name if chosen.named else "",
            form.paged,
            pictures == "on",
        )

    def begin(
        self,
        reader: PageReader,
        wanted: Wanted,
        call: Call,
        image: bytes,
        progress: Progress | None,
        future: Future[Answer],
    ) -> None:
        """Resolve `future` with the answer of POST /ocr, from the cache or by a reading. Does not wait.

        Who wants to hear of the `progress` gets a reading of their own; the others share one of the same image.
        """
        try:
            self._check(image)
            # pictures are sent while it is read, and kept nowhere
            key = None if call.fresh or wanted.pictures else wanted.key(image, reader.name)
            call.cache, asked = "miss", time.monotonic()
            if key is not None and (known := self._cache.get(key)) is not None:
                call.cache = "hit"
                call.stages["cache"] = (time.monotonic() - asked) * 1e3
                future.set_result(page_answer(known, wanted.format))
                return
            job = partial(self._run, reader, image, wanted, key, progress)
            self._readings.submit(key if progress is None else None, job, call, future)
        except Exception as error:
            future.set_result(refuse(call, error))

    def _check(self, image: bytes) -> None:
        if not image:
            raise EmptyInput("The file is empty.")
        if len(image) > self._settings.max_bytes:
            raise too_many_bytes(self._settings.max_bytes)

    def _run(
        self,
        reader: PageReader,
        image: bytes,
        wanted: Wanted,
        key: str | None,
        progress: Progress | None,
        deadline: float,
    ) -> Outcome:
        """Read an image or a document and encode the answer; runs in a thread of the readings."""
        from ocr_core.document import StillSource, opened, read_document  # they load OpenCV

        limits = self._settings
        try:
            with (
                opened(image, wanted.choice, limits.max_pixels, deadline)
                if wanted.paged
                else nullcontext(StillSource(image))
            ) as source:
                result = read_document(
                    reader,
                    source,
                    wanted.options,
                    wanted.choice,
                    max_pages=1 if FORMATS[wanted.format].one_page else limits.max_pages,
                    deadline=deadline,
                    progress=progress,
                )
                started = time.monotonic()
                body = FORMATS[wanted.format].write(result, source.image, wanted.name)
        except DeadlineExceeded:
            raise
        except Exception as error:
            return Outcome(endpoint.answer_error(error))
        timings = result.timings
        stages = {
            "decode": timings.decode,
            "detect": timings.detect,
            "recognize": timings.recognize,
            "encode": (time.monotonic() - started) * 1e3,
        }
        self._metrics.observe_stages(stages)
        for page in pages_of(result):
            self._metrics.lines.observe(len(page.lines))
        unread = unread_of(result)
        # the cache keeps bodies, and has no place for the header that names unread pages
        store = None if key is None or unread else partial(self._cache.put, key, body)
        answer = page_answer(body, wanted.format, (page.number for page in unread))
        return Outcome(answer, stages, store)


def refuse(call: Call, error: Exception) -> Answer:
    """Return the answer to a request that failed with `error`."""
    answer = endpoint.answer_error(error)
    call.code = answer.code
    return answer
