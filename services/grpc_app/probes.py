"""The second port: GET /metrics, /healthz and /readyz over HTTP, for machines that speak no gRPC."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from services import endpoint
from services.contract import HEALTH, METRICS, READY, Answer, http_error
from services.service import OcrService

PATIENCE_S = 10.0
"""Seconds that a connection may be silent."""


class Probes(ThreadingHTTPServer):
    """Answers in threads of its own, so that it answers whatever the event loop does."""

    daemon_threads = True

    def __init__(self, service: OcrService) -> None:
        """Listen; raises `OSError` where that is not possible."""
        self._service = service
        self.address_family = socket.AF_INET6 if ":" in service.settings.host else socket.AF_INET
        super().__init__((service.settings.host, service.settings.metrics_port), _Handler)

    def answer(self, path: str) -> Answer:
        """Return the answer to GET `path`."""
        if path == HEALTH:
            return endpoint.answer_health()
        if path == READY:
            return endpoint.answer_ready(self._service.lifecycle)
        if path == METRICS and self._service.settings.metrics:
            return self._service.metrics()
        return http_error(404, path)


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE_S
    server: Probes

    def do_GET(self) -> None:
        """Answer."""
        answer = self.server.answer(self.path.partition("?")[0])
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Log nothing: probes are asked every few seconds."""
