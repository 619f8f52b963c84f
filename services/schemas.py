"""JSON Schemas of what the services take and answer (2020-12, as OpenAPI 3.1 has them)."""

from typing import Any, Literal, get_args

from ocr_core.formats import FormatName
from ocr_core.note import NoteCode
from ocr_core.page_choice import PdfText
from ocr_core.types import Decoder, Granularity, Mode, Threshold
from services.contract import FILE_FIELDS, JSON, MAX_PARTS

Schema = dict[str, Any]


def object_of(**properties: Schema) -> Schema:
    """Return the schema of an object that has all of `properties`, and maybe more."""
    return {"type": "object", "required": list(properties), "properties": properties}


def list_of(items: Schema, length: int | None = None, **extra: str) -> Schema:
    """Return the schema of a list, of any length if `length` is None."""
    size = {} if length is None else {"minItems": length, "maxItems": length}
    return {"type": "array", "items": items, **size, **extra}


def ref(name: str) -> Schema:
    """Return a reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
MILLISECONDS: Schema = {"type": "number", "minimum": 0}
POINT = list_of(INTEGER, 2, description="x, y in pixels of the image as displayed")
FILE: Schema = {"type": "string", "format": "binary"}

PLACE: dict[str, Schema] = {
    "bbox": list_of(INTEGER, 4, description="x1, y1, x2, y2: the upright rectangle around it, end-exclusive"),
    "polygon": list_of(POINT, 4, description="Corners, clockwise from the text's own top left"),
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
}

SPAN = object_of(
    text=TEXT, start={**INTEGER, "description": "Index of its first character in the line's text"}, **PLACE
)

LINE = object_of(text=TEXT, **PLACE)
LINE["properties"] |= {
    "words": list_of(ref("Span"), description="With `granularity` `word` or `char`"),
    "characters": list_of(ref("Span"), description="With `granularity` `char`"),
}

PAGE = object_of(
    text={
        "type": "string",
        "description": "In reading order: a row a line, its cells apart by tabs, a blank line between blocks",
    },
    results=list_of(ref("Line"), description="In reading order"),
    image=object_of(width=INTEGER, height=INTEGER),
    model={"type": "string", "description": "Names and digests of what reads and of what finds lines"},
    timings_ms=object_of(decode=MILLISECONDS, detect=MILLISECONDS, recognize=MILLISECONDS, total=MILLISECONDS),
    warnings=list_of(TEXT, description="Sentences for people"),
)
PAGE["properties"]["warning_details"] = list_of(
    object_of(code={"enum": list(get_args(NoteCode))}, values=list_of(TEXT)),
    description="Of each of the warnings, where there are any: its code, and what it counts or names",
)

DOCUMENT: Schema = {
    **object_of(
        text={"type": "string", "description": "The texts of the pages with form feeds between"},
        pages=list_of({**object_of(page={**INTEGER, "minimum": 1}), "allOf": [ref("Page")]}),
        unread=list_of(
            object_of(page={**INTEGER, "minimum": 1}, error=TEXT, code=TEXT),
            description="Pages that could not be read, while others could",
        ),
        page_count={**INTEGER, "minimum": 1, "description": "Pages that the file has"},
        model={"type": "string", "description": "Of the pages; `embedded` for text that a PDF carries itself"},
        timings_ms=PAGE["properties"]["timings_ms"],
        warnings=list_of(TEXT, description="Those of the pages, each with its number in front"),
    ),
    "description": "The answer to a PDF, and to any file with `pages`",
}

RESULT: Schema = {"anyOf": [ref("Page"), ref("Document")]}


def _one_of(kind: object, description: str, **more: str) -> Schema:
    """Return the schema of a field that takes one of the values of a `Literal`."""
    return {"type": "string", "enum": list(get_args(kind)), **more, "description": description}


OPTIONS: dict[str, Schema] = {
    "threshold": _one_of(Threshold, "Adaptive threshold before reading; `auto` decides by the light on the image"),
    "mode": _one_of(
        Mode, "`line`: the image is one line; `page`: look for lines; `auto`: decide by shape", default="auto"
    ),
    "granularity": _one_of(
        Granularity,
        "`word` adds the places of words to each line, `char` those of words and characters",
        default="line",
    ),
    "decoder": _one_of(
        Decoder,
        "`beam` weighs what is seen with how likely it is as text, `greedy` takes what is seen",
        default="beam",
    ),
    "pages": {
        "type": "string",
        "pattern": r"^(all|[0-9]{1,6}(-[0-9]{0,6})?(,[0-9]{1,6}(-[0-9]{0,6})?)*)?$",
        "description": "`1-3,7`, `5-` or `all`; without it all pages of a PDF and the first of an image",
    },
    "pdf_text": _one_of(
        PdfText, "`keep` takes the text of a PDF's page as the file has it, where it has any", default="read"
    ),
}
"""What may be sent beside the file, wherever files are read."""

FORMAT = _one_of(
    FormatName,
    "Of the answer; without it the header Accept decides. `hocr`, `alto`, `tsv` and `pdf` tell the places of words",
    default="json",
)

FORM: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            **FILE,
            "description": "JPEG, PNG, WebP, BMP, TIFF, GIF or PDF, told by its content; the fields "
            + " and ".join(f"`{name}`" for name in FILE_FIELDS[1:])
            + " are accepted in its place",
        },
        **OPTIONS,
        "format": FORMAT,
    },
}

JSON_FORM: Schema = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "The file, or a data URL of it",
        },
        "name": {"type": "string", "description": "Of the file, as hOCR, ALTO and PDF shall tell it"},
        **OPTIONS,
        "format": FORMAT,
    },
}

PICTURES = _one_of(
    Literal["on", "off"],
    "`on` sends each page of a document along as a picture, which browsers can show",
    default="off",
)

JSON_FORM_OF_FILE: Schema = {
    **JSON_FORM,
    "properties": {
        **{name: schema for name, schema in JSON_FORM["properties"].items() if name != "format"},
        "pictures": PICTURES,
    },
}

FORM_OF_FILES: Schema = {
    **FORM,
    "properties": {
        **OPTIONS,
        "pictures": PICTURES,
        "file": {
            "type": "array",
            "items": FILE,
            "minItems": 1,
            "maxItems": MAX_PARTS,
            "description": "Files as POST /ocr takes one; together they may be as large as one",
        },
    },
}

FILE_OF = {
    "file": {**INTEGER, "minimum": 0, "description": "Which of the files, from 0 on"},
    "files": {**INTEGER, "minimum": 1, "description": "How many files there are"},
}
PAGE_OF = {
    "page": {**INTEGER, "minimum": 1, "description": "Of a document: number of the page"},
    "pages": {**INTEGER, "minimum": 1, "description": "Of a document: how many pages are read"},
}


def _of_page(schema: Schema) -> Schema:
    """Return the schema of an event that tells its page where it is of a document."""
    return {**schema, "properties": {**schema["properties"], **PAGE_OF}}


EVENTS: dict[str, Schema] = {
    "PictureEvent": _of_page(
        object_of(**FILE_OF, picture={"type": "string", "description": "A page as a `data:` URL of a JPEG"})
    ),
    "PageEvent": _of_page(
        object_of(
            **FILE_OF,
            image=object_of(width=INTEGER, height=INTEGER),
            lines={**INTEGER, "minimum": 0, "description": "Places to be looked at; each gives a line or none"},
        )
    ),
    "UnreadEvent": _of_page(
        {**object_of(**FILE_OF), "allOf": [ref("Error")], "description": "A page that is not read; others may be"}
    ),
    "LineEvent": {**_of_page(object_of(**FILE_OF)), "allOf": [ref("Line")]},
    "DoneEvent": object_of(**FILE_OF, result=RESULT),
    "ErrorEvent": {
        **object_of(**FILE_OF, status={**INTEGER, "description": "What POST /ocr would answer"}),
        "allOf": [ref("Error")],
    },
}
"""Data of the events of POST /ocr/stream, by name."""

EVENT: Schema = {
    "oneOf": [
        object_of(
            event={"const": name.removesuffix("Event").lower()},
            data={**TEXT, "contentMediaType": JSON, "contentSchema": ref(name)},
        )
        for name in EVENTS
    ]
}
"""One server-sent event, as its fields."""

SCHEMAS: dict[str, Schema] = {
    "Page": PAGE,
    "Document": DOCUMENT,
    "Line": LINE,
    "Span": SPAN,
    **EVENTS,
    "Error": object_of(
        error={"type": "string", "description": "A sentence for people"},
        code={"type": "string", "description": "Stable, for programs"},
    ),
}
"""The shared schemas, by the name under which others refer to them."""
