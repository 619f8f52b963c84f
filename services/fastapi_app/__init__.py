"""The ASGI service: FastAPI carries requests to the contract and its answers back.

The event loop only moves bytes. Parsing, decoding and computing happen in the threads of `OcrService`.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ocr_core.errors import OcrError
from ocr_core.types import PageReader
from services import contract, endpoint
from services.assets import asset_answer
from services.call import CALLER_GONE, Call
from services.descriptors import room_for_connections
from services.fastapi_app.backlog import Backlog
from services.fastapi_app.events import EventResponse, Events
from services.fastapi_app.headers import header_of
from services.fastapi_app.room import Room
from services.figures import leave_figures
from services.interop import READINESS
from services.settings import Settings, from_environment, share_figures
from services.stream import STREAM_ANSWER
from services.wire import Share

if TYPE_CHECKING:
    from services.service import OcrService

Read = Callable[[Call, str, bytes], Future[contract.Answer]]
"""Begins to answer a body: takes the call, the Content-Type and the body."""


def create_app(settings: Settings | None = None, reader: PageReader | None = None) -> FastAPI:
    """Return the service; its lifespan loads the model in the background, and GET /readyz tells when it is.

    Args:
        settings: taken from the environment by default.
        reader: taken from the settings by default; tests inject theirs.
    """
    settings = settings or from_environment()
    if settings.figures is not None:
        share_figures(settings.figures)
    # Imported here, because importing an app must not settle how many processes share their metrics.
    from services.fastapi_app.observer import Observer
    from services.service import OcrService

    service = OcrService(settings, reader)
    backlog = Backlog(settings.held_bytes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        service.start()
        if service.settings.figures is not None:  # its siblings take what comes until it can read
            loaded = threading.Event()
            service.lifecycle.when_ready(loaded.set)
            await asyncio.to_thread(loaded.wait)
        room = Room(room_for_connections(service.settings))
        yield {"service": service, "room": room, "backlog": backlog}
        service.stop()
        if service.settings.figures is not None:
            leave_figures(service.settings.figures)

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(Observer, service=service)
    _add_ocr(app, service, backlog)
    _add_pages(app, service)
    _add_errors(app, service)
    return app


def _add_ocr(app: FastAPI, service: "OcrService", backlog: Backlog) -> None:
    async def read_image(request: Request) -> Response:
        return await _read(request, service, service.read)

    async def stream_readings(request: Request) -> Response:
        loop, events = asyncio.get_running_loop(), Events(backlog)

        def emit(event: bytes | None) -> None:
            loop.call_soon_threadsafe(events.put, event)

        def read(call: Call, content_type: str, body: bytes) -> Future[contract.Answer]:
            return service.stream(call, content_type, body, emit)

        response = await _read(request, service, read, events)
        if not isinstance(response, EventResponse):
            events.close()
        return response

    # plain routes: the contract has parsed and checked already what FastAPI's own would look for once more
    app.add_route(contract.OCR, read_image, methods=["POST"])
    app.add_route(contract.STREAM, stream_readings, methods=["POST"])


async def _read(request: Request, service: "OcrService", read: Read, events: Events | None = None) -> Response:
    """Return the answer that `read` gives for the body of a request, or the `events` that follow it."""
    call: Call = request.state.call
    with ExitStack() as held:
        try:
            service.admit(header_of(request.headers), request.client.host if request.client else "")
            share = held.enter_context(service.held.share())
            body = await _receive(request, endpoint.body_limit(service.settings), share)
            if body is None:
                return _respond(service.refuse(call, contract.too_many_bytes(service.settings.max_bytes)))
            future = read(call, request.headers.get("Content-Type", ""), body)
            answer = await _wait(service, call, future, request.receive)
        except OcrError as error:
            return _respond(service.refuse(call, error))
        except ClientDisconnect:
            call.left = True
            return Response(status_code=CALLER_GONE)  # reaches the metrics, and nobody else
        if events is None or answer is not STREAM_ANSWER:
            return _respond(answer)
        events.when_read(held.pop_all().close)
        return EventResponse(call, events, answer)


async def _receive(request: Request, limit: int, share: Share) -> bytes | None:
    """Return the body, or None as soon as it is known to exceed `limit` bytes; `share` counts them."""
    if int(request.headers.get("Content-Length", "0")) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            return None
        share.take(len(chunk))
        body += chunk
    return bytes(body)


async def _wait(
    service: "OcrService", call: Call, answer: Future[contract.Answer], receive: Receive
) -> contract.Answer:
    """Return the answer, or 504 at the deadline of the call; raise `ClientDisconnect` once the caller hangs up."""
    if answer.done():
        return answer.result()
    result = asyncio.wrap_future(answer)
    hang_up = asyncio.ensure_future(_hang_up(receive))
    try:
        done, _ = await asyncio.wait(
            (result, hang_up), timeout=call.remaining(), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        hang_up.cancel()
    if result in done:
        return result.result()
    result.cancel()  # this end of it alone: the work itself is dropped when its turn comes
    if hang_up in done:
        raise ClientDisconnect
    return service.too_late(call)


async def _hang_up(receive: Receive) -> None:
    """Return once the caller has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _add_pages(app: FastAPI, service: "OcrService") -> None:
    methods = ["GET", "HEAD"]

    @app.api_route(contract.HEALTH, methods=methods)
    async def health() -> Response:
        return _respond(endpoint.answer_health())

    async def ready(request: Request) -> Response:
        return _respond(service.ready(request.scope["path"]))

    async def metrics() -> Response:
        return _respond(await asyncio.to_thread(service.metrics))

    async def asset(request: Request) -> Response:
        answer = service.assets[request.scope["path"]]
        return _respond(asset_answer(answer, request.headers.get("If-None-Match", "")))

    for path in (contract.READY, *READINESS):
        app.add_api_route(path, ready, methods=methods)
    if service.settings.metrics:
        app.add_api_route(contract.METRICS, metrics, methods=methods)
    for path in service.assets:
        app.add_api_route(path, asset, methods=methods)


def _add_errors(app: FastAPI, service: "OcrService") -> None:
    @app.exception_handler(HTTPException)
    async def framework_error(request: Request, error: HTTPException) -> Response:
        return _respond(contract.http_error(error.status_code, request.scope["path"]))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return _respond(service.refuse(request.state.call, error))


def _respond(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
