"""Body -> form, multipart or JSON. One parser for both services; the frameworks' own ones differ in the corners.

Everything stays in memory: the body was limited before it came here, and nothing is written to disk.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.contract import FILE_FIELDS, JSON, MAX_PARTS, OPTION_FIELDS, BadForm, MissingFile
from services.json_form import parse_json

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

# It logs a line for each form that is malformed; who sent it learns that from the answer.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


MAX_NAME = 255
"""Characters of a file name that are kept: no file system has longer ones."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a request to read an image carries."""

    images: tuple[bytes, ...]
    """Contents of the file fields, with or without a file name, at least one."""

    options: dict[str, str]
    """Values of `OPTION_FIELDS` that were sent; the first one where a field comes twice."""

    name: str = ""
    """File name of the first of `images`, as its sender has it; empty if none was sent."""

    paged: bool = False
    """Whether the sender understands answers of several pages, so that PDFs may be read."""

    @property
    def image(self) -> bytes:
        """The first of `images`."""
        return self.images[0]


@dataclass(slots=True)
class _Part:
    """One part while it is being received."""

    disposition: dict[bytes, bytes] = field(default_factory=dict)
    """Parameters of its Content-Disposition."""

    body: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """Field name; empty where the part has none."""
        return self._parameter(b"name")

    @property
    def filename(self) -> str:
        """File name without folders; empty where the part has none."""
        return self._parameter(b"filename").replace("\\", "/").rpartition("/")[2][:MAX_NAME]

    def _parameter(self, name: bytes) -> str:
        return self.disposition.get(name, b"").decode("utf-8", "replace")


class _Parts:
    """Collects the parts that the parser reports."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.finished = False
        self._header, self._value = bytearray(), bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        """Return the parser's hooks."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self.parts[-1].body.extend(memoryview(data)[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise BadForm(f"The form has more than {MAX_PARTS} parts.")
        self.parts.append(_Part())

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, self.parts[-1].disposition = parse_options_header(bytes(self._value))
        self._header.clear()
        self._value.clear()

    def _end(self) -> None:
        self.finished = True


def parse_form(content_type: str, body: bytes) -> Form:
    """Return the image and the options of a body, which is a multipart form or JSON.

    Raises `MissingFile` where it has no image, `BadForm` where it is cut off or malformed.
    """
    kind, parameters = parse_options_header(content_type)
    if kind == JSON.encode():
        image, options, name = parse_json(body)
        return Form((image,), options, name[:MAX_NAME], paged=True)
    if kind != b"multipart/form-data":
        raise MissingFile("Send the image as multipart/form-data, in the field `file`, or in JSON as base64.")
    parts = _parse(parameters.get(b"boundary", b""), body)
    files = [part for part in parts if part.name in FILE_FIELDS]
    if not files:
        raise MissingFile("The form has no image; send it in the field `file`.")
    images = tuple(bytes(part.body) for part in files)
    return Form(images, dict(_options(parts)), files[0].filename, paged=True)


def _parse(boundary: bytes, body: bytes) -> list[_Part]:
    if not boundary:
        raise BadForm("The Content-Type names no boundary.")
    collected = _Parts()
    try:
        parser = MultipartParser(boundary, collected.callbacks())
        parser.write(body)
    except FormParserError:
        raise BadForm("The multipart form is malformed.") from None
    if not collected.finished:
        raise BadForm("The multipart form is cut off before its end.")
    return collected.parts


def _options(parts: list[_Part]) -> Iterator[tuple[str, str]]:
    """Yield options last part first, so that in a dict the first part of a name wins."""
    for part in reversed(parts):
        if part.name in OPTION_FIELDS:
            yield part.name, part.body.decode("utf-8", "replace").strip()
