"""Multipart body -> form. One parser for both services; the frameworks' own ones differ in the corners.

Everything stays in memory: the body was limited before it came here, and nothing is written to disk.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.contract import FILE_FIELDS, MAX_PARTS, OPTION_FIELDS, BadForm, MissingFile

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

# It logs a line for each form that is malformed; who sent it learns that from the answer.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Form:
    """What a request to read an image carries."""

    images: tuple[bytes, ...]
    """Contents of the file fields, with or without a file name, at least one."""

    options: dict[str, str]
    """Values of `OPTION_FIELDS` that were sent; the first one where a field comes twice."""

    @property
    def image(self) -> bytes:
        """The first of `images`."""
        return self.images[0]


@dataclass(slots=True)
class _Part:
    """One part while it is being received."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """Field name; empty where the part has none."""
        _, parameters = parse_options_header(self.headers.get(b"content-disposition", b""))
        return parameters.get(b"name", b"").decode("utf-8", "replace")


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
        self.parts[-1].headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end(self) -> None:
        self.finished = True


def parse_form(content_type: str, body: bytes) -> Form:
    """Return the image and the options of a multipart body.

    Raises `MissingFile` where no part is a file field, `BadForm` where the body is cut off or malformed.
    """
    kind, parameters = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise MissingFile("Send the image as multipart/form-data, in the field `file`.")
    parts = _parse(parameters.get(b"boundary", b""), body)
    images = tuple(bytes(part.body) for part in parts if part.name in FILE_FIELDS)
    if not images:
        raise MissingFile("The form has no image; send it in the field `file`.")
    return Form(images, dict(_options(parts)))


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
