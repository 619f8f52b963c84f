"""What both clients share: the form, the headers, the deadline, and when to ask again."""

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import httpx
from httpx_sse import SSEError
from tenacity import (
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from .errors import DeadlineExceeded, TryLater, UnexpectedAnswer, Unreachable

Picture = bytes | str | os.PathLike[str]
"""The bytes of an image file, or its path."""

Format = Literal["text", "hocr", "alto", "tsv", "pdf", "png"]

Content = dict[str, Any]
"""What httpx makes a body of."""

SLACK_S = 1.0
"""Seconds that the service has, past the deadline, to say so itself."""

SILENCE_S = 60.0
"""Seconds without a byte after which a stream is given up; the service sends a comment every 15 s."""

CONNECT_S = 5.0

BROKEN_OFF = "The answer broke off before the last picture was read."
"""Of a stream without its last event. Some proxies end it as if it were whole when the service is lost."""

_backoff = wait_random_exponential(multiplier=0.2, max=5)


class Options(TypedDict, total=False):
    """How to read; what is left out is the service's default. The values are those of docs/api.md."""

    mode: Literal["auto", "line", "page"]
    threshold: Literal["off", "on", "auto"]
    granularity: Literal["line", "word", "char"]
    decoder: Literal["beam", "greedy"]
    pdf_text: Literal["read", "keep"]


class Deadline:
    """A point in time after which the caller does not want the answer any more."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left; raise `DeadlineExceeded` where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self.exceeded()
        return left

    def exceeded(self) -> DeadlineExceeded:
        """Return the error for an answer that did not come in time."""
        return DeadlineExceeded(f"There was no answer within {self.seconds:g} s.")


def authorization(key: str | None) -> dict[bytes, bytes]:
    """Return the header that carries `key`: in UTF-8, and without the line feed that it may have from a file."""
    return {b"Authorization": f"Bearer {key.strip()}".encode()} if key else {}


def form(pictures: Picture | Sequence[Picture], options: Mapping[str, object]) -> Content:
    """Return the arguments of httpx that send `pictures` and `options` as a multipart form.

    Reads the files; raises `OSError` where one cannot be read.
    """
    if isinstance(pictures, bytes | str | os.PathLike):  # a str is a sequence too, of its letters
        pictures = [pictures]
    files = [
        ("file", ("image", p) if isinstance(p, bytes) else (_name(Path(p)), Path(p).read_bytes())) for p in pictures
    ]
    return {"files": files, "data": dict(options)}


def _name(path: Path) -> str:
    """Return the name of a file; on old disks it may hold bytes that are no text, which become question marks."""
    return path.name.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class Question:
    """What one call asks, with each of its attempts."""

    path: str
    content: Content
    deadline: Deadline

    fresh: bool
    """Whether it must be a reading of its own."""

    limit: httpx.Timeout | None = None
    """How long an attempt may wait for the next byte; None for what is left of the time."""

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of httpx for an attempt that begins now."""
        headers = {"X-Deadline-Ms": str(max(1, round(self.deadline.remaining() * 1000)))}
        if self.fresh:
            headers["Cache-Control"] = "no-store"
        limit = self.limit or timeout(self.deadline)
        return {"method": "POST", "url": self.path, "headers": headers, "timeout": limit, **self.content}


def timeout(deadline: Deadline) -> httpx.Timeout:
    """Return how long one attempt may wait for the next byte."""
    left = deadline.remaining()
    return httpx.Timeout(left + SLACK_S, connect=min(left, CONNECT_S))


def silence(deadline: Deadline) -> httpx.Timeout:
    """Return how long an attempt to stream may wait for the next byte."""
    return httpx.Timeout(SILENCE_S, connect=min(deadline.remaining(), CONNECT_S))


def patience(attempts: int, deadline: Deadline) -> dict[str, Any]:
    """Return the arguments of tenacity that ask again as docs/clients.md says: busy, not ready, unreachable.

    A wait that would end after the deadline is not begun: the caller gets `TryLater` at once and can plan.
    """
    return {
        "retry": retry_if_exception_type((TryLater, Unreachable)),
        "wait": _wait,
        "stop": stop_after_attempt(attempts) | stop_before_delay(deadline.remaining()),
        "reraise": True,
    }


@contextmanager
def translated(deadline: Deadline) -> Iterator[None]:
    """Raise the errors of the network as our own."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise Unreachable(f"{error.request.url} does not answer.") from error
    except httpx.TimeoutException as error:
        raise deadline.exceeded() from error
    except SSEError as error:  # it does not know its request
        raise UnexpectedAnswer(f"The answer is not that of an OCR service: {error}.") from error
    except httpx.DecodingError as error:
        raise UnexpectedAnswer(f"{error.request.url} answers what cannot be unpacked: {error}") from error
    except httpx.TransportError as error:
        raise Unreachable(f"{error.request.url} cannot be reached: {error}") from error


def _wait(state: RetryCallState) -> float:
    """Return the seconds until the next attempt: what the service asks for and up to a quarter more.

    The quarter keeps those who were refused together from coming back together.
    """
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryLater):
        return error.retry_after * (1 + random.random() / 4)
    return _backoff(state)
