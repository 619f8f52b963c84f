"""A result -> the files that people and programs read: text, JSON, hOCR, ALTO, TSV, searchable PDF, marked PNG."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ocr_core.document_result import DocumentResult, pages_of, sheets_of
from ocr_core.errors import BadOption
from ocr_core.formats.alto import alto
from ocr_core.formats.hocr import hocr
from ocr_core.formats.page_json import result_json
from ocr_core.formats.tsv import tsv
from ocr_core.types import PageResult, ReadOptions

FormatName = Literal["text", "json", "hocr", "alto", "tsv", "pdf", "png"]

Result = PageResult | DocumentResult

ImageOf = Callable[[int], bytes]
"""Number of a page, from 1 -> the image file that it was read from, as `Source.image` gives it."""

Writer = Callable[[Result, ImageOf, str], bytes]
"""What was read, the images that it was read from, name of their file -> the file."""


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

    named: bool = True
    """Whether it says which file it was made from."""

    one_page: bool = False
    """Whether it holds a single page."""

    def options(self, options: ReadOptions) -> ReadOptions:
        """Return `options`, with the places of words where this format needs them."""
        wanting = self.words and options.granularity == "line"
        return replace(options, granularity="word") if wanting else options


def format_named(name: str) -> Format:
    """Return the format called `name`, one of `FormatName`; raise `BadOption` for any other."""
    if name not in FORMATS:
        raise BadOption.unknown("format", name, get_args(FormatName))
    return FORMATS[name]


def _text(result: Result, _: ImageOf, __: str) -> bytes:
    sheets = sheets_of(result)
    text = "\f".join(sheet.text if isinstance(sheet, PageResult) else f"[{sheet.sentence}]" for sheet in sheets)
    return (f"{text}\n" if text else "").encode(errors="replace")


def _json(result: Result, _: ImageOf, name: str) -> bytes:
    content = {"file": name, **result_json(result)} if name else result_json(result)
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def _hocr(result: Result, _: ImageOf, name: str) -> bytes:
    return hocr(sheets_of(result), name).encode()


def _alto(result: Result, _: ImageOf, name: str) -> bytes:
    return alto(sheets_of(result), name).encode()


def _tsv(result: Result, _: ImageOf, __: str) -> bytes:
    return tsv(sheets_of(result)).encode(errors="replace")


def _pdf(result: Result, image_of: ImageOf, name: str) -> bytes:
    from ocr_core.formats.searchable_pdf import searchable_pdf  # its library is an extra

    return searchable_pdf(sheets_of(result), image_of, name)


def _png(result: Result, image_of: ImageOf, _: str) -> bytes:
    from ocr_core.formats.marked_image import marked_image  # it loads OpenCV

    page, *others = pages_of(result)
    if others:
        raise BadOption("A PNG holds one page; choose it, for example with pages=1.")
    return marked_image(page, image_of(page.number))


FORMATS = {
    "text": Format(".txt", "text/plain; charset=utf-8", _text, words=False, named=False),
    "json": Format(".json", "application/json", _json, words=False, named=False),
    "hocr": Format(".hocr", "text/vnd.hocr+html; charset=utf-8", _hocr),
    "alto": Format(".alto.xml", "application/xml; charset=utf-8", _alto),
    "tsv": Format(".tsv", "text/tab-separated-values; charset=utf-8", _tsv, named=False),
    "pdf": Format(".pdf", "application/pdf", _pdf),
    "png": Format(".png", "image/png", _png, words=False, named=False, one_page=True),
}
"""By the names under which people ask for them."""
