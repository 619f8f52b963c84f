"""Uvicorn's connection with bounds for what comes before a request: size and time of its head, and its whole time.

Uvicorn alone keeps any number of header bytes, and waits for them and for a body without an end.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from services.contract import http_error
from services.wire import HEAD_BYTES, HEAD_S, HTTP_VERSIONS, LINGER_S

if TYPE_CHECKING:
    from services.service import OcrService

WAKE_BYTES = 4096
"""Bytes for which the application is woken before the end of a body. To wake it takes ten times as long as to keep
a byte, so that many senders of one byte a second would hold up everybody."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A refusal is sent from here, because no request stands behind it."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._service: OcrService = app_state["service"]
        self._timer: asyncio.TimerHandle | None = None
        self._in_head, self._head_bytes, self._refused = True, 0, False
        self._completed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._expect_within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._refused:
            return
        if self._timer is None and self._in_head:
            self._expect_within(HEAD_S)
        was_in_head, completed = self._in_head, self._completed
        super().data_received(data)
        if was_in_head and self._in_head and self._completed == completed and not self._refused:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is over; the body must follow in time."""
        self._in_head = False
        if self.parser.get_http_version() not in HTTP_VERSIONS:
            self._refuse(400)
        elif len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse(431)
        if self._refused:
            raise ValueError  # stops the parser
        self._expect_within(self._service.settings.receive_s)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body, and wake the application once there is enough of it."""
        if len(self.cycle.body) + len(body) >= WAKE_BYTES:
            super().on_body(body)
        elif not self.cycle.response_complete:
            self.cycle.body += body

    def on_message_complete(self) -> None:
        """The request has arrived."""
        self._in_head, self._head_bytes = True, 0
        self._completed += 1
        self._expect_no_more()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP with the answer that the contract has for it."""
        self._refuse(400)

    def _expect_within(self, seconds: float) -> None:
        self._expect_no_more()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _expect_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._in_head and answering:
            return  # an earlier request is being read; what follows it may take its time
        if answering or (self._in_head and self._head_bytes):
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer in place of the application, and close when the sender has had time to read it."""
        if self._refused:
            return
        self._refused = True
        self._expect_no_more()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the application learns that nobody waits for it
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        self.transport.write(self._service.turn_away(http_error(status)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.abort)
