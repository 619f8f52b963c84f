"""`PageResult` -> the files that people and programs read: text, JSON, hOCR, ALTO, TSV, searchable PDF."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ocr_core.errors import BadOption
from ocr_core.formats.alto import alto
from ocr_core.formats.hocr import hocr
from ocr_core.formats.page_json import page_json
from ocr_core.formats.tsv import tsv
from ocr_core.types import PageResult, ReadOptions

FormatName = Literal["text", "json", "hocr", "alto", "tsv", "pdf"]

Writer = Callable[[PageResult, bytes, str], bytes]
"""Page, bytes of the image that it was read from, name of that image's file -> the file."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a page down."""

    suffix: str
    """Of the files, with its dot."""

    media_type: str
    """For the Content-Type of an answer."""

    write: Writer

    words: bool = True
    """Whether it tells where words stand, so that pages are to be read with `granularity="word"`."""

    def options(self, options: ReadOptions) -> ReadOptions:
        """Return `options`, with the places of words where this format needs them."""
        wanting = self.words and options.granularity == "line"
        return replace(options, granularity="word") if wanting else options


def format_named(name: str) -> Format:
    """Return the format called `name`, one of `FormatName`; raise `BadOption` for any other."""
    if name not in FORMATS:
        raise BadOption(f"format={name!r} does not exist; choose one of {', '.join(get_args(FormatName))}.")
    return FORMATS[name]


def _json(page: PageResult, _: bytes, name: str) -> bytes:
    content = {"file": name, **page_json(page)} if name else page_json(page)
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def _pdf(page: PageResult, image: bytes, name: str) -> bytes:
    from ocr_core.formats.searchable_pdf import searchable_pdf  # its library is an extra

    return searchable_pdf(page, image, name)


FORMATS = {
    "text": Format(
        ".txt",
        "text/plain; charset=utf-8",
        lambda page, _, __: (f"{page.text}\n" if page.text else "").encode(),
        words=False,
    ),
    "json": Format(".json", "application/json", _json, words=False),
    "hocr": Format(".hocr", "text/vnd.hocr+html; charset=utf-8", lambda page, _, name: hocr(page, name).encode()),
    "alto": Format(".alto.xml", "application/xml; charset=utf-8", lambda page, _, name: alto(page, name).encode()),
    "tsv": Format(".tsv", "text/tab-separated-values; charset=utf-8", lambda page, _, __: tsv(page).encode()),
    "pdf": Format(".pdf", "application/pdf", _pdf),
}
"""By the names under which people ask for them."""
