"""The WSGI service: Flask carries requests to the contract and its answers back."""

from functools import partial
from threading import BoundedSemaphore

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ocr_core.types import PageReader
from services import contract, endpoint
from services.admission import Gate
from services.assets import asset_answer, load_assets
from services.settings import Settings, from_environment

DISCARD_FACTOR = 4
"""Of a body that is too large, this many times the file limit is still received and thrown away."""


def create_app(settings: Settings | None = None, reader: PageReader | None = None) -> Flask:
    """Return the service, ready to read: the model is loaded and warm.

    Args:
        settings: taken from the environment by default.
        reader: taken from the settings by default; tests inject theirs.
    """
    settings = settings or from_environment()
    reader = endpoint.warm_up(reader or endpoint.load_reader(settings))
    # Werkzeug serves /static and OPTIONS in its own way; the contract has its own for both services.
    app = Flask(__name__, static_folder=None)
    # One byte over the limit is let in: of a chunked body, werkzeug silently cuts off what is too much.
    app.config.update(MAX_CONTENT_LENGTH=endpoint.body_limit(settings) + 1, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.merge_slashes = False
    _add_ocr(app, settings, reader)
    _add_pages(app, reader)
    _add_errors(app, settings)
    return app


def _add_ocr(app: Flask, settings: Settings, reader: PageReader) -> None:
    # The server has more threads than this, so that a health check never waits for a reading.
    readings = BoundedSemaphore(settings.threads)
    gate = Gate(settings.threads, settings.queue)

    @app.post(contract.OCR)
    def read_image() -> Response:
        body = request.stream.read()
        if len(body) > endpoint.body_limit(settings):
            raise RequestEntityTooLarge
        content_type = request.headers.get("Content-Type", "")
        with gate.place(), readings:
            return _respond(gate.timed(partial(endpoint.answer_ocr, reader, content_type, body, settings)))


def _add_pages(app: Flask, reader: PageReader) -> None:
    assets = load_assets()

    @app.get(contract.HEALTH)
    def health() -> Response:
        return _respond(endpoint.answer_health())

    @app.get(contract.READY)
    def ready() -> Response:
        return _respond(endpoint.answer_ready(reader))

    def asset() -> Response:
        return _respond(asset_answer(assets[request.path], request.headers.get("If-None-Match", "")))

    for path in assets:
        app.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=asset, methods=["GET"])


def _add_errors(app: Flask, settings: Settings) -> None:
    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> Response:
        _discard_body(DISCARD_FACTOR * settings.max_bytes)
        return _respond(contract.error_answer(contract.too_many_bytes(settings.max_bytes)))

    @app.errorhandler(HTTPException)
    def framework_error(error: HTTPException) -> Response:
        return _respond(contract.http_error(error.code or 500, request.path))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        return _respond(endpoint.answer_unexpected(error))


def _discard_body(limit: int) -> None:
    """Read what is left of a refused body, if it is not endless: gunicorn drops a connection with a rest on it."""
    if (request.content_length or 0) > limit:
        return
    rest = request.environ["wsgi.input"]
    while limit > 0 and (chunk := rest.read(64 * 1024)):
        limit -= len(chunk)


def _respond(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
