"""What hostile requests are made of: their answers, parts of forms, bodies, chunks."""

from dataclasses import dataclass

from odd_images import EXAMPLES

IMAGE = (EXAMPLES / "line-en.png").read_bytes()
MAX_BYTES = 1 << 20
"""The servers of the test run with this limit."""

OK = (200, None)
BAD_FORM = (400, "bad_form")
BAD_REQUEST = (400, "bad_request")
MISSING = (400, "missing_file")
NOT_FOUND = (404, "not_found")
NOT_ALLOWED = (405, "method_not_allowed")
TOO_SLOW = (408, "too_slow")
TOO_LARGE = (413, "too_many_bytes")
NOT_AN_IMAGE = (415, "not_an_image")
HEADERS_TOO_LARGE = (431, "headers_too_large")
CLOSED = (0, None)
"""The connection ended without an answer, because the sender left or never asked."""


@dataclass(frozen=True)
class Hostile:
    """What is sent on one connection and how the first answer must look."""

    sent: bytes
    answer: tuple
    leaves: bool = False
    """Whether the sender closes its side of the connection at once."""


def part(content=IMAGE, disposition='form-data; name="file"; filename="a.png"', headers=b"", boundary=b"B"):
    """Return one part of a form."""
    if isinstance(disposition, str):
        disposition = disposition.encode()
    return b"--%b\r\nContent-Disposition: %b\r\n%b\r\n%b\r\n" % (boundary, disposition, headers, content)


def post(body, content_type=b"multipart/form-data; boundary=B", headers=b"", path=b"/ocr", method=b"POST"):
    """Return a request with a body and its right length."""
    head = b"%b %b HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n"
    return head % (method, path, content_type, len(body), headers) + body


def get(path=b"/healthz", headers=b"Host: a\r\n", method=b"GET", version=b"HTTP/1.1"):
    """Return a request without a body."""
    return b"%b %b %b\r\n%b\r\n" % (method, path, version, headers)


FORM = part() + b"--B--\r\n"
"""The body of a right request."""

GOOD = post(FORM)


def chunked(*chunks, end=b"0\r\n\r\n", headers=b"Transfer-Encoding: chunked\r\n"):
    """Return a request with a chunked body."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return (
        b"POST /ocr HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n%b\r\n" % headers + body
    )
