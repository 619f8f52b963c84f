"""A typed client of the services, installed as `ocr_pair.client` by the extra `client`.

    from ocr_pair.client import Client

    with Client("http://127.0.0.1:8000") as client:
        page = client.read("receipt.jpg")
        print(page.text)

`AsyncClient` has the same methods to be awaited. Both wait and ask again where the service says that it is busy,
within a deadline, and raise an `OcrClientError` with a sentence for all else. It needs nothing of the engine,
and its imports are relative: when installed, this folder has another name.
"""

from .answers import (
    Document,
    DocumentPage,
    DoneEvent,
    ErrorEvent,
    Event,
    Line,
    LineEvent,
    Page,
    PageEvent,
    Size,
    Span,
    Timings,
    UnreadEvent,
    UnreadPage,
    WarningDetail,
)
from .asynchronous import AsyncClient
from .errors import DeadlineExceeded, OcrClientError, Refused, TryLater, UnexpectedAnswer, Unreachable
from .request import Options, Picture
from .synchronous import Client

__all__ = [
    "AsyncClient",
    "Client",
    "DeadlineExceeded",
    "Document",
    "DocumentPage",
    "DoneEvent",
    "ErrorEvent",
    "Event",
    "Line",
    "LineEvent",
    "OcrClientError",
    "Options",
    "Page",
    "PageEvent",
    "Picture",
    "Refused",
    "Size",
    "Span",
    "Timings",
    "TryLater",
    "UnexpectedAnswer",
    "Unreachable",
    "UnreadEvent",
    "UnreadPage",
    "WarningDetail",
]
