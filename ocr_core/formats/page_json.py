"""What was read as JSON: the answer of the services, and that of the command line."""

from dataclasses import asdict

from ocr_core.document_result import DocumentResult
from ocr_core.note import Note
from ocr_core.types import LineResult, PageResult, Span, Timings


def result_json(result: PageResult | DocumentResult) -> dict[str, object]:
    """Return what the services answer, ready for `json.dumps`: of an image its page, else the document."""
    return document_json(result) if isinstance(result, DocumentResult) else page_json(result)


def document_json(document: DocumentResult) -> dict[str, object]:
    """Return a document: what is told of a page is told of all together, and `pages` has each with its number.

    `unread` has those that could not be read, with the sentence and the code of the error.
    """
    return {
        "text": document.text,
        "pages": [{"page": page.number, **page_json(page)} for page in document.pages],
        "unread": [
            {"page": page.number, "error": str(page.error), "code": page.error.code} for page in document.unread
        ],
        "page_count": document.count,
        "model": document.model,
        "timings_ms": _timings_json(document.timings),
        "warnings": list(document.warnings),
    }


def page_json(page: PageResult) -> dict[str, object]:
    """Return one page, ready for `json.dumps`; milliseconds have two digits, confidences four.

    `warning_details` has the code and the values of each of the `warnings`, where there are any, of ours.
    """
    return {
        "text": page.text,
        "results": [line_json(line) for line in page.lines],
        "image": {"width": page.width, "height": page.height},
        "model": page.model,
        "timings_ms": _timings_json(page.timings),
        "warnings": list(page.warnings),
        **({"warning_details": details} if (details := _details_json(page.warnings)) else {}),
    }


def line_json(line: LineResult) -> dict[str, object]:
    """Return one line of an answer, with its words and characters where they were asked for."""
    return {
        "text": line.text,
        **_place_json(line),
        "confidence": round(line.reading.confidence, 4),
        **({"words": [_span_json(word) for word in line.words]} if line.words else {}),
        **({"characters": [_span_json(character) for character in line.characters]} if line.characters else {}),
    }


def _details_json(warnings: tuple[str, ...]) -> list[dict[str, object]]:
    """Return what programs are told of each of `warnings`; nothing if another reader's has no code."""
    notes = [warning for warning in warnings if isinstance(warning, Note)]
    if len(notes) < len(warnings):
        return []
    return [{"code": note.code, "values": list(note.values)} for note in notes]


def _timings_json(timings: Timings) -> dict[str, float]:
    return {stage: round(value, 2) for stage, value in asdict(timings).items()}


def _span_json(span: Span) -> dict[str, object]:
    return {
        "text": span.text,
        "start": span.start,
        **_place_json(span),
        "confidence": round(span.confidence, 4),
    }


def _place_json(found: LineResult | Span) -> dict[str, object]:
    box = found.box
    return {"bbox": [box.x0, box.y0, box.x1, box.y1], "polygon": [[x, y] for x, y in found.polygon]}
