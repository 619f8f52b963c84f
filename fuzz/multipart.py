"""Target: a Content-Type and a body -> a form. The first line of the input is the Content-Type.

A second reading of the input builds a right form around it, which must come back unchanged.
"""

from ocr_core.errors import InputError
from services.contract import FILE_FIELDS, OPTION_FIELDS
from services.multipart import parse_form

BOUNDARY = b"fuzz-boundary-7c1f"


def one_input(data: bytes) -> None:
    """Parse `data` as it is, then a right form that carries it; raise AssertionError where that fails."""
    _parse_anything(data)
    _carry(data)


def _parse_anything(data: bytes) -> None:
    content_type, _, body = data.partition(b"\n")
    try:
        form = parse_form(content_type.decode("latin-1"), body)
    except InputError:
        return
    assert form.image in body, "the image must be a piece of the body"
    assert set(form.options) <= set(OPTION_FIELDS)
    assert all(isinstance(value, str) for value in form.options.values())


def _carry(data: bytes) -> None:
    if BOUNDARY in data:
        return
    choice = data[0] if data else 0
    field = FILE_FIELDS[choice % len(FILE_FIELDS)]
    name = data[:40].translate(None, b'\r\n"\\;')
    body = (
        b"--%b\r\nContent-Disposition: form-data; name=mode\r\n\r\nline\r\n" % BOUNDARY
        + b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n' % (BOUNDARY, field.encode(), name)
        + b"Content-Type: image/png\r\n\r\n%b\r\n--%b--\r\n" % (data, BOUNDARY)
    )
    form = parse_form(f"multipart/form-data; boundary={BOUNDARY.decode()}", body)
    assert form.image == data
    assert form.options == {"mode": "line"}
