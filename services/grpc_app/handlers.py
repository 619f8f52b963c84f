"""The two methods: from an arriving call to its message or its status, with the core that HTTP has.

Both are registered as streams of requests, which is the same on the wire. So the handler decides when the message
is received: after the key was checked, and within `OCR_RECEIVE_S`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from services import endpoint
from services.call import CALLER_GONE, Call, Header, new_call
from services.contract import Answer, BadForm, MissingFile, http_error, too_many_bytes
from services.grpc_app import messages, ocr_pb2
from services.grpc_app.statuses import DETAILS, code_of, number_of, status_of
from services.service import INLINE_BYTES, OcrService
from services.stream import STREAM_ANSWER, Event
from services.wire import Share

if TYPE_CHECKING:
    Context: TypeAlias = grpc.aio.ServicerContext[bytes, bytes]

SERVICE = ocr_pb2.DESCRIPTOR.services_by_name["Ocr"].full_name

SAME_MOMENT_S = 0.02
"""The deadline of a call is told in whole milliseconds and kept by a timer: so much earlier it may end for it."""

Received = TypeVar("Received", bound=Message)


class Handlers:
    """Answers the calls of a process, on its event loop; bytes go in and out."""

    def __init__(self, service: OcrService) -> None:
        self._service = service
        self.running = 0
        """Calls that have arrived and are not answered."""

    def generic(self) -> grpc.GenericRpcHandler:
        """Return the methods, for a server to call."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Read": grpc.stream_unary_rpc_method_handler(self.read),
                "ReadStream": grpc.stream_stream_rpc_method_handler(self.read_stream),
            },
        )

    async def read(self, _: object, context: "Context") -> bytes:
        """Return the response to a call of Read."""
        return await self._answer("Read", context, self._read)

    async def read_stream(self, _: object, context: "Context") -> None:
        """Write the responses to a call of ReadStream."""
        await self._answer("ReadStream", context, self._read_stream)

    async def _answer(
        self, method: str, context: "Context", work: Callable[[Call, "Context", bytes], Awaitable[Answer]]
    ) -> bytes:
        """Return the body of the answer of `work`; end the call with a status if it is none of 200."""
        header, service = _header_of(context), self._service
        call = new_call("POST", f"/{SERVICE}/{method}", header)
        received = 0
        self.running += 1
        try:
            with service.held.share() as share:
                try:
                    service.admit(header, context.peer().rpartition(":")[0])
                    data = await self._receive(context, share)
                    received = len(data)
                    answer = await work(call, context, data)
                except asyncio.CancelledError:
                    self._close_cancelled(call, received)
                    raise
                except TimeoutError:
                    answer = http_error(408, "")
                    call.code = answer.code
                except Exception as error:
                    answer = service.refuse(call, error)
            marks = service.close(call, answer.status, received, len(answer.body))
            metadata = tuple((name.lower(), value) for name, value in marks.items())
            if answer.status == 200:
                context.set_trailing_metadata(metadata)
                return answer.body
            status = status_of(answer)
            code = code_of(answer.status, answer.code)
            await context.abort(code, status.message, (*metadata, (DETAILS, status.SerializeToString())))
        finally:
            self.running -= 1

    async def _receive(self, context: "Context", share: Share) -> bytes:
        """Return the message; raise `TimeoutError` if it does not arrive, and `TooManyBytes` if it is too large."""
        async with asyncio.timeout(self._service.settings.receive_s):
            data = await context.read()
        if not isinstance(data, bytes):  # the caller has ended the call without it
            raise MissingFile("The call has no message.")
        share.take(len(data))
        if len(data) > endpoint.body_limit(self._service.settings):
            raise too_many_bytes(self._service.settings.max_bytes)
        return data

    async def _read(self, call: Call, _: "Context", data: bytes) -> Answer:
        request = _parse(ocr_pb2.ReadRequest, data)
        future = self._service.read_form(call, partial(messages.form_of, request), len(data))
        answer = await self._wait(call, future)
        if answer.status != 200:
            return answer
        encode = partial(_encode, answer, request.format in ("", "json"))
        # a page with the places of all its characters takes a while
        body = encode() if len(answer.body) <= INLINE_BYTES else await asyncio.to_thread(encode)
        return Answer(200, body)

    async def _read_stream(self, call: Call, context: "Context", data: bytes) -> Answer:
        request = _parse(ocr_pb2.ReadStreamRequest, data)
        loop, responses = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

        def emit(event: Event | None) -> None:
            # encoded by the thread that reads, not by the loop
            response = None if event is None else _response_of(event).SerializeToString()
            loop.call_soon_threadsafe(responses.put_nowait, response)

        future = self._service.stream_form(call, partial(messages.form_of_files, request), emit)
        answer = await self._wait(call, future)
        if answer is not STREAM_ANSWER:
            return answer
        try:
            while (response := await responses.get()) is not None:
                await context.write(response)
        finally:
            call.left = True
        return answer

    async def _wait(self, call: Call, answer: "Future[Answer]") -> Answer:
        """Return the answer, or 504 at the deadline of the call."""
        try:
            # this end of it alone is cancelled: the work itself is dropped when its turn comes
            return await asyncio.wait_for(asyncio.wrap_future(answer), call.remaining())
        except TimeoutError:
            return self._service.too_late(call)

    def _close_cancelled(self, call: Call, received: int) -> None:
        """Count a call that its caller has cancelled, or that ended at the deadline which the caller gave it."""
        late = call.remaining() < SAME_MOMENT_S
        call.left = True
        status = self._service.too_late(call).status if late else CALLER_GONE
        self._service.close(call, status, received)


def _header_of(context: "Context") -> Header:
    """Return what looks up the metadata of a call; its deadline stands where HTTP has X-Deadline-Ms."""
    metadata: dict[str, Any] = dict(context.invocation_metadata() or ())
    metadata.pop("x-deadline-ms", None)
    remaining: float | None = context.time_remaining()
    if remaining is not None:
        metadata["x-deadline-ms"] = str(max(1, int(remaining * 1e3)))
    return lambda name: metadata.get(name.lower())


def _parse(kind: type[Received], data: bytes) -> Received:
    try:
        return kind.FromString(data)
    except DecodeError:
        raise BadForm(f"The message is no {kind.DESCRIPTOR.full_name}.") from None


def _encode(answer: Answer, is_page: bool) -> bytes:
    """Return the response that carries `answer`, which is 200."""
    if is_page:
        return messages.response_of(json.loads(answer.body)).SerializeToString()
    return messages.file_of(answer).SerializeToString()


def _response_of(event: Event) -> ocr_pb2.ReadStreamResponse:
    content = event.content
    status = number_of(code_of(content["status"], content["code"])) if event.name == "error" else 0
    return messages.event_of(event.name, content, status)
