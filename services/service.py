"""The life of one request, free of any framework: both adapters call this and nothing else.

    open -> read: admit -> parse -> cache -> coalesce -> queue -> read -> encode -> close

`read` returns a future at once. Flask waits for it in the request's thread, FastAPI on its event loop.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from ocr_core.errors import DeadlineExceeded, EmptyInput
from ocr_core.types import PageReader, ReadOptions
from services import endpoint, logs
from services.access import Access
from services.admission import Gate
from services.assets import load_assets
from services.cache import PREPARERS, AnswerCache, key_of
from services.call import Call, Header, new_call
from services.contract import (
    HEADERS,
    HEALTH,
    METRICS,
    OCR,
    READY,
    Answer,
    allowed_methods,
    json_answer,
    json_body,
    page_json,
    too_many_bytes,
)
from services.lifecycle import Lifecycle
from services.metrics import CONTENT_TYPE, Metrics
from services.multipart import Form, parse_form
from services.readings import TOO_LATE, Outcome, Readings
from services.settings import Settings


class OcrService:
    """All that the requests of a process share. Safe to use from many threads."""

    def __init__(self, settings: Settings, reader: PageReader | None = None) -> None:
        """Prepare everything but the reader, which `start` loads.

        Args:
            settings: limits and sizes.
            reader: described by the settings by default; tests inject theirs.
        """
        self.settings = settings
        self.assets = load_assets()
        self.lifecycle = Lifecycle(settings.drain_delay_s + settings.grace_s)
        self._reader = reader
        self._metrics = Metrics(settings)
        self._cache = AnswerCache(settings, self._metrics)
        self._gate = Gate(settings.threads, settings.queue)
        self._access = Access(settings)
        self._readings = Readings(settings.threads, self._gate, self._metrics)
        self._preparers = ThreadPoolExecutor(PREPARERS, "preparing")
        self._routes = {OCR, HEALTH, READY, METRICS, *self.assets}
        logs.configure(settings.log)

    def start(self) -> None:
        """Load the reader in the background; `lifecycle` tells when it is ready."""
        self.lifecycle.when_ready(lambda: self._metrics.set_ready(self.lifecycle.reader.name))
        self.lifecycle.start(lambda: endpoint.warm_up(self._reader or endpoint.load_reader(self.settings)))

    def stop(self) -> None:
        """Take no more work. What is being read is read to its end."""
        self.lifecycle.stop()
        self._preparers.shutdown(wait=False)
        self._readings.close()

    def open(self, method: str, path: str, header: Header) -> Call:
        """Return the call of a request that arrives now."""
        call = new_call(method, path if path in self._routes else "other", header)
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
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        try:
            reader = self.lifecycle.reader
            call.set_deadline(self.settings.deadline_ms)
            self._gate.enter(call.remaining())
        except Exception as error:
            future.set_result(self.refuse(call, error))
            return future
        future.add_done_callback(self._leave)
        self._metrics.in_flight.inc()
        self._preparers.submit(self._prepare, reader, call, content_type, body, future)
        return future

    def refuse(self, call: Call, error: Exception) -> Answer:
        """Return the answer to a request that failed with `error`."""
        answer = endpoint.answer_error(error)
        call.code = answer.code
        return answer

    def too_late(self, call: Call) -> Answer:
        """Return the answer to a request whose deadline came before its answer; its work is dropped."""
        call.left = True
        return self.refuse(call, DeadlineExceeded(TOO_LATE))

    def close(self, call: Call, status: int, received: int = 0, sent: int = 0) -> dict[str, str]:
        """Count and log an answered request; return the headers that its answer gets in addition."""
        seconds = time.monotonic() - call.started
        metrics = self._metrics
        metrics.requests.labels(call.method, call.route, status).inc()
        metrics.request_seconds.labels(call.route).observe(seconds)
        if call.code:
            metrics.rejected.labels(call.code).inc()
        if call.code == DeadlineExceeded.code:
            metrics.deadline_misses.inc()
        if call.cache:
            metrics.cache.labels(call.cache).inc()
        logs.log_request(call, status, received, sent, seconds)
        headers = {"X-Request-ID": call.request_id, **call.cors}
        if call.stages:
            stages = {**call.stages, "total": seconds * 1e3}
            headers["Server-Timing"] = ", ".join(f"{stage};dur={ms:.2f}" for stage, ms in stages.items())
        if call.cache and status == 200:
            headers["X-Cache"] = call.cache
        return headers

    def wait(self, call: Call, answer: Future[Answer]) -> Answer:
        """Return the answer, or 504 at the deadline of the call. Blocks: never call it on an event loop."""
        try:
            return answer.result(timeout=call.remaining())
        except TimeoutError:
            return self.too_late(call)

    def ready(self) -> Answer:
        """Return the answer of GET /readyz."""
        return endpoint.answer_ready(self.lifecycle)

    def metrics(self) -> Answer:
        """Return the answer of GET /metrics."""
        return Answer(
            200, self._metrics.text(), {**HEADERS, "Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        )

    def _prepare(
        self, reader: PageReader, call: Call, content_type: str, body: bytes, future: Future[Answer]
    ) -> None:
        """Parse the form and look into the cache; what must be read goes to the readings."""
        try:
            form = parse_form(content_type, body)
            options = self._check(form)
            key = None if call.fresh else key_of(form.image, options, reader.name)
            call.cache = "miss"
            if key is not None and (known := self._cache.get(key)) is not None:
                call.cache = "hit"
                future.set_result(json_answer(known))
                return
            job = partial(self._run, reader, form.image, options, key)
            self._readings.submit(key, job, call, future)
        except Exception as error:
            future.set_result(self.refuse(call, error))

    def _check(self, form: Form) -> ReadOptions:
        if not form.image:
            raise EmptyInput("The file is empty.")
        if len(form.image) > self.settings.max_bytes:
            raise too_many_bytes(self.settings.max_bytes)
        options: dict[str, Any] = {"threshold": self.settings.threshold, **form.options}
        return ReadOptions(**options)

    def _run(
        self, reader: PageReader, image: bytes, options: ReadOptions, key: str | None, deadline: float
    ) -> Outcome:
        """Read an image and encode the answer; runs in a thread of the readings."""
        try:
            page = reader.read(image, options, deadline=deadline)
        except DeadlineExceeded:
            raise
        except Exception as error:
            return Outcome(endpoint.answer_error(error))
        started = time.monotonic()
        body = json_body(page_json(page))
        timings = page.timings
        stages = {
            "decode": timings.decode,
            "detect": timings.detect,
            "recognize": timings.recognize,
            "encode": (time.monotonic() - started) * 1e3,
        }
        self._metrics.observe_stages(stages)
        self._metrics.lines.observe(len(page.lines))
        store = None if key is None else partial(self._cache.put, key, body)
        return Outcome(json_answer(body), stages, store)

    def _leave(self, _: Future[Answer]) -> None:
        self._gate.leave()
        self._metrics.in_flight.dec()
