"""Gunicorn's worker with threads, which gives a thread to a request only while its answer is made.

Gunicorn alone reads requests and sends answers in its threads, for as long as the other end likes: as many slow
callers as there are threads stop the service. Here the worker's loop receives all requests, and sends what a
caller does not take at once: a slow one costs its buffer.
"""

import errno
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from services.contract import Answer, Overloaded, error_answer, http_error
from services.endpoint import body_limit
from services.flask_app import SERVICE
from services.flask_app.answer_socket import AnswerSocket, Unsent
from services.flask_app.connection import Connection
from services.flask_app.framing import Framing
from services.settings import Settings
from services.wire import HEAD_S, LINGER_S, HeldBytes, Share

READ_BYTES = 256 * 1024
CHECK_S = 0.25
"""Seconds between two looks for callers whose time is over."""


class ReceivingWorker(ThreadWorker):  # type: ignore[misc]
    """Receives and sends in its loop, answers in its threads.

    All methods but `handle` and what it calls run in the loop.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        settings: Settings = self.app.settings
        self._body_limit = body_limit(settings)
        self._receive_s = settings.receive_s
        self._held = HeldBytes(settings.held_bytes)  # by all connections of this process
        self._unsent = Unsent(settings.held_bytes)
        self._waiting: dict[Connection, None] = {}
        """Connections on which the loop receives or sends."""
        self._checked, self._drains = 0.0, False

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
        framing, share = Framing(self._body_limit), Share(self._held)
        sock = AnswerSocket(client, self._unsent)
        self._receive_on(Connection(self.cfg, sock, address, framing, share), HEAD_S)

    def finish_request(self, conn: Connection, future: Future[bool]) -> None:
        """Send what is left of an answer, and go on with its connection."""
        keep = not future.cancelled() and future.exception() is None and future.result()
        if conn.sock.unsent:
            conn.ends = conn.sock.ends
            conn.share.give_back()  # of the body nothing is kept any more
            self._wait_for(conn, selectors.EVENT_WRITE, partial(self._send_on, conn, keep))
        else:
            self._go_on(conn, keep)

    def _send_on(self, conn: Connection, keep: bool, sock: AnswerSocket) -> None:
        """Send what the caller takes now of an answer."""
        try:
            sock.send_on()
        except OSError:
            self._drop(conn)
            return
        conn.ends = sock.ends
        if not sock.unsent:
            self._wait_no_more(conn)
            self._go_on(conn, keep)

    def _go_on(self, conn: Connection, keep: bool) -> None:
        """Go on with a connection whose answer has been sent."""
        conn.share.give_back()
        conn.sock.admission = False
        conn.served += 1
        conn.began = time.monotonic() if conn.framing.begun else 0.0
        refused = conn.framing.refused
        if keep and conn.has_next():
            self.enqueue_req(conn)
        elif conn.framing.ended:
            self._linger(conn, http_error(refused) if keep and refused else None)
        elif not keep:
            self._close(conn)
        else:
            self._receive_on(conn, HEAD_S if conn.framing.begun else self.cfg.keepalive)
            if not conn.framing.in_head:  # its head and some of its body were sent right behind
                self._follow(conn, conn.framing.body_bytes, begins=True)

    def handle_request(self, req: Request, conn: Connection) -> bool:
        """Answer one request; runs in a thread."""
        conn.complete(req, too_long=2 * self._body_limit)
        conn.sock.holds_head = True
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
        """Give up the callers whose time is over; called by gunicorn's loop at every turn."""
        now = time.monotonic()
        if now - self._checked < CHECK_S:
            return
        self._checked = now
        drain_begins, self._drains = not (self.alive or self._drains), not self.alive
        for conn in list(self._waiting):
            if drain_begins and not conn.began:
                conn.ends = min(conn.ends, now + LINGER_S)  # a request may be on its way
            if conn.ends < now and conn.began and not (conn.lingers or conn.sock.unsent):
                self._refuse(conn, http_error(408))
            elif conn.ends < now and (conn.lingers or conn.sock.unsent or not conn.sock.has_arrived()):
                self._drop(conn)  # but a request that came at the last moment is read at the next turn

    def _make_room(self) -> None:
        """Give up the connection that has been waiting longest."""
        if self._waiting:
            self._drop(next(iter(self._waiting)))

    def _receive_on(self, conn: Connection, seconds: float) -> None:
        short = not (self.alive or conn.began)  # but an answer that was begun before the drain promised to listen
        conn.ends = time.monotonic() + (min(seconds, LINGER_S) if short else seconds)
        self._wait_for(conn, selectors.EVENT_READ, partial(self._receive, conn))

    def _wait_for(self, conn: Connection, event: int, then: Callable[[AnswerSocket], None]) -> None:
        self._waiting[conn] = None
        self.poller.register(conn.sock, event, then)

    def _wait_no_more(self, conn: Connection) -> None:
        del self._waiting[conn]
        self.poller.unregister(conn.sock)

    def _receive(self, conn: Connection, sock: AnswerSocket) -> None:
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
        framing = conn.framing
        was_in_head, body_bytes = framing.in_head, framing.body_bytes
        framing.feed(data)
        conn.received.pieces.append(data)
        # a head passes, whatever is held
        count = 0 if was_in_head and framing.in_head and framing.body_bytes == body_bytes else len(data)
        self._follow(conn, count, begins=was_in_head and not framing.in_head)

    def _follow(self, conn: Connection, count: int, begins: bool) -> None:
        """Do what is to be done about a request of which a piece has arrived.

        Args:
            conn: the connection.
            count: the bytes of the piece, if there is any of a body in it.
            begins: whether the head has arrived with it, and the whole body has not.
        """
        framing = conn.framing
        if begins and not conn.wants_body(self.wsgi.extensions[SERVICE].admit):
            conn.early = framing.ended = True
        if conn.early or framing.refused == 413:
            self._hand_over(conn)
            return
        try:
            conn.share.take(count)
        except Overloaded as error:
            self._refuse(conn, error_answer(error))
            return
        if framing.completed > conn.served:
            self._hand_over(conn)
        elif framing.refused:
            self._refuse(conn, http_error(framing.refused))
        elif begins:
            conn.ends = conn.began + self._receive_s
            if framing.wants_continue:
                self._send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _hand_over(self, conn: Connection) -> None:
        self._wait_no_more(conn)
        self.enqueue_req(conn)

    def _refuse(self, conn: Connection, answer: Answer) -> None:
        """Send `answer` from the loop, and end the connection when the sender has had time to read it."""
        self._wait_no_more(conn)
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
            # a few hundred bytes, which an empty buffer of the kernel takes at once
            conn.sock.send(data, socket.MSG_DONTWAIT)

    def _drop(self, conn: Connection) -> None:
        self._wait_no_more(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        conn.share.give_back()
        self.nr_conns -= 1
        conn.close()
