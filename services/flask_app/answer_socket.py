"""A caller's socket on which no thread waits: what the kernel does not take at once is left to the loop."""

import errno
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress

from ocr_core.errors import OcrError
from services.wire import SEND_BYTES, SEND_S, UNSENT_BYTES


class Unsent:
    """Counts what waits for all receivers of a process. Safe to use from many threads."""

    def __init__(self, limit: int) -> None:
        """Take the most bytes that may wait."""
        self._limit, self._total = limit, 0
        self._waiting: dict[AnswerSocket, int] = {}
        self._lock = threading.Lock()

    def tell(self, receiver: "AnswerSocket", count: int) -> None:
        """Count `count` bytes of a receiver; where all are too many, the one who is furthest behind is cut off.

        What was kept for it goes with its connection, when a thread or the loop next sends on it.
        """
        with self._lock:
            self._total += count - self._waiting.pop(receiver, 0)
            if count:
                self._waiting[receiver] = count
            while self._total > self._limit:
                behind = max(self._waiting, key=self._waiting.__getitem__)
                self._total -= self._waiting.pop(behind)
                behind.cut_off()


class AnswerSocket(socket.socket):
    """An accepted connection. A thread writes an answer, and when it is done the loop sends what is left of it."""

    def __init__(self, accepted: socket.socket, all_unsent: Unsent) -> None:
        """Take the place of `accepted`, which cannot be used any more; what waits counts in `all_unsent`."""
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        if self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._unsent: deque[memoryview] = deque()
        self.unsent = 0
        """Bytes of the answer that have not been sent."""

        self._all_unsent, self._told = all_unsent, 0
        self._is_cut_off = False
        self.ends = 0.0
        """When the receiver will have been too slow, `time.monotonic()` seconds; means nothing if all is sent."""

        self.holds_head = False
        """Whether the next piece is a head, which gunicorn sends alone: it goes with what follows."""

        self.admission: OcrError | bool = False
        """Whether the request may be made, where that was asked before its body was received; or why not."""

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        """Send what can be sent now, and keep the rest. Never waits.

        Raises `ConnectionError` where the receiver has gone, or has taken too little of what was sent before.
        """
        if not self._unsent:
            self.ends = time.monotonic() + SEND_S
        self.unsent += len(data)
        if self.unsent <= UNSENT_BYTES and self._unsent:
            data = b"".join((*self._unsent, data))
            self._unsent.clear()
        self._unsent.append(memoryview(data))
        if self.holds_head:
            self.holds_head = False
            return
        self.send_on()
        if self._unsent and self.ends < time.monotonic():
            raise ConnectionResetError(errno.ECONNRESET, "The receiver takes too little.")

    def send_on(self) -> None:
        """Send of the rest what can be sent now; raise `OSError` where the receiver has gone or was cut off."""
        try:
            while self._unsent:
                if self._is_cut_off:
                    raise ConnectionResetError(errno.ECONNRESET, "The receiver is further behind than all others.")
                count = self.send(self._unsent[0], socket.MSG_DONTWAIT)
                self.unsent -= count
                self.ends = min(self.ends + count * SEND_S / SEND_BYTES, time.monotonic() + SEND_S)
                rest = self._unsent.popleft()[count:]
                if rest:
                    self._unsent.appendleft(rest)
        except BlockingIOError:
            return
        finally:
            self._tell()

    def has_arrived(self) -> bool:
        """Return whether the caller has begun a request that nobody has taken yet; empty lines are none."""
        try:
            return bool(self.recv(64, socket.MSG_PEEK | socket.MSG_DONTWAIT).lstrip(b"\r\n"))
        except OSError:
            return False

    def setblocking(self, flag: bool) -> None:
        """Do nothing: it never blocks. Gunicorn asks for it in each thread, which costs a call of the system."""

    def cut_off(self) -> None:
        """Send no more; called from any thread."""
        self._is_cut_off = True
        with suppress(OSError):  # it is closed already
            self.shutdown(socket.SHUT_RDWR)  # wakes the loop if it waits to send

    def close(self) -> None:
        """Close it; what is not sent yet, in the kernel too, is thrown away with the connection."""
        if self._unsent:
            self._unsent.clear()
            self.unsent = 0
            self._tell()
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close()

    def _tell(self) -> None:
        if self.unsent != self._told:
            self._told = self.unsent
            self._all_unsent.tell(self, self.unsent)
