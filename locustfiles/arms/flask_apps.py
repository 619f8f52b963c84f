"""Flask as tutorials have it: the model is called in the handler. Core, form and JSON are those of our services."""

from flask import Flask, Response, request

from locustfiles.arms.readers import reader_for
from ocr_core.formats import FORMATS
from services import contract, endpoint
from services.multipart import parse_form
from services.settings import Settings


def plain(settings: Settings, model: str) -> Flask:
    """Return an app whose handler reads the image itself, in the thread of the request."""
    reader = reader_for(model, settings)
    app = _with_health()

    @app.post(contract.OCR)
    def read_image() -> Response:
        form = parse_form(request.headers.get("Content-Type", ""), request.get_data())
        body = FORMATS["json"].write(reader.read(form.image), lambda _: form.image, "")
        return _respond(contract.page_answer(body, "json"))

    return app


def hello(settings: Settings, model: str) -> Flask:
    """Return the smallest app there is."""
    app = _with_health()

    @app.get("/hello")
    def greet() -> str:
        return "Hello, World!"

    return app


def _with_health() -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.get(contract.HEALTH)
    @app.get(contract.READY)
    def health() -> Response:
        return _respond(endpoint.answer_health())

    return app


def _respond(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
