"""The port that several workers share: each connection goes to one that holds few.

Uvicorn's own listening gives it to whichever worker wakes first, see `services.shares`.
"""

import asyncio
import math
import socket
from collections.abc import Callable
from contextlib import suppress

from services.shares import LEAVE_S, Share

RETRY_S = 0.1
"""Seconds until the next try where the system has no room for a connection."""


class SharedPort:
    """Takes connections from a socket on which siblings listen too. Used in the event loop alone."""

    def __init__(
        self,
        listening: socket.socket,
        backlog: int,
        make: Callable[[], asyncio.Protocol],
        share: Share,
        count: Callable[[], int],
    ) -> None:
        """Begin to take connections.

        Args:
            listening: the socket, bound to its address; closed by `close`.
            backlog: the connections that may wait in the kernel.
            make: returns the protocol of a new connection.
            share: of this worker.
            count: returns how many connections this worker holds.
        """
        self._listening, self._make, self._share, self._count = listening, make, share, count
        self._loop = asyncio.get_running_loop()
        self._arriving: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        listening.setblocking(False)
        listening.listen(backlog)
        self._listen()

    def tell(self) -> None:
        """Tell the siblings what this worker holds."""
        self._share.tell(math.inf if self._closed else self._held())

    def close(self) -> None:
        """Take no more, now or if that was said before."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        self.tell()

    async def wait_closed(self) -> None:
        """Return when `close` has done its work; at once."""

    def _listen(self) -> None:
        self._timer = None
        self._loop.add_reader(self._listening, self._offered)

    def _offered(self) -> None:
        """A connection waits: take it, or leave it to a sibling for a moment. One at a time, so that others can."""
        if self._share.leaves(self._held()):
            self._pause(LEAVE_S)
            return
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, ConnectionError):  # a sibling has taken it, or who made it has left
            return
        except OSError:  # out of descriptors, in this process or in the machine
            self._pause(RETRY_S)
            return
        arriving = self._loop.create_task(self._begin(connection))
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)
        self.tell()

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._timer = self._loop.call_later(seconds, self._listen)

    async def _begin(self, connection: socket.socket) -> None:
        with suppress(OSError):  # it was closed meanwhile
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._make, connection)

    def _held(self) -> int:
        return self._count() + len(self._arriving)
