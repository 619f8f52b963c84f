"""A body of JSON with the image in base64: for callers that have no multipart at hand, such as agents."""

import base64
import binascii
import json

from services.contract import FILE_FIELDS, OPTION_FIELDS, BadForm, MissingFile

NAME_FIELD = "name"
"""Holds the name of the file, which a multipart form has in the header of its part."""


def parse_json(body: bytes) -> tuple[bytes, dict[str, str], str]:
    """Return (image, options, file name) of a body `{"image": base64, ...}`; the fields are those of the form.

    The base64 (RFC 4648) may be a data URL. Raises `MissingFile` where there is no image, `BadForm` where the body
    or the base64 is malformed.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadForm("The body is not the JSON that its Content-Type announces.") from None
    if not isinstance(content, dict):
        raise BadForm('The body is no JSON object; send for example {"image": "iVBORw0..."}.')
    encoded = next((content[field] for field in FILE_FIELDS if field in content), None)
    if encoded is None:
        raise MissingFile("The JSON has no image; send it as base64 in the field `image`.")
    options = {name: _option(name, content[name]) for name in OPTION_FIELDS if name in content}
    return _decoded(encoded), options, _option(NAME_FIELD, content.get(NAME_FIELD, ""))


def _decoded(encoded: object) -> bytes:
    """Return the bytes of a base64 text; white space in it, as some encoders break lines, is skipped."""
    if not isinstance(encoded, str):
        raise BadForm("The image is no text; send its bytes as base64.")
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadForm("The image is not valid base64.") from None


def _option(name: str, value: object) -> str:
    """Return `value` as a form has it: JSON may have the number of a page as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadForm(f"The field `{name}` is no text.")
    return str(value).encode("utf-8", "replace").decode().strip()
