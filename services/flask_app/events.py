"""The events of a stream on their way to its caller."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

from services.call import CALLER_GONE, Call
from services.stream import HEARTBEAT, HEARTBEAT_S, STREAM_ANSWER


class EventBody:
    """The body of a stream, as WSGI has bodies. Used in the thread of its request, but for the queue."""

    def __init__(self, call: Call, events: "SimpleQueue[bytes | None]", over: Callable[[int, int], object]) -> None:
        """Take the request and its events.

        Args:
            call: learns at the end, however it comes, that nobody listens.
            events: what is to be sent, and None behind the last one.
            over: called at the end with the status of the request, which is `CALLER_GONE` where the last event did
                not come to be sent, and the bytes that were sent.
        """
        self._call, self._events, self._over = call, events, over
        self._sent, self._whole = 0, False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the events, up to the last one."""
        while True:
            try:
                event = self._events.get(timeout=HEARTBEAT_S)
            except Empty:
                event = HEARTBEAT
            if event is None:
                self._whole = not self._call.gone
                return
            yield event
            self._sent += len(event)

    def close(self) -> None:
        """End the request. Called by the server, once."""
        self._call.left = True
        self._over(STREAM_ANSWER.status if self._whole else CALLER_GONE, self._sent)
