"""The headers of a request: as the contract asks for them, and whether they may be."""

from starlette.datastructures import Headers

from services.call import Header
from services.wire import HTTP_VERSIONS, ONCE, is_refused


def header_of(headers: Headers) -> Header:
    """Return what finds a header in `headers`; the values of a repeated one are joined (RFC 9110, 5.3)."""

    def header(name: str) -> str | None:
        values = headers.getlist(name)
        return ", ".join(values) if values else None

    return header


def is_valid_head(method: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether a head is what uvicorn's parser does not ask for: RFC 9112, 3.2 and 6.1; RFC 9110, 10.1.1.

    Args:
        method: of the request.
        version: of HTTP, such as "1.1".
        headers: names in lower case, and values.
    """
    names = [name for name, _ in headers]
    return (
        version in HTTP_VERSIONS
        and method != b"CONNECT"
        and all(names.count(name) <= 1 for name in ONCE)
        and (b"host" in names or version == "1.0")
        and not (version == "1.0" and b"transfer-encoding" in names)
        and not any(is_refused(name, value) for name, value in headers)
    )


def without_upgrade(method: bytes, url: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return a head as bytes, without its wish for another protocol."""
    lines = [b"%b %b HTTP/%b" % (method, url, version.encode())]
    lines += [b"%b: %b" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join([*lines, b"", b""])
