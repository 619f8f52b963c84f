"""POST /ocr/stream: several files in one request, and what is known of them as soon as it is known.

The events are server-sent events (HTML Standard, 9.2): `page`, `line`, `unread`, `done` and `error`, one file
after another. A file that cannot be read ends with `error`, and the next one is begun.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

from ocr_core.errors import DeadlineExceeded, InputError
from ocr_core.formats.page_json import line_json
from ocr_core.page_choice import PagePlace
from ocr_core.types import LineResult, Progress
from services.call import Call
from services.contract import EVENT_STREAM, HEADERS, Answer, json_body
from services.endpoint import answer_error

Emit = Callable[[bytes | None], None]
"""Takes the next event as it goes over the wire, and None behind the last one. Called from any thread."""

EmitEvent = Callable[["Event | None"], None]
"""Takes the next event, and None behind the last one. Called from any thread."""

Begin = Callable[[Call, bytes, Progress, "Future[Answer]"], None]
"""Begins to read a file for a call; the future gets the answer that POST /ocr would give."""

HEARTBEAT_S = 15.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead."""

HEARTBEAT = b": still reading\n\n"

STREAM_ANSWER = Answer(
    200,
    b"",
    # the last header asks nginx to pass on each event at once
    {**HEADERS, "Content-Type": EVENT_STREAM, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
)
"""Status and headers in front of the events."""


class Event(NamedTuple):
    """One event of a stream."""

    name: str
    """`page`, `line`, `unread`, `done` or `error`; `picture` where it is asked for."""

    content: dict[str, Any]
    """Its data, ready for `json_body`."""


def emit_bytes(emit: Emit, event: Event | None) -> None:
    """Give an event to `emit` as it goes over the wire of HTTP."""
    if event is None:
        emit(None)
    else:
        emit(b"event: %b\ndata: %b\n\n" % (event.name.encode(), json_body(event.content)))


class Stream:
    """Reads the files of one request in turn, so that it takes no more from the others than any request."""

    def __init__(
        self,
        images: tuple[bytes, ...],
        call: Call,
        deadline_ms: int,
        begin: Begin,
        emit: EmitEvent,
        count: Callable[[Call, bool], None],
        pictures: bool = False,
    ) -> None:
        """Take the files, the request that they came with, the time for each, and where they and events go.

        `count` takes the call of each file when it is over, and whether it was read and told. With
        `pictures` the pages of documents are sent along.
        """
        self._images, self._call, self._deadline_ms = images, call, deadline_ms
        self._begin, self._emit, self._count, self._pictures = begin, emit, count, pictures

    def read(self, number: int, finish: Callable[[], None]) -> None:
        """Read the file `number` and those behind it, without waiting; call `finish` behind the last one."""
        if number == len(self._images) or self._call.gone:
            finish()
            self._emit(None)
            return
        # each file has the time of a request of its own, from now on
        whole = self._call
        call = Call(whole.method, whole.route, whole.request_id, whole.wanted_ms, whole.fresh)
        call.hung_up = lambda: whole.gone
        call.set_deadline(self._deadline_ms)
        events = _Events(number, len(self._images), call, self._emit, self._pictures)
        future: Future[Answer] = Future()

        def ended(result: Future[Answer]) -> None:
            try:
                self._end(call, events, result)
            finally:  # whatever happened to this file, the others are read and the place is given back
                self.read(number + 1, finish)

        future.add_done_callback(ended)
        self._begin(call, self._images[number], events, future)

    def _end(self, call: Call, events: "_Events", result: "Future[Answer]") -> None:
        """Tell the end of a file whose `call` had this `result`, and count it."""
        try:
            answer = result.result()
            events.end(answer)
        except Exception as error:
            answer = answer_error(error)
            events.end(answer)
        # a file that nobody waits for any more ends as if it were late
        call.code = "" if call.gone else answer.code
        self._count(call, answer.status == 200 and not call.gone)
        outcome = "caller_gone" if call.gone else answer.code or "done"
        self._call.files[outcome] = self._call.files.get(outcome, 0) + 1


class _Events:
    """Makes the events of one file. Is a `Progress`."""

    def __init__(self, file: int, files: int, call: Call, emit: EmitEvent, pictures: bool) -> None:
        self._file = {"file": file, "files": files}
        self._page: dict[str, int] = {}
        self._call, self._emit, self._pictures = call, emit, pictures
        self._found = False

    def page(self, place: PagePlace, image: bytes) -> None:
        """Remember which page of a document the next events are of, and send its picture where it is asked for."""
        self._page = {"page": place.number, "pages": place.pages}
        if self._pictures:
            from ocr_core.preview import data_url  # it loads OpenCV

            self._send("picture", {"picture": data_url(image)})

    def found(self, width: int, height: int, lines: int) -> None:
        """Tell of the page, each time that its lines have been counted."""
        self._found = True
        self._send("page", {"image": {"width": width, "height": height}, "lines": lines})

    def line(self, line: LineResult) -> None:
        """Tell of a line, and stop the reading once nobody listens."""
        if self._call.gone or self._call.deadline < time.monotonic():
            raise DeadlineExceeded("The rest of the picture is not wanted any more.")
        self._send("line", line_json(line))

    def unread(self, place: PagePlace, error: InputError) -> None:
        """Tell of a page of a document that cannot be read."""
        self._page = {"page": place.number, "pages": place.pages}
        self._send("unread", {"error": str(error), "code": error.code})

    def end(self, answer: Answer) -> None:
        """Tell of the whole result or of the error."""
        content = json.loads(answer.body)
        if answer.status != 200:
            self._page = {}
            self._send("error", {"status": answer.status, **content})
            return
        if not self._found:  # it came from the cache, or from a request for the same that was there before
            pages, unread = content.get("pages", [content]), content.get("unread", [])
            count = len(pages) + len(unread)
            for failed in unread:
                self._page = {"page": failed["page"], "pages": count}
                self._send("unread", {"error": failed["error"], "code": failed["code"]})
            for page in pages:
                self._page = {"page": page["page"], "pages": count} if "page" in page else {}
                self._send("page", {"image": page["image"], "lines": len(page["results"])})
                for line in page["results"]:
                    self._send("line", line)
        self._page = {}
        self._send("done", {"result": content})

    def _send(self, event: str, content: dict[str, object]) -> None:
        self._emit(Event(event, {**self._file, **self._page, **content}))
