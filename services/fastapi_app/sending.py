"""Whether the reader of an answer takes it. One who does not, or hardly, is given up: it would be kept for ever."""

import asyncio
import socket
import struct
import sys

from services.wire import SEND_BYTES, SEND_S, UNSENT_BYTES

if sys.platform == "linux":
    import fcntl
    import termios


def keep_here(transport: asyncio.Transport) -> None:
    """Let the kernel take no more of what is written than it needs: else it holds megabytes that nobody counts."""
    connection = transport.get_extra_info("socket")
    if hasattr(socket, "TCP_NOTSENT_LOWAT") and connection is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


class ReaderWatch:
    """Looks at one connection, from `begin` to `end`; meanwhile nothing may be added to what waits there."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Take the connection."""
        self._transport, self._loop = transport, loop
        self._timer: asyncio.TimerHandle | None = None
        self._waited = 0

    def begin(self) -> None:
        """Watch from now on; the connection is aborted once its reader has not taken enough."""
        self.end()
        if not self._transport.get_write_buffer_size():
            return  # the kernel has all, or the connection is over
        self._waited = self._waiting()
        self._timer = self._loop.call_later(SEND_S, self._look)

    def end(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._transport.get_write_buffer_size() and self._waited - self._waiting() < SEND_BYTES:
            self.abort()
        else:
            self.begin()

    def abort(self) -> None:
        """Reset the connection: what is closed in any other way waits in the kernel for its reader, for minutes."""
        with socket.fromfd(self._descriptor(), socket.AF_INET, socket.SOCK_STREAM) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _descriptor(self) -> int:
        return int(self._transport.get_extra_info("socket").fileno())

    def _waiting(self) -> int:
        """Return the bytes that the reader has not taken, here and in the kernel.

        The kernel asks for more only when a third of what it holds is gone, which may be megabytes: to look at our
        own buffer alone would take a slow reader for a dead one.
        """
        waiting = self._transport.get_write_buffer_size()
        if sys.platform == "linux":
            # SIOCOUTQ (tcp(7)) has the number of TIOCOUTQ
            answer = fcntl.ioctl(self._descriptor(), termios.TIOCOUTQ, bytes(4))
            waiting += int(struct.unpack("i", answer)[0])
        return waiting
