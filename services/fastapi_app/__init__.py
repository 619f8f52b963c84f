"""The ASGI service: FastAPI carries requests to the contract and its answers back.

The event loop only moves bytes. Parsing, decoding and computing happen in an executor of our own.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ocr_core.types import PageReader
from services import contract, endpoint
from services.admission import Gate
from services.assets import asset_answer, load_assets
from services.settings import Settings, from_environment


def create_app(settings: Settings | None = None, reader: PageReader | None = None) -> FastAPI:
    """Return the service; its lifespan loads the model and makes the warm-up reading.

    Args:
        settings: taken from the environment by default.
        reader: taken from the settings by default; tests inject theirs.
    """
    settings = settings or from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ThreadPoolExecutor(settings.threads, "reading") as readings:
            app.state.reader = endpoint.warm_up(reader or endpoint.load_reader(settings))
            app.state.readings = readings
            yield
            app.state.reader = None

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.reader = app.state.readings = None
    _add_ocr(app, settings)
    _add_pages(app)
    _add_errors(app)
    return app


def _add_ocr(app: FastAPI, settings: Settings) -> None:
    gate = Gate(settings.threads, settings.queue)

    @app.post(contract.OCR)
    async def read_image(request: Request) -> Response:
        try:
            body = await _receive(request, endpoint.body_limit(settings))
        except ClientDisconnect:
            return _respond(contract.http_error(400, contract.OCR))
        if body is None:
            return _respond(contract.error_answer(contract.too_many_bytes(settings.max_bytes)))
        content_type = request.headers.get("Content-Type", "")
        state = request.app.state
        job = partial(endpoint.answer_ocr, state.reader, content_type, body, settings)
        try:
            with gate.place():
                loop = asyncio.get_running_loop()
                return _respond(await loop.run_in_executor(state.readings, gate.timed, job))
        except contract.Overloaded as error:
            return _respond(contract.error_answer(error))


async def _receive(request: Request, limit: int) -> bytes | None:
    """Return the body, or None as soon as it is known to exceed `limit` bytes."""
    if int(request.headers.get("Content-Length", "0")) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            return None
        body += chunk
    return bytes(body)


def _add_pages(app: FastAPI) -> None:
    assets = load_assets()
    methods = ["GET", "HEAD"]

    @app.api_route(contract.HEALTH, methods=methods)
    async def health() -> Response:
        return _respond(endpoint.answer_health())

    @app.api_route(contract.READY, methods=methods)
    async def ready(request: Request) -> Response:
        return _respond(endpoint.answer_ready(request.app.state.reader))

    async def asset(request: Request) -> Response:
        answer = assets[request.scope["path"]]
        return _respond(asset_answer(answer, request.headers.get("If-None-Match", "")))

    for path in assets:
        app.add_api_route(path, asset, methods=methods)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def framework_error(request: Request, error: HTTPException) -> Response:
        return _respond(contract.http_error(error.status_code, request.scope["path"]))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return _respond(contract.error_answer(error))


def _respond(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
