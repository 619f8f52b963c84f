"""Environment -> frozen settings. The only reader of `os.environ`; a bad value fails by name."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ocr_core.sizing import Cpus, find_cpus
from ocr_core.types import LineDetector, Threshold
from services import variables
from services.figures import figures_of_siblings
from services.variables import SettingsError

__all__ = [
    "MIB",
    "Settings",
    "SettingsError",
    "from_environment",
    "new_figures",
    "share_figures",
    "temporary_folder",
]

MIB = 1 << 20
Value = TypeVar("Value")

CROWDED = 4
"""Reading threads of a process from which several processes of two threads each read clearly more."""


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

    max_pages: int = 100
    """OCR_MAX_PAGES: most pages of a document that a request may ask for."""

    workers: int = 1
    """OCR_WORKERS: processes, each with a model of its own."""

    threads: int = 1
    """OCR_THREADS: how many readings run at once in a worker; `from_environment` shares out the CPUs."""

    intra_op: int = 1
    """OCR_INTRA_OP: threads that a single reading computes with."""

    queue: int = 64
    """OCR_QUEUE: how many requests may wait for a reading in a worker; more are answered 503 at once."""

    deadline_ms: int = 30_000
    """OCR_DEADLINE_MS: milliseconds after which a request is given up; a caller may only ask for less."""

    drain_delay_s: int = 0
    """OCR_DRAIN_DELAY_S: seconds between "not ready" and the closing of the port when the service is stopped."""

    grace_s: int = 25
    """OCR_GRACE_S: seconds after which a service that is being stopped ends, with work left or not."""

    cache_bytes: int = 0
    """OCR_CACHE_BYTES: bytes of answers kept in memory by each worker; 0 keeps none."""

    cache_url: str | None = field(default=None, repr=False)
    """OCR_CACHE_URL: a Redis that all workers and services share as a cache, or None. May hold a password."""

    cache_ttl_s: int = 3600
    """OCR_CACHE_TTL_S: seconds that Redis keeps an answer."""

    receive_s: int = 60
    """OCR_RECEIVE_S: seconds within which a request must arrive as a whole."""

    held_bytes: int = 320 * MIB
    """OCR_HELD_BYTES: bytes of all bodies that a worker holds at once, received in part or whole."""

    connections: int = 4096
    """OCR_CONNECTIONS: most connections that a worker holds; for one more, the longest waiting one is closed."""

    api_keys: tuple[str, ...] = field(default=(), repr=False)
    """OCR_API_KEYS: keys of which a reading needs one; anybody may read where there are none."""

    rate_limit: str | None = None
    """OCR_RATE_LIMIT: requests to read that a key, or an address without keys, may send a worker: `60/minute`."""

    cors_origins: tuple[str, ...] = ()
    """OCR_CORS_ORIGINS: origins whose pages may call the service from a browser, or `*`."""

    peer_url: str | None = None
    """OCR_PEER_URL: origin of the other service, with which the page then compares this one, or None."""

    recognizer: Path | None = None
    """OCR_RECOGNIZER: a model file, or None for the one that comes with the package."""

    detector: LineDetector = "both"
    """OCR_DETECTOR: `plain` finds lines with OpenCV alone, `network` with the shipped network; with `both`, what
    reads better stays where they differ."""

    threshold: Threshold = "off"
    """OCR_THRESHOLD: adaptive threshold of requests that do not choose one."""

    metrics: bool = True
    """OCR_METRICS: whether GET /metrics answers."""

    log: bool = True
    """OCR_LOG: whether each request is logged as a line of JSON."""

    figures: Path | None = None
    """PROMETHEUS_MULTIPROC_DIR: folder in which the workers of one service share their metrics."""

    metrics_port: int = 9464
    """OCR_METRICS_PORT: TCP port of GET /metrics, /healthz and /readyz beside the gRPC service."""

    grpc_tls_cert: Path | None = None
    """OCR_GRPC_TLS_CERT: PEM file with the certificate of the gRPC service and its chain, or None for no TLS."""

    grpc_tls_key: Path | None = field(default=None, repr=False)
    """OCR_GRPC_TLS_KEY: PEM file with the key of the certificate."""

    grpc_tls_client_ca: Path | None = None
    """OCR_GRPC_TLS_CLIENT_CA: PEM file with the authority that callers must have a certificate of."""

    cpus: Cpus = field(default_factory=find_cpus)
    """What the machine and its container grant; not configured, but found."""

    @property
    def url(self) -> str:
        """The address a person on this machine opens."""
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def size(self) -> str:
        """Processes and threads, for people."""
        return f"{self.workers} x {self.threads} readings x {self.intra_op} threads on CPUs: {self.cpus}"

    @property
    def advice(self) -> str:
        """A line for who gives the processes more CPUs than they can use; empty where they use them."""
        if min(self.threads, self.cpus.usable // self.workers) < CROWDED:
            return ""
        return (
            f"The {self.threads} reading threads of a process wait for each other, as Python code takes turns. "
            f"OCR_WORKERS={self.cpus.usable // 2} reads more, for some 200 MB of memory each.\n"
        )


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that `environment` describes; raise `SettingsError` for a bad value.

    An empty variable counts as unset, because compose files and CI write those.
    """

    default = Settings()

    def read(name: str, parse: Callable[[str, str], Value], otherwise: Value) -> Value:
        text = environment.get(name, "").strip()
        return parse(name, text) if text else otherwise

    workers = read("OCR_WORKERS", variables.parallel, default.workers)
    intra_op = read("OCR_INTRA_OP", variables.parallel, default.intra_op)
    return Settings(
        host=read("HOST", variables.text_of, default.host),
        port=read("PORT", variables.port, default.port),
        max_bytes=read("OCR_MAX_BYTES", variables.count, default.max_bytes),
        max_pixels=read("OCR_MAX_PIXELS", variables.count, default.max_pixels),
        max_pages=read("OCR_MAX_PAGES", variables.count, default.max_pages),
        workers=workers,
        threads=read("OCR_THREADS", variables.parallel, max(1, default.cpus.usable // (workers * intra_op))),
        intra_op=intra_op,
        queue=read("OCR_QUEUE", variables.count, default.queue),
        deadline_ms=read("OCR_DEADLINE_MS", variables.count, default.deadline_ms),
        drain_delay_s=read("OCR_DRAIN_DELAY_S", variables.not_negative, default.drain_delay_s),
        grace_s=read("OCR_GRACE_S", variables.seconds, default.grace_s),
        cache_bytes=read("OCR_CACHE_BYTES", variables.not_negative, default.cache_bytes),
        cache_url=read("OCR_CACHE_URL", variables.redis_url, default.cache_url),
        cache_ttl_s=read("OCR_CACHE_TTL_S", variables.seconds, default.cache_ttl_s),
        receive_s=read("OCR_RECEIVE_S", variables.seconds, default.receive_s),
        held_bytes=read("OCR_HELD_BYTES", variables.count, default.held_bytes),
        connections=read("OCR_CONNECTIONS", variables.count, default.connections),
        api_keys=read("OCR_API_KEYS", variables.words, default.api_keys),
        rate_limit=read("OCR_RATE_LIMIT", variables.rate, default.rate_limit),
        cors_origins=read("OCR_CORS_ORIGINS", variables.origins, default.cors_origins),
        peer_url=read("OCR_PEER_URL", variables.origin, default.peer_url),
        recognizer=read("OCR_RECOGNIZER", variables.file, None),
        detector=read("OCR_DETECTOR", variables.detector, default.detector),
        threshold=read("OCR_THRESHOLD", variables.threshold, default.threshold),
        metrics=read("OCR_METRICS", variables.switch, default.metrics),
        log=read("OCR_LOG", variables.switch, default.log),
        figures=read("PROMETHEUS_MULTIPROC_DIR", variables.folder, None) or _figures(),
        metrics_port=read("OCR_METRICS_PORT", variables.port, default.metrics_port),
        grpc_tls_cert=read("OCR_GRPC_TLS_CERT", variables.file, None),
        grpc_tls_key=read("OCR_GRPC_TLS_KEY", variables.file, None),
        grpc_tls_client_ca=read("OCR_GRPC_TLS_CLIENT_CA", variables.file, None),
        cpus=default.cpus,
    )


SHARED_THERE = "several workers share their metrics there"
"""What a folder for temporary files is needed for."""


def temporary_folder(purpose: str) -> Path:
    """Return the folder for temporary files; raise `SettingsError` where none can be written to."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise _no_folder(purpose) from None


def _no_folder(purpose: str) -> SettingsError:
    return SettingsError(
        f"No folder for temporary files can be written to, and {purpose}: set TMPDIR to one that can, or mount "
        "one at /tmp, as --tmpfs /tmp does for a read-only container."
    )


def new_figures() -> Path:
    """Return a new folder in which this process and those it starts keep their metrics from now on."""
    folder = tempfile.mkdtemp(prefix="ocr-pair-metrics-", dir=temporary_folder(SHARED_THERE))
    share_figures(Path(folder))
    return Path(folder)


def share_figures(folder: Path) -> None:
    """Let this process and those it starts keep their metrics in `folder`.

    `prometheus_client` knows of several processes by this variable alone, and looks at it when imported.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _figures() -> Path | None:
    try:
        return figures_of_siblings()
    except FileNotFoundError:
        raise _no_folder(SHARED_THERE) from None
    except PermissionError as error:
        raise SettingsError(str(error)) from None
