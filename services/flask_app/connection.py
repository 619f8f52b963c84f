"""A connection of gunicorn's worker, with what has been received on it and its place in the worker's loop."""

import re
from collections import deque
from collections.abc import Callable
from io import BytesIO
from urllib.parse import unquote_to_bytes

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http.body import LengthReader  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from gunicorn.http.unreader import Unreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn  # type: ignore[import-untyped]

from ocr_core.errors import OcrError
from services.call import Header
from services.contract import OCR, STREAM
from services.flask_app.answer_socket import AnswerSocket
from services.flask_app.framing import Framing
from services.wire import Share

WITH_BODY = (OCR.encode(), STREAM.encode())
"""Ends of the addresses that take a body."""


class Received(Unreader):  # type: ignore[misc]
    """What gunicorn parses: pieces in memory, and the end of the stream behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.buf = BytesIO()
        self.pieces: deque[bytes] = deque()

    def chunk(self) -> bytes:
        """Return the next piece; empty where nothing is left."""
        return self.pieces.popleft() if self.pieces else b""

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, which must be there. Gunicorn copies all that is left for each KB."""
        data = b"".join((self.buf.getvalue(), *self.pieces))
        self.pieces.clear()
        self.buf = BytesIO()
        self.unread(data[count:])
        return data[:count]


class NextRequest(Request):  # type: ignore[misc]
    """A request that may lie behind others, with empty lines in between."""

    def parse(self, unreader: Unreader) -> bytes:
        """Parse its head; the lines in front are ignored (RFC 9112, 2.2)."""
        data = unreader.read().lstrip(b"\r\n")
        while not data and unreader.pieces:
            data = unreader.read().lstrip(b"\r\n")
        unreader.unread(data)
        return bytes(super().parse(unreader))


class Connection(TConn):  # type: ignore[misc]
    """A connection with what has been received on it."""

    def __init__(self, cfg: Config, sock: AnswerSocket, address: object, framing: Framing, share: Share) -> None:
        """Take what `accept` gave, who follows the bytes of the connection, and what counts those that are kept."""
        super().__init__(cfg, sock, address, sock.getsockname())
        self.framing, self.share = framing, share
        self.received = Received()
        self.data_ready = True  # gunicorn need not wait for the first byte
        self.served = 0
        """Requests whose answers have been sent."""

        self.began = 0.0
        """When the first byte of the request that is arriving came, `time.monotonic()` seconds; 0 before it."""

        self.ends = 0.0
        """When the connection is given up."""

        self.early = False
        """Whether the request is answered without its body."""

        self.lingers = False
        """Whether what still arrives is thrown away."""

    def init(self) -> None:
        """Make gunicorn's parser read what has been received. Called in a thread, before each request."""
        super().init()
        self.parser.unreader, self.parser.mesg_class = self.received, NextRequest

    def has_next(self, behind: int = 0) -> bool:
        """Return whether a request that the application answers has arrived, `behind` others that have, too."""
        arrived = self.framing.completed - self.served - behind
        return arrived > 0 or (arrived == 0 and self.framing.refused == 413)

    def wants_body(self, admit: Callable[[Header, str], None]) -> bool:
        """Return whether the body of a request is to be received; if not, the application answers without it.

        Args:
            admit: `OcrService.admit`; called once the head of a request for a reading is there.
        """
        framing = self.framing
        if framing.completed > self.served:
            return True  # an earlier request comes first
        path = unquote_to_bytes(re.split(rb"[?#]", framing.url, maxsplit=1)[0])
        if framing.method != b"POST" or not path.endswith(WITH_BODY):
            return False
        try:
            admit(framing.header, self.client[0])
        except OcrError as error:
            self.sock.admission = error
            return False
        self.sock.admission = True
        return True

    def complete(self, req: Request, too_long: int) -> None:
        """Give gunicorn's request the form in which the application is to see it. Called in a thread.

        Args:
            req: the request.
            too_long: bytes of a body that is refused.
        """
        req._expected_100_continue = False  # it was sent when it was of use
        req.headers = [header for header in req.headers if header[0] != "UPGRADE"]  # nothing is upgraded here
        if self.framing.ended and not (self.has_next(behind=1) or self.framing.refused in (400, 431)):
            req.force_close()
        too_large = self.framing.refused == 413 and self.framing.completed == self.served
        if too_large:
            # the application refuses by the announced length alone, whether the body was chunked or not
            kept = [header for header in req.headers if header[0] not in ("CONTENT-LENGTH", "TRANSFER-ENCODING")]
            req.headers = [*kept, ("CONTENT-LENGTH", str(too_long))]
        if self.early or too_large:
            req.body = BytesIO()
        elif isinstance(req.body.reader, LengthReader):
            req.body = BytesIO(self.received.take(req.body.reader.length))
