"""Environment -> frozen settings. The only reader of `os.environ`; a bad value fails by name."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast, get_args

from ocr_core.types import Threshold

MIB = 1 << 20
Value = TypeVar("Value")


class SettingsError(ValueError):
    """An environment variable has a value that cannot be used; the message names both."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured, read once when a service starts."""

    host: str = "127.0.0.1"
    """HOST: address to listen on."""

    port: int = 8000
    """PORT: TCP port to listen on, 1-65535."""

    max_bytes: int = 20 * MIB
    """OCR_MAX_BYTES: largest accepted image file, bytes."""

    max_pixels: int = 40_000_000
    """OCR_MAX_PIXELS: largest accepted image, width x height."""

    threads: int = 1
    """OCR_THREADS: how many readings run at once; `from_environment` takes the CPUs of this process."""

    queue: int = 64
    """OCR_QUEUE: how many requests may wait for a reading; more are answered 503 at once."""

    recognizer: Path | None = None
    """OCR_RECOGNIZER: a model file, or None for the one that comes with the package."""

    threshold: Threshold = "off"
    """OCR_THRESHOLD: adaptive threshold of requests that do not choose one."""

    @property
    def url(self) -> str:
        """The address a person on this machine opens."""
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that `environment` describes; raise `SettingsError` for a bad value.

    An empty variable counts as unset, because compose files and CI write those.
    """

    default = Settings()

    def read(name: str, parse: Callable[[str, str], Value], otherwise: Value) -> Value:
        text = environment.get(name, "").strip()
        return parse(name, text) if text else otherwise

    return Settings(
        host=read("HOST", _text, default.host),
        port=read("PORT", _port, default.port),
        max_bytes=read("OCR_MAX_BYTES", _positive, default.max_bytes),
        max_pixels=read("OCR_MAX_PIXELS", _positive, default.max_pixels),
        threads=read("OCR_THREADS", _positive, _cpus()),
        queue=read("OCR_QUEUE", _positive, default.queue),
        recognizer=read("OCR_RECOGNIZER", _file, None),
        threshold=read("OCR_THRESHOLD", _threshold, default.threshold),
    )


def _cpus() -> int:
    """Return the CPUs this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _text(name: str, text: str) -> str:
    return text


def _positive(name: str, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise SettingsError(f"{name}={text!r} is not an integer") from None
    if number < 1:
        raise SettingsError(f"{name}={text!r} is not at least 1")
    return number


def _port(name: str, text: str) -> int:
    number = _positive(name, text)
    if number > 65535:
        raise SettingsError(f"{name}={text!r} is not a port; choose 1-65535")
    return number


def _file(name: str, text: str) -> Path | None:
    path = Path(text)
    if not path.is_file():
        raise SettingsError(f"{name}={text!r} is not a file")
    return path


def _threshold(name: str, text: str) -> Threshold:
    if text not in get_args(Threshold):
        raise SettingsError(f"{name}={text!r} does not exist; choose one of {', '.join(get_args(Threshold))}")
    return cast(Threshold, text)
