"""The text of one environment variable -> its value; a bad one fails by name."""

import re
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast, get_args
from urllib.parse import SplitResult, urlsplit

from limits import parse_many

from ocr_core.types import LineDetector, Threshold

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")
"""Characters of a host with its port: nothing that could end a directive of a header."""


class SettingsError(ValueError):
    """An environment variable has a value that cannot be used; the message names both."""


def text_of(name: str, text: str) -> str:
    """Return `text` as it is."""
    return text


LARGEST = 10**12
"""Of a count: a terabyte, or 30 years in milliseconds."""

MOST = 1024
"""Processes or threads, more than nearly any machine has CPUs: a slip of the keyboard shall not fill its memory."""

LONGEST = 10**9
"""Seconds, 30 years; the system's clocks take no more than nine times as many."""


def count(name: str, text: str) -> int:
    """Return an integer of at least 1."""
    return at_least(1, name, text)


def seconds(name: str, text: str) -> int:
    """Return whole seconds, 1 to `LONGEST`."""
    return at_most(LONGEST, name, count(name, text))


def parallel(name: str, text: str) -> int:
    """Return how many processes or threads run at once, 1 to `MOST`."""
    return at_most(MOST, name, count(name, text))


def not_negative(name: str, text: str) -> int:
    """Return an integer of at least 0."""
    return at_least(0, name, text)


def at_least(least: int, name: str, text: str) -> int:
    """Return an integer of at least `least`."""
    try:
        number = int(text)
    except ValueError:
        raise SettingsError(f"{name}={text!r} is not an integer") from None
    if number < least:
        raise SettingsError(f"{name}={text!r} is not at least {least}")
    return at_most(LARGEST, name, number)


def at_most(most: int, name: str, number: int) -> int:
    """Return `number`, which is no more than `most`."""
    if number > most:
        raise SettingsError(f"{name}={number} is more than {most:,}")
    return number


def port(name: str, text: str) -> int:
    """Return a TCP port, 1-65535."""
    number = count(name, text)
    if number > 65535:
        raise SettingsError(f"{name}={text!r} is not a port; choose 1-65535")
    return number


def file(name: str, text: str) -> Path | None:
    """Return the path of a file that exists."""
    path = Path(text)
    if not path.is_file():
        raise SettingsError(f"{name}={text!r} is not a file")
    return path


def folder(name: str, text: str) -> Path | None:
    """Return the path of a folder that exists and takes files."""
    path = Path(text)
    if not path.is_dir():
        raise SettingsError(f"{name}={text!r} is not a folder")
    try:
        with TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise SettingsError(f"{name}={text!r} takes no files: {error.strerror}") from None


def detector(name: str, text: str) -> LineDetector:
    """Return one of the ways to find lines."""
    return cast(LineDetector, choice(name, text, get_args(LineDetector)))


def threshold(name: str, text: str) -> Threshold:
    """Return one of the values of `Threshold`."""
    return cast(Threshold, choice(name, text, get_args(Threshold)))


def switch(name: str, text: str) -> bool:
    """Return True for `on` and False for `off`."""
    return choice(name, text, ("on", "off")) == "on"


def redis_url(name: str, text: str) -> str:
    """Return an address of a Redis server, as redis-py takes it."""
    if _address(text).scheme not in ("redis", "rediss", "unix"):
        # the value is not shown: such an address may hold a password
        raise SettingsError(f"{name} is not an address of Redis, such as redis://127.0.0.1:6379/0")
    return text


def choice(name: str, text: str, known: tuple[str, ...]) -> str:
    """Return `text` if it is one of `known`."""
    if text not in known:
        raise SettingsError(f"{name}={text!r} does not exist; choose one of {', '.join(known)}")
    return text


def words(name: str, text: str) -> tuple[str, ...]:
    """Return the words between commas, without the spaces around them; at least one."""
    found = tuple(word for word in (part.strip() for part in text.split(",")) if word)
    if not found:
        raise SettingsError(f"{name} names nothing; write words with commas between them, or leave it out")
    return found


def rate(name: str, text: str) -> str:
    """Return how often something may happen, for example `60/minute`."""
    try:
        rates = parse_many(text)
    except ValueError:
        raise SettingsError(f"{name}={text!r} is no rate; write for example 60/minute") from None
    if len(rates) > 1:
        raise SettingsError(f"{name}={text!r} holds several rates; write one")
    return text


def _address(text: str) -> SplitResult:
    """Return the parts of an address; all of them are empty where it is none, as with a bracket left open."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def origin(name: str, text: str) -> str | None:
    """Return an origin (RFC 6454), such as `http://127.0.0.1:8001`."""
    found = text.rstrip("/")
    parts = _address(found)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or parts.path:
        raise SettingsError(f"{name}={text!r} is no origin; write for example http://127.0.0.1:8001")
    return found


def origins(name: str, text: str) -> tuple[str, ...]:
    """Return the origins (RFC 6454) between commas: `https://example.org`, or `*` for all."""
    found = words(name, text)
    for origin in found:
        parts = _address(origin)
        if origin != "*" and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path):
            raise SettingsError(f"{name}={origin!r} is no origin; write for example https://example.org")
    return found
