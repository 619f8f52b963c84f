"""What can go wrong between a program and a service, each with a sentence for people."""

import time
from email.utils import parsedate_to_datetime

import httpx


class OcrClientError(Exception):
    """Base of all errors of this package."""


class Unreachable(OcrClientError):
    """Nobody answers at the address, or the connection broke."""


class DeadlineExceeded(OcrClientError):
    """The time that the caller gave is over."""


class UnexpectedAnswer(OcrClientError):
    """What answers is no OCR service, or one of another contract."""


class Refused(OcrClientError):
    """The service answered with an error of docs/api.md."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} ({status} {code})")
        self.status, self.code, self.sentence = status, code, sentence
        """HTTP status; identifier for programs; sentence for people."""


class TryLater(Refused):
    """The service has no place now, or is not ready yet; raised when asking again did not help in time."""

    def __init__(self, status: int, code: str, sentence: str, retry_after: float) -> None:
        super().__init__(status, code, sentence)
        self.retry_after = retry_after
        """Seconds after which to ask again."""


def error_of(response: httpx.Response) -> OcrClientError:
    """Return the error that an answer other than 200 stands for. Its body must have been read."""
    status = response.status_code
    try:
        answer = response.json()
        code, sentence = str(answer["code"]), str(answer["error"])
    except (ValueError, KeyError, TypeError):  # of a proxy in between
        code, sentence = "", f"{response.url} answers {status} {response.reason_phrase}."
    if status in (429, 503):
        return TryLater(status, code, sentence, _retry_after(response.headers.get("Retry-After", "")))
    if code == "deadline_exceeded":
        return DeadlineExceeded(sentence)
    return Refused(status, code, sentence) if code else UnexpectedAnswer(sentence)


def _retry_after(value: str) -> float:
    """Return the seconds of a Retry-After header: a number or a date (RFC 9110, 10.2.3); 1 without one."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 1.0
