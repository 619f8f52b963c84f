"""The WSGI service: Flask carries requests to the contract and its answers back."""

import socket
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ocr_core.types import PageReader
from services import contract, endpoint
from services.assets import asset_answer
from services.call import Call
from services.flask_app.answer_socket import AnswerSocket
from services.flask_app.events import EventBody
from services.interop import READINESS
from services.settings import Settings, from_environment
from services.stream import STREAM_ANSWER

if TYPE_CHECKING:
    from services.service import OcrService

SERVICE = "ocr"
"""Where `Flask.extensions` holds the `OcrService`."""

CLOSED = (7, 8)
"""TCP_CLOSE and TCP_CLOSE_WAIT of Linux's tcp_states.h: reset, or closed by the other end."""


def create_app(settings: Settings | None = None, reader: PageReader | None = None) -> Flask:
    """Return the service; its model is loaded in the background, and GET /readyz tells when it is.

    Args:
        settings: taken from the environment by default.
        reader: taken from the settings by default; tests inject theirs.
    """
    # Imported here, because importing an app must not settle how many processes share their metrics.
    from services.service import OcrService

    settings = settings or from_environment()
    service = OcrService(settings, reader)
    # Werkzeug serves /static and OPTIONS in its own way; the contract has its own for both services.
    app = Flask(__name__, static_folder=None)
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.merge_slashes = False
    app.extensions[SERVICE] = service
    _observe(app, service)
    _add_ocr(app, service)
    _add_stream(app, service)
    _add_pages(app, service)
    _add_errors(app, service)
    service.start()
    return app


def _observe(app: Flask, service: "OcrService") -> None:
    @app.before_request
    def open_call() -> Response | None:
        path = request.environ["PATH_INFO"]  # in `request.path` any number of slashes in front are one
        g.call = service.open(request.method, path, request.headers.get)
        answer = service.preflight(request.method, path, request.headers.get)
        if answer is None and (not path or path.startswith("//")):
            answer = contract.http_error(404 if path else 400)
        return None if answer is None else _respond(answer)

    @app.after_request
    def close_call(response: Response) -> Response:
        if isinstance(response.response, EventBody):  # it is over with its last event
            marks = service.marks(g.call, response.status_code)
        else:
            received, sent = request.content_length or 0, response.content_length or 0
            marks = service.close(g.call, response.status_code, received, sent)
        response.headers.update(marks)
        return response


def _add_ocr(app: Flask, service: "OcrService") -> None:
    @app.post(contract.OCR)
    def read_image() -> Response:
        _admit(service)
        body = _body(endpoint.body_limit(service.settings))
        g.call.hung_up = _hang_up_test(request.environ)
        answer = service.read(g.call, request.headers.get("Content-Type", ""), body)
        return _respond(service.wait(g.call, answer))


def _add_stream(app: Flask, service: "OcrService") -> None:
    @app.post(contract.STREAM)
    def stream_readings() -> Response:
        _admit(service)
        body = _body(endpoint.body_limit(service.settings))
        g.call.hung_up = _hang_up_test(request.environ)
        events: SimpleQueue[bytes | None] = SimpleQueue()
        call: Call = g.call
        future = service.stream(call, request.headers.get("Content-Type", ""), body, events.put)
        answer = service.wait(call, future)
        if answer is not STREAM_ANSWER:
            return _respond(answer)

        def over(status: int, sent: int) -> None:
            service.close(call, status, len(body), sent)

        return Response(EventBody(call, events, over), answer.status, dict(answer.headers))


def _admit(service: "OcrService") -> None:
    """Check the key and the rate, unless our server has done so before it received the body."""
    connection = request.environ.get("gunicorn.socket")
    admission = connection.admission if isinstance(connection, AnswerSocket) else False
    if isinstance(admission, Exception):
        raise admission
    if not admission:
        service.admit(request.headers.get, request.remote_addr or "")


def _body(limit: int) -> bytes:
    """Return the body of the request; raise `RequestEntityTooLarge` where it has more than `limit` bytes."""
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    # werkzeug's own stream copies piece by piece; it is of use where a server does not tell the end of a body
    ended = request.environ.get("wsgi.input_terminated")
    body: bytes = (request.environ["wsgi.input"] if ended else request.stream).read(limit + 1)
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body


def _add_pages(app: Flask, service: "OcrService") -> None:
    @app.get(contract.HEALTH)
    def health() -> Response:
        return _respond(endpoint.answer_health())

    def ready() -> Response:
        return _respond(service.ready(request.path))

    def metrics() -> Response:
        return _respond(service.metrics())

    def asset() -> Response:
        return _respond(asset_answer(service.assets[request.path], request.headers.get("If-None-Match", "")))

    for path in (contract.READY, *READINESS):
        app.add_url_rule(path, endpoint=path, view_func=ready, methods=["GET"])
    if service.settings.metrics:
        app.add_url_rule(contract.METRICS, view_func=metrics, methods=["GET"])
    for path in service.assets:
        app.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=asset, methods=["GET"])


def _add_errors(app: Flask, service: "OcrService") -> None:
    limit = service.settings.max_bytes

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> Response:
        return _respond(service.refuse(g.call, contract.too_many_bytes(limit)))

    @app.errorhandler(HTTPException)
    def framework_error(error: HTTPException) -> Response:
        return _respond(contract.http_error(error.code or 500, request.path))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        return _respond(service.refuse(g.call, error))


def _hang_up_test(environ: dict[str, Any]) -> Callable[[], bool] | None:
    """Return how to ask the server whether the caller has hung up; None where it does not tell."""
    if "waitress.client_disconnected" in environ:
        test: Callable[[], bool] = environ["waitress.client_disconnected"]
        return test
    connection = environ.get("gunicorn.socket")
    return partial(_is_closed, connection) if isinstance(connection, socket.socket) else None


def _is_closed(connection: socket.socket) -> bool:
    """Return whether the other end of `connection` was closed, by the kernel's word (tcp(7)).

    Not by a look at what can be read: under gevent that waits until there is something, and with it the reading.
    """
    try:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in CLOSED
    except OSError:  # no TCP, such as a socket of Unix
        return False


def _respond(answer: contract.Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
