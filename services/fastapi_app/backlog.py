"""What waits to be sent to callers who take it later than it is made: bounded for all of a process together."""

from typing import Protocol


class Receiver(Protocol):
    """A caller, or one of the answers to it."""

    waiting: int
    """Bytes in memory that wait for it."""

    def cut_off(self) -> None:
        """Throw away what waits, and end the answer."""


class Backlog:
    """Knows who lets how much wait. Used in the event loop alone."""

    def __init__(self, limit: int) -> None:
        """Take the most bytes that may wait."""
        self._limit, self._total = limit, 0
        self._waiting: dict[Receiver, int] = {}

    def tell(self, receiver: Receiver) -> None:
        """Count what waits for a receiver; where all are too many bytes, who is furthest behind is cut off."""
        self.forget(receiver)
        if receiver.waiting:
            self._waiting[receiver] = receiver.waiting
            self._total += receiver.waiting
        while self._total > self._limit:
            behind = max(self._waiting, key=self._waiting.__getitem__)
            self.forget(behind)
            behind.cut_off()

    def forget(self, receiver: Receiver) -> None:
        """Count nothing of a receiver any more."""
        self._total -= self._waiting.pop(receiver, 0)
