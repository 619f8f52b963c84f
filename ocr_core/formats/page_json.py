"""A page as JSON: the answer of the services, and that of the command line."""

from dataclasses import asdict

from ocr_core.types import LineResult, PageResult, Span


def page_json(page: PageResult) -> dict[str, object]:
    """Return what the services answer, ready for `json.dumps`; milliseconds have two digits, confidences four."""
    return {
        "text": page.text,
        "results": [line_json(line) for line in page.lines],
        "image": {"width": page.width, "height": page.height},
        "model": page.model,
        "timings_ms": {stage: round(value, 2) for stage, value in asdict(page.timings).items()},
        "warnings": list(page.warnings),
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
