"""The client that is awaited, for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self, Unpack

import httpx
from httpx_sse import EventSource
from tenacity import AsyncRetrying

from .answers import Document, Event, Page, is_last, parse_document, parse_event, parse_model, parse_page
from .errors import Unreachable, error_of
from .request import (
    BROKEN_OFF,
    Deadline,
    Format,
    Options,
    Picture,
    Question,
    authorization,
    form,
    patience,
    silence,
    timeout,
    translated,
)


class AsyncClient:
    """`Client` to be awaited. Many tasks may share it; keeps its connections open until closed."""

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        deadline_s: float = 30.0,
        attempts: int = 5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet. The arguments are those of `Client`."""
        self._http = httpx.AsyncClient(base_url=address, headers=authorization(key), transport=transport)
        self._deadline_s, self._attempts = deadline_s, attempts

    async def read(
        self, picture: Picture, *, deadline_s: float | None = None, fresh: bool = False, **options: Unpack[Options]
    ) -> Page:
        """Return the text of `picture` and where it is; as `Client.read`."""
        return parse_page(await self._post(picture, deadline_s, fresh, {**options}))

    async def read_document(
        self,
        picture: Picture,
        pages: str = "all",
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> Document:
        """Return the pages of a PDF, a TIFF or an animation; as `Client.read_document`."""
        return parse_document(await self._post(picture, deadline_s, fresh, {**options, "pages": pages}))

    async def read_as(
        self,
        format: Format,
        picture: Picture,
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> bytes:
        """Return the reading of `picture` as a file of `format`; as `Client.read_as`."""
        return await self._post(picture, deadline_s, fresh, {**options, "format": format})

    async def stream(
        self,
        pictures: Picture | Sequence[Picture],
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> AsyncIterator[Event]:
        """Yield what happens to each of `pictures` as soon as it happens; as `Client.stream`."""
        deadline = self._deadline(deadline_s)
        content = await asyncio.to_thread(form, pictures, {**options})
        question = Question("/ocr/stream", content, deadline, fresh, silence(deadline))
        response = await self._send(question)
        over = False
        with translated(deadline):
            async with aclosing(response):
                async for sent in EventSource(response).aiter_sse():
                    if (event := parse_event(sent.event, sent.data)) is not None:
                        over = is_last(event)
                        yield event
        if not over:
            raise Unreachable(BROKEN_OFF)

    async def model(self) -> str:
        """Return the name of the model that is ready to read; raise `TryLater` where none is, without waiting."""
        deadline = Deadline(self._deadline_s)
        with translated(deadline):
            response = await self._http.get("/readyz", timeout=timeout(deadline))
        if response.status_code != 200:
            raise error_of(response)
        return parse_model(response.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _deadline(self, seconds: float | None) -> Deadline:
        """Return the deadline of a call that begins now: its own, or that of all calls."""
        return Deadline(self._deadline_s if seconds is None else seconds)

    async def _post(
        self, picture: Picture, deadline_s: float | None, fresh: bool, options: dict[str, object]
    ) -> bytes:
        """Return the body of the answer of POST /ocr."""
        deadline = self._deadline(deadline_s)
        content = await asyncio.to_thread(form, [picture], options)
        response = await self._send(Question("/ocr", content, deadline, fresh))
        body = bytearray()
        with translated(deadline):
            async with aclosing(response):
                async for piece in response.aiter_bytes():
                    body += piece
                    deadline.remaining()
        return bytes(body)

    async def _send(self, question: Question) -> httpx.Response:
        """Return the answer 200 of the first attempt that gets it, its body not received yet."""
        return await AsyncRetrying(**patience(self._attempts, question.deadline))(self._attempt, question)

    async def _attempt(self, question: Question) -> httpx.Response:
        with translated(question.deadline):
            request = self._http.build_request(**question.arguments())
            response = await self._http.send(request, stream=True)
            if response.status_code == 200:
                return response
            async with aclosing(response):
                await response.aread()
        raise error_of(response)
