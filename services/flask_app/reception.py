"""Gunicorn's worker with threads, which gives a thread to a request only when all of it has arrived.

Gunicorn alone reads requests in its threads, for as long as the sender likes: as many slow senders as there
are threads stop the service. Here the worker's loop receives them all, and a slow sender costs its buffer.
"""

import errno
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from gunicorn.http.body import Body, LengthReader  # type: ignore[import-untyped]
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from gunicorn.http.unreader import Unreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from services.contract import Answer, Overloaded, error_answer, http_error
from services.endpoint import body_limit
from services.flask_app import SERVICE
from services.flask_app.framing import Framing
from services.settings import Settings
from services.wire import HEAD_S, LINGER_S, HeldBytes, Share

READ_BYTES = 256 * 1024
SEND_S = 10
"""Seconds within which the receiver of an answer must take some of it."""

CHECK_S = 0.25
"""Seconds between two looks for senders whose time is over."""


class Received(Unreader):  # type: ignore[misc]
    """What gunicorn parses: pieces in memory, and the end of the stream behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: deque[bytes] = deque()

    def chunk(self) -> bytes:
        """Return the next piece; empty where nothing is left."""
        return self.pieces.popleft() if self.pieces else b""


class Connection(TConn):  # type: ignore[misc]
    """A connection with what has been received on it."""

    def __init__(self, worker: "ReceivingWorker", sock: socket.socket, client: object, server: object) -> None:
        super().__init__(worker.cfg, sock, client, server)
        self.framing = Framing(worker.body_limit)
        self.received = Received()
        self.data_ready = True  # gunicorn need not wait for the first byte
        self.share = Share(worker.held)  # bytes of it that are kept
        self.served = 0
        """Requests that have been answered."""

        self.began = 0.0
        """When the first byte of the request that is arriving came, `time.monotonic()` seconds; 0 before it."""

        self.ends = 0.0
        """When the connection is given up."""

        self.lingers = False
        """Whether what still arrives is thrown away."""

    def init(self) -> None:
        """Make gunicorn's parser read what has been received. Called in a thread, before each request."""
        super().init()
        # the kernel's timeout and not Python's, which would also hold up a look at whether the caller is there
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_S, 0))
        self.parser.unreader = self.received


class ReceivingWorker(ThreadWorker):  # type: ignore[misc]
    """Receives in its loop, answers in its threads. All methods but `handle` and what it calls run in the loop."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        settings: Settings = self.app.settings
        self.body_limit = body_limit(settings)
        """Bytes that a body may have."""
        self._receive_s = settings.receive_s
        self.held = HeldBytes(settings.held_bytes)
        """Bounds what all connections of this process keep."""
        self._receiving: dict[Connection, None] = {}
        self._checked = self._drained = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, and the place of the one that has been waiting longest if there is none left."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            return
        if self.nr_conns >= self.worker_connections - 1:
            self._make_room()
        self.nr_conns += 1
        self._receive_on(Connection(self, client, address, listener.getsockname()), HEAD_S)

    def finish_request(self, conn: Connection, future: Future[bool]) -> None:
        """Go on with a connection whose request has been answered."""
        conn.share.give_back()
        conn.began = 0.0
        conn.served += 1
        keep = not future.cancelled() and future.exception() is None and future.result()
        if conn.framing.ended:
            self._linger(conn, http_error(conn.framing.refused) if conn.framing.refused not in (0, 413) else None)
        elif not keep:
            self._close(conn)
        elif conn.framing.completed > conn.served:  # the next one was sent right behind it
            self.enqueue_req(conn)
        else:
            self._receive_on(conn, self.cfg.keepalive)

    def handle_request(self, req: Request, conn: Connection) -> bool:
        """Answer one request; runs in a thread."""
        req._expected_100_continue = False  # it was sent when it was of use
        req.headers = [header for header in req.headers if header[0] != "UPGRADE"]  # nothing is upgraded here
        if conn.framing.ended:
            req.force_close()
        if conn.framing.refused == 413:
            # the application refuses by the announced length alone, whether the body was chunked or not
            kept = [header for header in req.headers if header[0] not in ("CONTENT-LENGTH", "TRANSFER-ENCODING")]
            req.headers = [*kept, ("CONTENT-LENGTH", str(2 * self.body_limit))]
            req.body = Body(LengthReader(conn.received, 0))
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: Request, client: socket.socket, addr: tuple[str, int], exc: Exception) -> None:
        """Answer what gunicorn's parser refuses as the contract says; runs in a thread."""
        if not isinstance(exc, ParseException):
            self.log.error("A request failed", exc_info=exc)
        answer = http_error(400 if isinstance(exc, ParseException) else 500)
        with suppress(OSError):
            client.sendall(self.wsgi.extensions[SERVICE].turn_away(answer))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Take what happens within `timeout` seconds, and look at the clock in between."""
        super().wait_for_and_dispatch_events(min(timeout, CHECK_S))

    def murder_pending(self) -> None:
        """Give up the senders whose time is over; called by gunicorn's loop at every turn."""
        now = time.monotonic()
        if now - self._checked < CHECK_S:
            return
        self._checked = now
        if not self.alive and not self._drained:
            self._drained = now + LINGER_S  # requests on idle connections may be on their way
        for conn in list(self._receiving):
            idle = not conn.began
            if conn.ends < now or (idle and 0 < self._drained < now):
                if idle or conn.lingers:
                    self._drop(conn)
                else:
                    self._refuse(conn, http_error(408))

    def _make_room(self) -> None:
        """Give up the connection that has been waiting longest."""
        if self._receiving:
            self._drop(next(iter(self._receiving)))

    def _receive_on(self, conn: Connection, seconds: float) -> None:
        conn.ends = time.monotonic() + seconds
        conn.sock.setblocking(False)
        self._receiving[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: Connection, sock: socket.socket) -> None:
        """Take what has arrived on a connection."""
        try:
            data = sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
        elif not conn.lingers:
            self._take(conn, data)

    def _take(self, conn: Connection, data: bytes) -> None:
        """Keep what has arrived; once it is a request, a thread answers it."""
        if not conn.began:
            data = data.lstrip(b"\r\n")  # RFC 9112, 2.2: empty lines in front are ignored
            if not data:
                return
            conn.began = time.monotonic()
            conn.ends = conn.began + HEAD_S
        try:
            conn.share.take(len(data))
        except Overloaded as error:
            self._refuse(conn, error_answer(error))
            return
        conn.received.pieces.append(data)
        self._follow(conn, data)

    def _follow(self, conn: Connection, data: bytes) -> None:
        framing = conn.framing
        was_in_head = framing.in_head
        framing.feed(data)
        if framing.completed > conn.served or framing.refused == 413:
            self._stop_receiving(conn)
            self.enqueue_req(conn)
        elif framing.refused:
            self._refuse(conn, http_error(framing.refused))
        elif was_in_head and not framing.in_head:
            conn.ends = conn.began + self._receive_s
            if framing.wants_continue:
                self._send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, conn: Connection, answer: Answer) -> None:
        """Send `answer` from the loop, and end the connection when the sender has had time to read it."""
        self._stop_receiving(conn)
        self._linger(conn, answer)

    def _linger(self, conn: Connection, answer: Answer | None) -> None:
        """Send `answer`, throw away what still comes for a moment, and close."""
        if answer:
            self._send(conn, self.wsgi.extensions[SERVICE].turn_away(answer))
        conn.lingers = True
        conn.received.pieces.clear()
        conn.share.give_back()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._receive_on(conn, LINGER_S)

    def _send(self, conn: Connection, data: bytes) -> None:
        with suppress(OSError):  # a sender that has left shows at the next look at the connection
            conn.sock.send(data)  # a few hundred bytes, which an empty buffer of the kernel takes at once

    def _stop_receiving(self, conn: Connection) -> None:
        del self._receiving[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._stop_receiving(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        conn.share.give_back()
        self.nr_conns -= 1
        conn.close()
