"""The client that waits."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from types import TracebackType
from typing import Self, Unpack

import httpx
from httpx_sse import EventSource
from tenacity import Retrying

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


class Client:
    """Reads pictures with a service. Safe to use from many threads; keeps its connections open until closed."""

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        deadline_s: float = 30.0,
        attempts: int = 5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            address: of the service, such as "https://ocr.example.org".
            key: one of the service's `OCR_API_KEYS`, where it asks for one.
            deadline_s: seconds that a call may take, with all its attempts.
            attempts: how often a call asks at most, where the service is busy, not ready or unreachable.
            transport: httpx's, for proxies and certificates of your own.
        """
        self._http = httpx.Client(base_url=address, headers=authorization(key), transport=transport)
        self._deadline_s, self._attempts = deadline_s, attempts

    def read(
        self, picture: Picture, *, deadline_s: float | None = None, fresh: bool = False, **options: Unpack[Options]
    ) -> Page:
        """Return the text of `picture` and where it is.

        Args:
            picture: bytes or a path.
            deadline_s: of this call alone.
            fresh: a reading of its own, neither from the service's cache nor shared.
            **options: as in `Options`.

        Raises `OcrClientError`, or `OSError` where the file cannot be opened.
        """
        return parse_page(self._post(picture, deadline_s, fresh, {**options}))

    def read_document(
        self,
        picture: Picture,
        pages: str = "all",
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> Document:
        """Return the pages of a PDF, a TIFF or an animation.

        `pages` are those to read, such as "1-3,7", "5-" or "all"; the deadline is for all of them. The other
        arguments and the errors are those of `read`.
        """
        return parse_document(self._post(picture, deadline_s, fresh, {**options, "pages": pages}))

    def read_as(
        self,
        format: Format,
        picture: Picture,
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> bytes:
        """Return the reading of `picture` as a file of `format`: text, hOCR, ALTO, TSV (all UTF-8), PDF or PNG.

        The other arguments and the errors are those of `read`.
        """
        return self._post(picture, deadline_s, fresh, {**options, "format": format})

    def stream(
        self,
        pictures: Picture | Sequence[Picture],
        *,
        deadline_s: float | None = None,
        fresh: bool = False,
        **options: Unpack[Options],
    ) -> Iterator[Event]:
        """Yield what happens to each of `pictures`, or to a single one, as soon as it happens.

        One that cannot be read is an `ErrorEvent`, and the others are read. The deadline counts for each
        picture anew. Close the iterator early, and the rest is not read.
        Raises what `read` raises, before the first event or where the connection breaks.
        """
        deadline = self._deadline(deadline_s)
        content = form(pictures, {**options})
        question = Question("/ocr/stream", content, deadline, fresh, silence(deadline))
        response = self._send(question)
        over = False
        with translated(deadline), closing(response):
            for sent in EventSource(response).iter_sse():
                if (event := parse_event(sent.event, sent.data)) is not None:
                    over = is_last(event)
                    yield event
        if not over:
            raise Unreachable(BROKEN_OFF)

    def model(self) -> str:
        """Return the name of the model that is ready to read; raise `TryLater` where none is, without waiting."""
        deadline = Deadline(self._deadline_s)
        with translated(deadline):
            response = self._http.get("/readyz", timeout=timeout(deadline))
        if response.status_code != 200:
            raise error_of(response)
        return parse_model(response.content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _deadline(self, seconds: float | None) -> Deadline:
        """Return the deadline of a call that begins now: its own, or that of all calls."""
        return Deadline(self._deadline_s if seconds is None else seconds)

    def _post(self, picture: Picture, deadline_s: float | None, fresh: bool, options: dict[str, object]) -> bytes:
        """Return the body of the answer of POST /ocr."""
        deadline = self._deadline(deadline_s)
        response = self._send(Question("/ocr", form([picture], options), deadline, fresh))
        body = bytearray()
        with translated(deadline), closing(response):
            for piece in response.iter_bytes():
                body += piece
                deadline.remaining()
        return bytes(body)

    def _send(self, question: Question) -> httpx.Response:
        """Return the answer 200 of the first attempt that gets it, its body not received yet."""
        return Retrying(**patience(self._attempts, question.deadline))(self._attempt, question)

    def _attempt(self, question: Question) -> httpx.Response:
        with translated(question.deadline):
            request = self._http.build_request(**question.arguments())
            response = self._http.send(request, stream=True)
            if response.status_code == 200:
                return response
            with closing(response):
                response.read()
        raise error_of(response)
