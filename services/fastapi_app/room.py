"""The connections of a process, of which it holds no more than it can."""

from typing import Protocol


class Closable(Protocol):
    """A connection."""

    def give_up(self) -> None:
        """Close it at once."""


class Room:
    """Knows which connections wait for their requests. Used in the event loop alone."""

    def __init__(self, limit: int) -> None:
        """Take how many connections may be open."""
        self._limit = limit
        self._waiting: dict[Closable, None] = {}

    def wait(self, connection: Closable) -> None:
        """Remember that a connection waits for a request, from now on."""
        self._waiting[connection] = None

    def wait_no_more(self, connection: Closable) -> None:
        """Forget a connection: its request has arrived, or it is over."""
        self._waiting.pop(connection, None)

    def enter(self, connection: Closable, count: int) -> None:
        """Let a new connection in, which is one of `count`; if they are too many, the longest waiting one goes."""
        self.wait(connection)
        if count > self._limit:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.give_up()
