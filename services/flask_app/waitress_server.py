"""Waitress with our settings around the Flask service: `python -m services.flask_app.waitress_server`.

The other server for Flask: one process, no supervisor. It receives requests whole before a thread answers
them, so slow senders hold no thread, and it runs where gunicorn does not. What it lacks is in docs/deployment.md.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from services.contract import http_error
from services.endpoint import body_limit
from services.flask_app import SERVICE, create_app
from services.flask_app.server import SPARE_THREADS, listen
from services.settings import Settings, SettingsError, from_environment
from services.wire import HEAD_BYTES, HOST, LINGER_S

try:
    from waitress import wasyncore  # type: ignore[import-untyped]
    from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]
except ModuleNotFoundError:
    sys.exit("Waitress is not installed; bring it with: pip install 'ocr-pair[waitress]'")

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONNECTIONS = 1000
"""Connections that are open at once."""

TURN_S = 0.1
"""Seconds after which the loop looks whether it is to end."""


class Server:
    """Waitress's loop, which answers what was sent to it before it ends."""

    def __init__(self, settings: Settings, app: Flask) -> None:
        self._settings, self._lifecycle = settings, app.extensions[SERVICE].lifecycle
        self._connections: dict[int, object] = {}
        app.before_request(_refuse_bad_host)
        app.wsgi_app = partial(_without_upgrade, app.wsgi_app)  # type: ignore[method-assign]
        self._waitress: TcpWSGIServer = create_server(
            app,
            map=self._connections,
            sockets=[listen(settings)],
            threads=settings.threads + settings.queue + SPARE_THREADS,
            connection_limit=CONNECTIONS,
            # beyond this waitress answers in its own words; up to it ours are sent
            max_request_header_size=HEAD_BYTES,
            max_request_body_size=2 * body_limit(settings),
            inbuf_overflow=2 * body_limit(settings),  # no body goes to a file
            # the number of requests read ahead on a connection; without any it cannot tell that a caller hung up
            channel_request_lookahead=1,
            channel_timeout=int(settings.receive_s),
            ident="",
        )
        self._ends: float | None = None

    def run(self) -> None:
        """Serve until a signal ends it."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._lifecycle.when_ready(self._announce)
        while not self._is_done():
            wasyncore.loop(timeout=TURN_S, map=self._connections, count=1)
        self._waitress.task_dispatcher.shutdown()

    def _stop(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking work after the drain delay; a second signal ends the process."""
        self._lifecycle.drain()
        self._ends = self._ends or time.monotonic() + self._settings.drain_delay_s

    def _is_done(self) -> bool:
        """Return whether all is answered; the port is closed as soon as the drain delay is over."""
        if self._ends is None or time.monotonic() < self._ends:
            return False
        if self._waitress.accepting:
            self._waitress.handle_accept()
            self._waitress.accepting = False
            self._waitress.del_channel()
            self._waitress.socket.close()
        busy = any(channel.requests for channel in self._waitress.active_channels.values())
        # requests on idle connections may be on their way
        return not self._waitress.active_channels or (not busy and time.monotonic() > self._ends + LINGER_S)

    def _announce(self) -> None:
        sys.stdout.write(f"OCR with Flask and waitress, {self._settings.size}; open {self._settings.url}\n")
        sys.stdout.flush()


def _refuse_bad_host() -> Response | None:
    """Return a refusal where the header Host is missing, doubled or none; waitress takes them all."""
    given = request.environ.get("HTTP_HOST")  # the values of several, with commas between
    old = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    if old if given is None else HOST.fullmatch(given.encode("latin-1")):
        return None
    answer = http_error(400)
    return Response(answer.body, answer.status, dict(answer.headers))


def _without_upgrade(app: "WSGIApplication", environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    """Answer a wish for another protocol as if there were none: werkzeug would find no address for it."""
    environ.pop("HTTP_UPGRADE", None)
    return app(environ, start)


def main(factory: Callable[[Settings], Flask] = create_app) -> None:
    """Serve until a signal ends it. There is one process, whatever OCR_WORKERS says."""
    try:
        settings = from_environment()
        app = factory(settings)
    except SettingsError as error:
        sys.exit(str(error))
    Server(settings, app).run()


if __name__ == "__main__":
    main()
