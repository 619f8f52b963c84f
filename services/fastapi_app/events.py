"""The events of streams on their way to callers, who may take them later than they are made.

Nothing that others need waits with them: neither a place in the queue nor a share of `OCR_HELD_BYTES`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.call import Call
from services.contract import Answer
from services.fastapi_app.backlog import Backlog
from services.stream import HEARTBEAT, HEARTBEAT_S


class Events:
    """The events of one stream that wait to be sent. Used in the event loop alone."""

    def __init__(self, backlog: Backlog) -> None:
        """Take the count that it is a part of."""
        self._backlog = backlog
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._read = False
        self._when_read: Callable[[], object] | None = None
        self.waiting = 0
        """Bytes."""

        self.closed = False
        """Whether what waited has been thrown away."""

    def put(self, event: bytes | None) -> None:
        """Take the next event, or None behind the last one, when all files have been read."""
        if event is None:
            self._read = True
            if self._when_read:
                self._when_read()
        if not self.closed:
            self._queue.put_nowait(event)
            self._count(len(event or b""))

    def when_read(self, give_back: Callable[[], object]) -> None:
        """Call `give_back` once all files have been read, or now if they have."""
        if self._read:
            give_back()
        else:
            self._when_read = give_back

    async def get(self) -> bytes | None:
        """Return the next event; None behind the last one, and of a stream that was closed."""
        event = await self._queue.get()
        if not self.closed:
            self._count(-len(event or b""))
        return event

    def close(self) -> None:
        """Throw away what waits and what comes."""
        if self.closed:
            return
        self.closed = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)
        self._count(-self.waiting)

    cut_off = close

    def _count(self, count: int) -> None:
        self.waiting += count
        self._backlog.tell(self)


class EventResponse(StreamingResponse):
    """Sends the events of a stream; when it ends, however it does, the readings learn that nobody listens."""

    def __init__(self, call: Call, events: Events, answer: Answer) -> None:
        """Take the request, its events, and the status and headers in front of them."""
        super().__init__(_until_the_end(events), answer.status, dict(answer.headers))
        self._call, self._events = call, events

    async def stream_response(self, send: Send) -> None:
        """Send them. One that was closed before its end lacks its last chunk, by which the caller knows."""

        async def forward(message: Message) -> None:
            if message.get("more_body", True) or not self._events.closed:
                await send(message)

        await super().stream_response(forward)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._call.left = True
            self._events.close()


async def _until_the_end(events: Events) -> AsyncIterator[bytes]:
    while True:
        try:
            event = await asyncio.wait_for(events.get(), HEARTBEAT_S)
        except TimeoutError:
            event = HEARTBEAT
        if event is None:
            return
        yield event
