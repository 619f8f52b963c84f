"""FastAPI as tutorials have it: four ways to call a model. Core, form and JSON are those of our services."""

import asyncio

from fastapi import Depends, FastAPI, Request, Response

from locustfiles.arms.readers import NullReader, null_page, reader_for
from ocr_core.formats import FORMATS
from ocr_core.types import PageResult
from services import contract, endpoint
from services.multipart import parse_form
from services.settings import Settings


def blocking(settings: Settings, model: str) -> FastAPI:
    """Return the known mistake: `async def` that calls the model and so stops the event loop."""
    reader, app = reader_for(model, settings), _with_health()

    @app.post(contract.OCR)
    async def read_image(request: Request) -> Response:
        image = await _image(request)
        return _respond(reader.read(image), image)

    return app


def executor(settings: Settings, model: str) -> FastAPI:
    """Return an app whose `async def` calls the model in the default executor of min(32, cores + 4) threads."""
    reader, app = reader_for(model, settings), _with_health()

    @app.post(contract.OCR)
    async def read_image(request: Request) -> Response:
        image = await _image(request)
        return _respond(await asyncio.get_running_loop().run_in_executor(None, reader.read, image), image)

    return app


def plain_def(settings: Settings, model: str) -> FastAPI:
    """Return an app whose handler is a `def`, which Starlette calls in one of its 40 threads.

    The body is received by an `async` dependency: a `def` cannot await it.
    """
    reader, app = reader_for(model, settings), _with_health()

    @app.post(contract.OCR)
    def read_image(image: bytes = Depends(_image)) -> Response:
        return _respond(reader.read(image), image)

    return app


def awaiting(settings: Settings, model: str) -> FastAPI:
    """Return an app whose `async def` awaits its waiting, as with a model on another machine and an async client.

    It can only wait: a `sleep` model.
    """
    reader, app = reader_for(model, settings), _with_health()
    seconds = reader.waits if isinstance(reader, NullReader) else 0.0

    @app.post(contract.OCR)
    async def read_image(request: Request) -> Response:
        image = await _image(request)
        await asyncio.sleep(seconds)
        return _respond(null_page(reader.name), image)

    return app


def hello(settings: Settings, model: str) -> FastAPI:
    """Return the smallest app there is."""
    app = _with_health()

    @app.get("/hello")
    async def greet() -> Response:
        return Response("Hello, World!", media_type="text/plain")

    return app


def _with_health() -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    async def health() -> Response:
        return _carry(endpoint.answer_health())

    for path in (contract.HEALTH, contract.READY):
        app.add_api_route(path, health)
    return app


async def _image(request: Request) -> bytes:
    return parse_form(request.headers.get("Content-Type", ""), await request.body()).image


def _respond(page: PageResult, image: bytes) -> Response:
    return _carry(contract.page_answer(FORMATS["json"].write(page, lambda _: image, ""), "json"))


def _carry(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
