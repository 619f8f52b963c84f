"""ASGI middleware: opens a call for each request, and closes it with its answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.call import CALLER_GONE, UNKNOWN, Call
from services.contract import EVENT_STREAM, http_error
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
        answer = _Answer(self._service, call, int(request_headers.get("Content-Length", "0")), send)
        early = self._service.preflight(scope["method"], scope["path"], header)
        if call.route == UNKNOWN:  # Starlette would take `/metrics%0A` for `/metrics`, which a proxy does not
            early = http_error(404)
        try:
            if early is not None:
                response = Response(early.body, early.status, dict(early.headers))
                await response(scope, receive, answer.send)
            else:
                await self._app(scope, receive, answer.send)
        except Exception:
            answer.fail()
            raise
        finally:
            answer.end()


class _Answer:
    """The answer to one request, on its way out."""

    def __init__(self, service: OcrService, call: Call, received: int, send: Send) -> None:
        """Take the request, the bytes of its body, and where the answer goes."""
        self._service, self._call, self._received, self._send = service, call, received, send
        self._status = self._sent = 0
        self._streams = self._whole = False

    async def send(self, message: Message) -> None:
        """Send on a part of the answer. The call is closed with the headers, or with the last event of a stream."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self._status = message["status"]
            self._streams = headers.get("Content-Type") == EVENT_STREAM
            if self._streams:
                headers.update(self._service.marks(self._call, self._status))
            else:
                self._sent = int(headers.get("Content-Length", "0"))
                headers.update(self._close(self._status))
            if self._service.lifecycle.draining:
                headers["Connection"] = "close"
        elif self._streams:
            self._sent += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        await self._send(message)

    def fail(self) -> None:
        """Close the call of a request whose handler failed; Starlette answers it further out."""
        if not self._status:
            self._close(500)

    def end(self) -> None:
        """Close the call of a stream, which is over now."""
        if self._streams:
            self._close(self._status if self._whole else CALLER_GONE)

    def _close(self, status: int) -> dict[str, str]:
        return self._service.close(self._call, status, self._received, self._sent)
