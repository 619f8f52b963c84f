"""The life of one request, free of any framework: both adapters call this and nothing else.

    open -> read: admit -> parse -> cache -> coalesce -> queue -> read -> encode -> close

`read` returns a future at once. Flask waits for it in the request's thread, FastAPI on its event loop.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from ocr_core.errors import DeadlineExceeded
from ocr_core.types import PageReader
from services import endpoint, logs
from services.access import Access
from services.admission import Gate
from services.assets import load_assets
from services.cache import PREPARERS, AnswerCache
from services.call import UNKNOWN, Call, Header, new_call
from services.contract import (
    HEADERS,
    HEALTH,
    METRICS,
    OCR,
    READY,
    STREAM,
    Answer,
    allowed_methods,
)
from services.images import Images, refuse
from services.interop import READINESS
from services.lifecycle import Lifecycle
from services.memory import bound_heaps
from services.metrics import CONTENT_TYPE, Metrics
from services.multipart import Form, parse_form
from services.readings import TOO_LATE, Readings
from services.settings import Settings
from services.stream import STREAM_ANSWER, Emit, EmitEvent, Stream, emit_bytes
from services.wire import HeldBytes, wire_bytes

INLINE_BYTES = 64 * 1024
"""Bodies up to this size are parsed where they arrive, in 0.1 ms: the way to another thread takes longer."""


class OcrService:
    """All that the requests of a process share. Safe to use from many threads."""

    def __init__(self, settings: Settings, reader: PageReader | None = None) -> None:
        """Prepare everything but the reader, which `start` loads.

        Args:
            settings: limits and sizes.
            reader: described by the settings by default; tests inject theirs.
        """
        self.settings = settings
        self.assets = load_assets(settings.peer_url)
        self.lifecycle = Lifecycle(settings.drain_delay_s + settings.grace_s)
        self._reader = reader
        self._metrics = Metrics(settings)
        self._cache = AnswerCache(settings, self._metrics)
        self._gate = Gate(settings.threads, settings.queue)
        self._access = Access(settings)
        self.held = HeldBytes(settings.held_bytes)
        """Bounds the bodies in memory; where the server receives them itself, it has a count of its own."""
        self._readings = Readings(settings.threads, self._gate, self._metrics)
        self._images = Images(settings, self._metrics, self._cache, self._readings)
        self._preparers = ThreadPoolExecutor(PREPARERS, "preparing")
        self._routes = {OCR, STREAM, HEALTH, READY, METRICS, *READINESS, *self.assets}
        logs.configure(settings.log)

    def start(self) -> None:
        """Load the reader in the background; `lifecycle` tells when it is ready."""
        bound_heaps(self.settings.threads)
        self.lifecycle.when_ready(lambda: self._metrics.set_ready(self.lifecycle.reader.name))
        self.lifecycle.start(lambda: endpoint.warm_up(self._reader or endpoint.load_reader(self.settings)))

    def stop(self) -> None:
        """Take no more work. What is being read is read to its end."""
        self.lifecycle.stop()
        self._preparers.shutdown(wait=False)
        self._readings.close()

    def open(self, method: str, path: str, header: Header) -> Call:
        """Return the call of a request that arrives now."""
        call = new_call(method, path if path in self._routes else UNKNOWN, header)
        call.cors = self._access.cors_headers(header)
        return call

    def preflight(self, method: str, path: str, header: Header) -> Answer | None:
        """Return the answer to a browser that asks whether a page may send a request; None for all else."""
        return self._access.preflight(method, header, allowed_methods(path)) if path in self._routes else None

    def admit(self, header: Header, address: str) -> None:
        """Let a request for a reading that comes from `address` pass; raise `Unauthorized` or `TooManyRequests`."""
        self._access.check(header, address)

    def read(self, call: Call, content_type: str, body: bytes) -> Future[Answer]:
        """Return the future answer of POST /ocr. Does not wait; errors are answers too.

        Nobody can cancel the future: its place is given back when the work is done with.
        """
        return self.read_form(call, partial(parse_form, content_type, body), len(body))

    def read_form(self, call: Call, parse: Callable[[], Form], size: int) -> Future[Answer]:
        """Return the future answer to a form that `parse` returns, or raises an `OcrError` for; as `read` does.

        Args:
            call: the request.
            parse: called once the request has a place.
            size: bytes of its body.
        """
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        if (reader := self._enter(call, future)) is not None:
            future.add_done_callback(lambda _: self._leave())
            if size <= INLINE_BYTES and not self._cache.may_block:
                self._prepare(reader, call, parse, future)
            else:
                self._preparers.submit(self._prepare, reader, call, parse, future)
        return future

    def stream(self, call: Call, content_type: str, body: bytes, emit: Emit) -> Future[Answer]:
        """Return the future answer of POST /ocr/stream; if it is 200, `emit` takes its events. Does not wait."""
        return self.stream_form(call, partial(parse_form, content_type, body), partial(emit_bytes, emit))

    def stream_form(self, call: Call, parse: Callable[[], Form], emit: EmitEvent) -> Future[Answer]:
        """Return the future answer to a form of several files, whose events `emit` takes; as `stream` does."""
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        if (reader := self._enter(call, future)) is not None:
            self._preparers.submit(self._prepare_stream, reader, call, parse, future, emit)
        return future

    def refuse(self, call: Call, error: Exception) -> Answer:
        """Return the answer to a request that failed with `error`."""
        return refuse(call, error)

    def too_late(self, call: Call) -> Answer:
        """Return the answer to a request whose deadline came before its answer; its work is dropped."""
        call.left = True
        return self.refuse(call, DeadlineExceeded(TOO_LATE))

    def close(self, call: Call, status: int, received: int = 0, sent: int = 0) -> dict[str, str]:
        """Count and log a request that is over; return its `marks`."""
        seconds = time.monotonic() - call.started
        self._metrics.requests.labels(call.method, call.route, status).inc()
        self._metrics.request_seconds.labels(call.route).observe(seconds)
        self._count(call, status == 200)
        logs.log_request(call, status, received, sent, seconds)
        return self.marks(call, status)

    def marks(self, call: Call, status: int) -> dict[str, str]:
        """Return the headers that the answer to a request gets in addition."""
        headers = {"X-Request-ID": call.request_id, **call.cors}
        if call.stages:
            stages = {**call.stages, "total": (time.monotonic() - call.started) * 1e3}
            headers["Server-Timing"] = ", ".join(f"{stage};dur={ms:.2f}" for stage, ms in stages.items())
        if call.cache and status == 200:
            headers["X-Cache"] = call.cache
        return headers

    def turn_away(self, answer: Answer) -> bytes:
        """Return `answer` as it goes over the wire to what never became a request, and count it.

        It has neither method nor route, its connection ends, and it is not logged: whoever sends noise would fill
        the disk.
        """
        self._metrics.requests.labels("other", "other", answer.status).inc()
        self._metrics.rejected.labels(answer.code).inc()
        return wire_bytes(answer)

    def wait(self, call: Call, answer: Future[Answer]) -> Answer:
        """Return the answer, or 504 at the deadline of the call. Blocks: never call it on an event loop."""
        try:
            return answer.result(timeout=call.remaining())
        except TimeoutError:
            return self.too_late(call)

    def ready(self, path: str) -> Answer:
        """Return the answer of GET `path`: /readyz or one of `READINESS`."""
        return endpoint.answer_ready(self.lifecycle, READINESS.get(path))

    def metrics(self) -> Answer:
        """Return the answer of GET /metrics."""
        return Answer(
            200, self._metrics.text(), {**HEADERS, "Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        )

    def _prepare(self, reader: PageReader, call: Call, parse: Callable[[], Form], future: Future[Answer]) -> None:
        """Parse the form and look into the cache; what must be read goes to the readings."""
        try:
            form = parse()
            wanted = self._images.wanted(form, accept=call.accept)
            self._images.begin(reader, wanted, call, form.image, None, future)
        except Exception as error:
            future.set_result(self.refuse(call, error))

    def _prepare_stream(
        self,
        reader: PageReader,
        call: Call,
        parse: Callable[[], Form],
        future: Future[Answer],
        emit: EmitEvent,
    ) -> None:
        """Parse the form, answer that events follow, and begin with the first file."""
        try:
            form = parse()
            wanted = self._images.wanted(form, formats=["json"])
            begin = partial(self._images.begin, reader, wanted)
            stream = Stream(form.images, call, self.settings.deadline_ms, begin, emit, self._count, wanted.pictures)
        except Exception as error:
            self._leave()
            future.set_result(self.refuse(call, error))
            return
        future.set_result(STREAM_ANSWER)
        stream.read(0, self._leave)

    def _enter(self, call: Call, future: Future[Answer]) -> PageReader | None:
        """Return the reader once the request has a place; otherwise resolve `future` with the refusal."""
        try:
            reader = self.lifecycle.reader
            call.set_deadline(self.settings.deadline_ms)
            self._gate.enter(call.remaining())
        except Exception as error:
            future.set_result(self.refuse(call, error))
            return None
        self._metrics.in_flight.inc()
        return reader

    def _count(self, call: Call, answered: bool) -> None:
        """Count what became of a request, or of one file of a stream; where it was read, from where that came."""
        if call.code:
            self._metrics.rejected.labels(call.code).inc()
        if call.code == DeadlineExceeded.code:
            self._metrics.deadline_misses.inc()
        if call.cache and answered:
            self._metrics.cache.labels(call.cache).inc()

    def _leave(self) -> None:
        self._gate.leave()
        self._metrics.in_flight.dec()
