"""ASGI middleware: opens a call for each request, and closes it with its answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.fastapi_app.headers import header_of
from services.service import OcrService


class Observer:
    """Counts, logs and marks every answer, those of the framework included. Handlers find `request.state.call`."""

    def __init__(self, app: ASGIApp, service: OcrService) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_headers = Headers(scope=scope)
        header = header_of(request_headers)
        call = self._service.open(scope["method"], scope["path"], header)
        scope.setdefault("state", {})["call"] = call
        received = int(request_headers.get("Content-Length", "0"))
        answered = False

        async def mark(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                sent = int(headers.get("Content-Length", "0"))
                headers.update(self._service.close(call, message["status"], received, sent))
                if self._service.lifecycle.draining:
                    headers["Connection"] = "close"
            await send(message)

        preflight = self._service.preflight(scope["method"], scope["path"], header)
        try:
            if preflight is not None:
                response = Response(preflight.body, preflight.status, dict(preflight.headers))
                await response(scope, receive, mark)
            else:
                await self._app(scope, receive, mark)
        except Exception:
            if not answered:  # Starlette answers it further out
                self._service.close(call, 500, received)
            raise
