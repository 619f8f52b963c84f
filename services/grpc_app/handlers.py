"""The two methods: from an arriving call to its message or its status, with the core that HTTP has.

Both are registered as streams of requests, which is the same on the wire. So the handler decides when the message
is received: after the key was checked, and within `OCR_RECEIVE_S`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from ocr_core.errors import DeadlineExceeded
from services import endpoint
from services.call import CALLER_GONE, Call, Header, new_call
from services.contract import Answer, BadForm, MissingFile, http_error, too_many_bytes
from services.grpc_app import messages, ocr_pb2
from services.grpc_app.statuses import DETAILS, code_of, number_of, status_of
from services.service import INLINE_BYTES, OcrService
from services.stream import Event
from services.wire import SEND_BYTES, SEND_S, Share

if TYPE_CHECKING:
    Context: TypeAlias = grpc.aio.ServicerContext[bytes, bytes]

SERVICE = ocr_pb2.DESCRIPTOR.services_by_name["Ocr"].full_name

SAME_MOMENT_S = 0.02
"""Seconds between what belongs together: the deadline of a call is told in whole milliseconds and kept by a timer,
and what becomes of a call is told piece by piece."""

Received = TypeVar("Received", bound=Message)

Responses: TypeAlias = asyncio.Queue[bytes | None]
"""What is written to a caller, and None behind the last one."""

Begin = Callable[[Call, bytes, Share], Awaitable[tuple[Answer, Responses]]]
"""Begins to answer a message, and gives its share back when it is kept no more. Responses follow a 200."""


@dataclass(slots=True)
class _Size:
    """Bytes of a call."""

    received: int = 0
    sent: int = 0


class Handlers:
    """Answers the calls of a process, on its event loop; bytes go in and out."""

    def __init__(self, service: OcrService) -> None:
        self._service = service
        self.running = 0
        """Calls that have arrived and whose answers have not been taken."""

    def generic(self) -> grpc.GenericRpcHandler:
        """Return the methods, for a server to call."""
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Read": grpc.stream_stream_rpc_method_handler(self.read),
                "ReadStream": grpc.stream_stream_rpc_method_handler(self.read_stream),
            },
        )

    async def read(self, _: object, context: "Context") -> None:
        """Write the response to a call of Read."""
        await self._answer("Read", context, self._read)

    async def read_stream(self, _: object, context: "Context") -> None:
        """Write the responses to a call of ReadStream."""
        await self._answer("ReadStream", context, self._read_stream)

    async def _answer(self, method: str, context: "Context", begin: Begin) -> None:
        """Write the responses of what `begin` begins; end the call with a status if it is none of 200."""
        header, service = _header_of(context), self._service
        call, size = new_call("POST", f"/{SERVICE}/{method}", header), _Size()
        self.running += 1
        try:
            with service.held.share() as share:
                try:
                    service.admit(header, context.peer().rpartition(":")[0])
                    answer, responses = await self._begun(call, context, share, size, begin)
                    if answer.status == 200:
                        await _send(call, context, responses, size)
                except asyncio.CancelledError:
                    self._close_cancelled(call, context, size)
                    raise
                except TimeoutError:
                    answer = http_error(408, "")
                    call.code = answer.code
                except Exception as error:
                    answer = service.refuse(call, error)
        finally:
            self.running -= 1
        sent = size.sent if answer.status == 200 else len(answer.body)
        marks = service.close(call, answer.status, size.received, sent)
        metadata = tuple((name.lower(), value) for name, value in marks.items())
        if answer.status == 200:
            context.set_trailing_metadata(metadata)
            return
        status = status_of(answer)
        code = code_of(answer.status, answer.code)
        # to a caller who takes nothing this is not over before they do, or leave: nothing must wait with it
        await context.abort(code, status.message, (*metadata, (DETAILS, status.SerializeToString())))

    async def _begun(
        self, call: Call, context: "Context", share: Share, size: "_Size", begin: Begin
    ) -> tuple[Answer, Responses]:
        """Return what `begin` returns for the message of a call. The message is not kept for longer than that."""
        data = await self._receive(context, share)
        size.received = len(data)
        remaining: float | None = context.time_remaining()
        if remaining is not None:  # the deadline of a call stands where HTTP has X-Deadline-Ms
            call.wanted_ms = str(max(1, int(remaining * 1e3)))
        return await begin(call, data, share)

    async def _receive(self, context: "Context", share: Share) -> bytes:
        """Return the message; raise `TimeoutError` if it does not arrive, and `TooManyBytes` if it is too large."""
        async with asyncio.timeout(self._service.settings.receive_s):
            data = await context.read()
        if not isinstance(data, bytes):  # the caller has ended the call without it
            await asyncio.sleep(SAME_MOMENT_S)  # or cancelled it, of which this task hears a moment later
            raise MissingFile("The call has no message.")
        share.take(len(data))
        if len(data) > endpoint.body_limit(self._service.settings):
            raise too_many_bytes(self._service.settings.max_bytes)
        return data

    async def _read(self, call: Call, data: bytes, share: Share) -> tuple[Answer, Responses]:
        request, responses = _parse(ocr_pb2.ReadRequest, data), Responses()
        future = self._service.read_form(call, partial(messages.form_of, request), len(data))
        answer = await self._wait(call, future)
        share.give_back()
        if answer.status != 200:
            return answer, responses
        encode = partial(_encode, answer, request.format in ("", "json"))
        # a page with the places of all its characters takes a while
        body = encode() if len(answer.body) <= INLINE_BYTES else await asyncio.to_thread(encode)
        for response in (body, None):
            responses.put_nowait(response)
        return answer, responses

    async def _read_stream(self, call: Call, data: bytes, share: Share) -> tuple[Answer, Responses]:
        request, responses = _parse(ocr_pb2.ReadStreamRequest, data), Responses()
        loop = asyncio.get_running_loop()

        def take(response: bytes | None) -> None:
            if response is None:
                share.give_back()  # whether the events are taken or not
            responses.put_nowait(response)

        def emit(event: Event | None) -> None:
            # encoded by the thread that reads, not by the loop
            response = None if event is None else _response_of(event).SerializeToString()
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(take, response)

        future = self._service.stream_form(call, partial(messages.form_of_files, request), emit)
        return await self._wait(call, future), responses

    async def _wait(self, call: Call, answer: "Future[Answer]") -> Answer:
        """Return the answer, or 504 at the deadline of the call."""
        try:
            # this end of it alone is cancelled: the work itself is dropped when its turn comes
            return await asyncio.wait_for(asyncio.wrap_future(answer), call.remaining())
        except TimeoutError:
            return self._service.too_late(call)

    def _close_cancelled(self, call: Call, context: "Context", size: "_Size") -> None:
        """Count a call that its caller has cancelled, or that ended at the deadline which the caller gave it."""
        remaining: float | None = context.time_remaining()
        late = remaining is not None and remaining < SAME_MOMENT_S
        call.left = True
        status = self._service.too_late(call).status if late else CALLER_GONE
        self._service.close(call, status, size.received, size.sent)


async def _send(call: Call, context: "Context", responses: Responses, size: "_Size") -> None:
    """Write responses to a caller; raise `DeadlineExceeded` if they take less than any caller must."""
    try:
        while (response := await responses.get()) is not None:
            async with asyncio.timeout(SEND_S * (1 + len(response) / SEND_BYTES)):
                await context.write(response)
            size.sent += len(response)
    except TimeoutError:
        raise DeadlineExceeded("Too little of the answer was taken within the time that there is for it.") from None
    finally:
        call.left = True


def _header_of(context: "Context") -> Header:
    """Return what looks up the metadata of a call."""
    metadata: dict[str, Any] = dict(context.invocation_metadata() or ())
    metadata.pop("x-deadline-ms", None)  # a call has a deadline of its own
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
