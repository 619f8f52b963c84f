"""Uvicorn's connection with bounds for what comes before a request: size and time of its head, and its whole time;
and for what comes behind it: the time of its answer.

Uvicorn alone keeps any number of header bytes, and waits for them, for a body and for a reader without an end.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from services.contract import http_error
from services.fastapi_app.backlog import Backlog
from services.fastapi_app.headers import is_valid_head, without_upgrade
from services.fastapi_app.room import Room
from services.fastapi_app.sending import ReaderWatch, keep_here
from services.wire import HEAD_BYTES, HEAD_S, LINGER_S

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
        self._room: Room = app_state["room"]
        self._backlog: Backlog = app_state["backlog"]
        self._timer: asyncio.TimerHandle | None = None
        self._between = True  # nothing of the next request has arrived
        self._in_head = True
        self._refused = 0
        """Status of the refusal, once what arrives is no request."""
        self._progress = 0
        """Grows with each head, piece of a body and end of a request."""
        self._lost_bytes = 0
        """Bytes since then: of a head, of trailers (RFC 9112, 7.1.2) or of the frames of chunks."""
        self._trailer_bytes = 0
        self._head_again = b""
        """The head of a request that asks for an upgrade, without that wish."""
        self.waiting = 0
        """Bytes of an answer that went slowly when it began; they are kept until its reader has nearly all."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._watch = ReaderWatch(transport, self.loop)
        keep_here(transport)
        self._room.enter(self, len(self.connections))
        self._expect_within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._expect_no_more()
        self._watch.end()
        self._backlog.forget(self)
        self._room.wait_no_more(self)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Close the connection at once, because there are too many."""
        self.transport.abort()

    def cut_off(self) -> None:
        """Reset the connection, whose reader is furthest behind of all."""
        self._watch.abort()

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._between:
            data = data.lstrip(b"\r\n")  # RFC 9112, 2.2: empty lines in front are ignored
        if self._refused or not data:
            return
        if self._timer is None and self._in_head:
            self._expect_within(HEAD_S)
        progress = self._progress
        self._unset_keepalive_if_required()
        try:
            self._feed(memoryview(data))
        except httptools.HttpParserError:
            self._refuse(400)
        self._lost_bytes = self._lost_bytes + len(data) if self._progress == progress else 0
        if self._lost_bytes > HEAD_BYTES:
            self._refuse(431)

    def eof_received(self) -> None:
        """The sender has no more to say; the connection ends when it has taken what was written."""
        super().eof_received()
        self._watch.begin()

    def pause_writing(self) -> None:
        """More waits to be sent than should; nothing is added until it is less."""
        super().pause_writing()
        self._watch.begin()
        self.waiting = self.transport.get_write_buffer_size()
        self._backlog.tell(self)

    def resume_writing(self) -> None:
        """The reader has taken it."""
        self._backlog.forget(self)
        if not self.transport.is_closing():
            self._watch.end()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """An answer is over, and with it the connection, or the next request may come."""
        self._room.wait(self)
        is_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            self._room.wait_no_more(self)
            self._watch.begin()
        elif self._refused and is_last:
            self._turn_away()

    def timeout_keep_alive_handler(self) -> None:
        """No next request has come."""
        super().timeout_keep_alive_handler()
        self._watch.begin()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._between, self._in_head, self._trailer_bytes = False, True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer, which says nothing here: the request is being answered already."""
        if self._in_head:
            super().on_header(name, value)
            return
        self._trailer_bytes += len(name) + len(value)
        if self._trailer_bytes > HEAD_BYTES:
            self._refuse(431)
            raise ValueError  # stops the parser

    def on_headers_complete(self) -> None:
        """The head is over; the body must follow in time."""
        self._progress += 1
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse(431)
        elif not is_valid_head(self.parser.get_method(), self.parser.get_http_version(), self.headers):
            self._refuse(400)
        if self._refused:
            raise ValueError  # stops the parser
        if self.parser.should_upgrade():
            version = self.parser.get_http_version()
            self._head_again = without_upgrade(self.parser.get_method(), self.url, version, self.headers)
        else:
            self._expect_within(self._service.settings.receive_s)
            super().on_headers_complete()
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body, and wake the application once there is enough of it."""
        self._progress += 1
        if len(self.cycle.body) + len(body) >= WAKE_BYTES:
            super().on_body(body)
        elif not self.cycle.response_complete:
            self.cycle.body += body

    def on_message_complete(self) -> None:
        """The request has arrived."""
        self._between = self._in_head = True
        self._progress += 1
        if self._head_again:
            return
        self._expect_no_more()
        self._room.wait_no_more(self)
        super().on_message_complete()

    def _feed(self, data: memoryview) -> None:
        """Parse the next bytes, and those of a request that asks for an upgrade as if it asked for none.

        The parser takes what follows such a head for another protocol, and its body with it: that is parsed again.
        """
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                head, self._head_again = self._head_again, b""
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
                self.parser.feed_data(head)

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
        if answering or (self._in_head and self._lost_bytes):
            self._refuse(408)
        else:
            self._close()

    def _refuse(self, status: int) -> None:
        """Take no more, and answer in place of the application once the requests in front have been answered."""
        if self._refused:
            return
        self._refused = status
        self._expect_no_more()
        if self._in_head or self._head_again:  # it was no request yet
            if self.cycle is None or self.cycle.response_complete:
                self._turn_away()
        elif self.pipeline:  # what is refused is the body of the last request
            self.pipeline.popleft()
        elif self.cycle.response_started:
            self.cycle.disconnected = True
            self._close()
        else:
            self.cycle.disconnected = True  # the application learns that nobody waits for it
            self.cycle.message_event.set()
            self._turn_away()

    def _turn_away(self) -> None:
        """Send the refusal, and close when the sender has had time to read it."""
        self.transport.write(self._service.turn_away(http_error(self._refused)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self._close)

    def _close(self) -> None:
        """Close the connection once the reader has taken what was written, for which it has as long as any."""
        self.transport.close()
        self._watch.begin()
