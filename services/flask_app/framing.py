"""Where the requests on a connection begin and end, by the same parser that uvicorn uses (llhttp).

Gunicorn parses them again for Flask. What the stricter of the two refuses is refused, so that neither
service takes for one request what a proxy in front took for two.
"""

import httptools

from services.wire import HEAD_BYTES, HTTP_VERSIONS, ONCE, is_refused


class Framing:
    """Follows the bytes of one connection. The methods named `on_...` are called by the parser."""

    def __init__(self, body_limit: int) -> None:
        """Take the bytes that a body may have."""
        self._body_limit = body_limit
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self._head_bytes = 0
        self._lost_bytes = 0
        """Bytes behind the head that have become nothing yet: of trailers, or of the frames of chunks."""

        self.url = b""
        """Address of the latest request, as it was sent."""

        self.headers: dict[str, str] = {}
        """Its headers by their names in lower case; the values of a repeated one are joined (RFC 9110, 5.3)."""

        self.body_bytes = 0
        """Bytes of its body that have arrived."""

        self.completed = 0
        """Requests that have arrived as a whole."""

        self.begun = False
        """Whether a part of a request has arrived."""

        self.in_head = True
        """Whether the next byte belongs to a head, or to nothing yet."""

        self.refused = 0
        """Status of the refusal once the bytes cannot become a request; 413 is left to the application."""

        self.ended = False
        """Whether nothing that follows can be a request."""

        self.wants_continue = False
        """Whether the sender waits for `100 Continue` before it sends the body."""

    @property
    def method(self) -> bytes:
        """Method of the latest request."""
        return bytes(self._parser.get_method())

    def header(self, name: str) -> str | None:
        """Return the value of a header by its name in any case; None if there is none."""
        return self.headers.get(name.lower())

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        was_in_head, completed, body_bytes = self.in_head, self.completed, self.body_bytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.ended = True  # the request itself is answered as any other: nothing is upgraded here
        except httptools.HttpParserError:
            self._refuse(400)
        if was_in_head and self.in_head and self.completed == completed:
            self._head_bytes += len(data)
            self._check_head()
        elif not was_in_head and (self.completed, self.body_bytes) == (completed, body_bytes):
            self._lost_bytes += len(data)
            self._check_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head_bytes = self._lost_bytes = self.body_bytes = 0
        self.url, self.headers = b"", {}
        self.begun, self.in_head, self.wants_continue = True, True, False

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._head_bytes += len(url)
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._head_bytes += len(name) + len(value)
        if not self.in_head:  # a trailer, which says nothing here
            self._check_head()
            if self.refused:
                raise ValueError  # stops the parser
            return
        name = name.lower()
        known = name.decode("latin-1")
        if is_refused(name, value) or (known in self.headers and name in ONCE):
            self._refuse(400)
        text = value.decode("latin-1")
        self.headers[known] = f"{self.headers[known]}, {text}" if known in self.headers else text
        if name == b"expect":
            self.wants_continue = True

    def on_headers_complete(self) -> None:
        """Take the end of the head."""
        version = self._parser.get_http_version()
        if version not in HTTP_VERSIONS or self.method == b"CONNECT":
            self._refuse(400)
        self._check_head()
        if version == "1.1" and "host" not in self.headers:  # RFC 9112, 3.2
            self._refuse(400)
        if int(self.headers.get("content-length", "0")) > self._body_limit:
            self._refuse(413)
        if self.refused:
            raise ValueError  # stops the parser
        self.in_head, self._head_bytes = False, 0

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.body_bytes += len(body)
        self._lost_bytes = 0
        if self.body_bytes > self._body_limit:
            self._refuse(413)
            raise ValueError

    def on_message_complete(self) -> None:
        """The request is over; the next one may follow."""
        self.completed += 1
        if not self._parser.should_keep_alive():
            self.ended = True  # the parser takes nothing that follows; gunicorn knows `close` alone, not `close, x`
        self.begun, self.in_head, self._head_bytes, self._lost_bytes = False, True, 0, 0

    def _check_head(self) -> None:
        if max(self._head_bytes, self._lost_bytes) > HEAD_BYTES:
            self._refuse(431)

    def _refuse(self, status: int) -> None:
        self.refused, self.ended = self.refused or status, True
