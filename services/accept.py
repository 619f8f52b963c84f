"""The format of an answer by the header Accept (RFC 9110, 12.5.1), for callers who do not name it."""

from ocr_core.formats import FORMATS
from services.contract import NotAcceptable

_TYPES = {name: form.media_type.partition(";")[0] for name, form in FORMATS.items()}

_ORDER = ("json", *(name for name in FORMATS if name != "json"))
"""What is given first where a caller likes several equally."""


def format_for(accept: str) -> str:
    """Return the name of the format that `accept` likes best; JSON for an empty one.

    Raises `NotAcceptable` where it takes none of them.
    """
    ranges = [parsed for part in accept.split(",") if (parsed := _parse(part)) is not None]
    if not ranges:
        return "json"
    best = max(_ORDER, key=lambda name: _quality(_TYPES[name], ranges))
    if not _quality(_TYPES[best], ranges):
        known = ", ".join(_TYPES[name] for name in _ORDER)
        raise NotAcceptable(f"The header Accept takes none of the types that are answered: {known}.")
    return best


def _parse(part: str) -> tuple[str, float] | None:
    """Return (media range in lower case, quality 0-1); None for an empty part. A quality that is no number is 1."""
    media, *parameters = (word.strip().lower() for word in part.split(";"))
    if not media:
        return None
    given = [value for name, _, value in (word.partition("=") for word in parameters) if name.strip() == "q"]
    try:
        return media, min(1.0, max(0.0, float(given[0])))
    except (IndexError, ValueError):
        return media, 1.0


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """Return how much a type is wanted, 0-1, by the most specific range that it falls into."""
    wider = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    for candidate in wider:
        found = [quality for media, quality in ranges if media == candidate]
        if found:
            return max(found)
    return 0.0
