"""The headers of a request as the contract asks for them."""

from starlette.datastructures import Headers

from services.call import Header


def header_of(headers: Headers) -> Header:
    """Return what finds a header in `headers`; the values of a repeated one are joined (RFC 9110, 5.3)."""

    def header(name: str) -> str | None:
        values = headers.getlist(name)
        return ", ".join(values) if values else None

    return header
