"""A caller's socket on which no thread waits: what the kernel does not take at once is left to the loop."""

import socket
import struct
import time
from collections import deque

from ocr_core.errors import OcrError
from services.wire import SEND_BYTES, SEND_S

UNSENT_BYTES = 64 * 1024
"""Bytes not yet sent that the kernel takes; of more, a slow receiver would show progress too rarely."""


class AnswerSocket(socket.socket):
    """An accepted connection. A thread writes an answer, and when it is done the loop sends what is left of it."""

    def __init__(self, accepted: socket.socket) -> None:
        """Take the place of `accepted`, which cannot be used any more."""
        super().__init__(fileno=accepted.detach())
        if self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._unsent: deque[memoryview] = deque()
        self.ends = 0.0
        """When the receiver will have been too slow, `time.monotonic()` seconds; means nothing if all is sent."""

        self.admission: OcrError | bool = False
        """Whether the request may be made, where that was asked before its body was received; or why not."""

    @property
    def unsent(self) -> int:
        """Bytes of the answer that have not been sent."""
        return sum(map(len, self._unsent))

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        """Send what can be sent now, and keep the rest. Never waits.

        Raises `ConnectionError` where the receiver has gone, or has taken too little of what was sent before.
        """
        if not self._unsent:
            self.ends = time.monotonic() + SEND_S
        self._unsent.append(memoryview(data))
        self.send_on()
        if self._unsent and self.ends < time.monotonic():
            raise ConnectionResetError("The receiver takes too little.")

    def send_on(self) -> None:
        """Send of the rest what can be sent now; raise `OSError` where the receiver has gone."""
        while self._unsent:
            try:
                count = self.send(self._unsent[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            self.ends = min(self.ends + count * SEND_S / SEND_BYTES, time.monotonic() + SEND_S)
            rest = self._unsent.popleft()[count:]
            if rest:
                self._unsent.appendleft(rest)

    def close(self) -> None:
        """Close it; what is not sent yet, in the kernel too, is thrown away with the connection."""
        if self._unsent:
            self._unsent.clear()
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close()
