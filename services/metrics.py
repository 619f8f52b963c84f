"""What Prometheus is told. One process keeps its figures in memory, several workers in files that any of them sums.

Import this where an app is made, not at the top of a module: `prometheus_client` looks at
PROMETHEUS_MULTIPROC_DIR once, at its own import.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from services import figure_files
from services.figures import pids_in
from services.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format that every Prometheus reads."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LINES = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
STAGES = ("decode", "detect", "recognize", "encode")


class Metrics:
    """The figures of a service; the fields are what its code counts."""

    def __init__(self, settings: Settings) -> None:
        self._shared = settings.figures
        figure_files.use()
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each, of no use here
        registry = self._registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter(
            "ocr_requests", "Answered requests.", ("method", "route", "status"), registry=registry
        )
        self.request_seconds = Histogram(
            "ocr_request_seconds", "From arrival to answer.", ("route",), buckets=SECONDS, registry=registry
        )
        self.in_flight = Gauge(
            "ocr_requests_in_flight",
            "Requests that are being read or wait for it.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.queue_wait = Histogram(
            "ocr_queue_wait_seconds",
            "From arrival to the begin of the reading.",
            buckets=SECONDS,
            registry=registry,
        )
        self.deadline_misses = Counter("ocr_deadline_misses", "Requests answered 504.", registry=registry)
        self.rejected = Counter("ocr_rejected", "Requests answered with an error.", ("reason",), registry=registry)
        self.dropped = Counter("ocr_dropped", "Work that nobody waited for.", ("reason",), registry=registry)
        self.stage_seconds = Histogram(
            "ocr_stage_seconds", "Seconds of each stage.", ("stage",), buckets=SECONDS, registry=registry
        )
        self.lines = Histogram("ocr_image_lines", "Lines read on an image.", buckets=LINES, registry=registry)
        self.cache = Counter("ocr_cache", "Readings by where they came from.", ("result",), registry=registry)
        self.cache_bytes = Gauge(
            "ocr_cache_bytes", "Bytes of answers kept in memory.", registry=registry, multiprocess_mode="livesum"
        )
        self.redis_failures = Counter("ocr_redis_failures", "Redis was slow or down.", registry=registry)
        self._ready = Gauge(
            "ocr_workers_ready", "Workers that can read.", registry=registry, multiprocess_mode="livesum"
        )
        self._model = Gauge(
            "ocr_model_info", "The model that reads.", ("model",), registry=registry, multiprocess_mode="livemax"
        )
        size = Gauge(
            "ocr_size", "How the service was sized.", ("of",), registry=registry, multiprocess_mode="livemax"
        )
        for name in ("workers", "threads", "intra_op", "queue"):
            size.labels(name).set(getattr(settings, name))
        size.labels("cpus").set(settings.cpus.usable)
        self._stages = {stage: self.stage_seconds.labels(stage) for stage in STAGES}
        registry.register(_ProcessCollector(self._shared))

    def set_ready(self, model: str) -> None:
        """Tell that this worker can read, and with which model."""
        self._model.labels(model).set(1)
        self._ready.set(1)

    def observe_stages(self, stages: dict[str, float]) -> None:
        """Count the stages of a reading, milliseconds by name; those that are not in `STAGES` are left out."""
        for stage, histogram in self._stages.items():
            if stage in stages:
                histogram.observe(stages[stage] / 1e3)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format, those of the other workers included."""
        if self._shared is None:
            return generate_latest(self._registry)
        for pid in pids_in(self._shared):
            if _process_figures(pid) is None:
                # what it counted stays true; what it held, such as requests in flight, is gone with it
                with suppress(OSError):  # a disk that is read-only by now keeps that
                    mark_process_dead(pid, str(self._shared))  # type: ignore[no-untyped-call]
        registry = CollectorRegistry(auto_describe=False)
        MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        registry.register(_ProcessCollector(self._shared))
        return generate_latest(registry)


class _ProcessCollector(Collector):
    """Memory and processor time of each worker, read when asked. `prometheus_client` has them for one process."""

    def __init__(self, shared: Path | None) -> None:
        self._shared = shared

    def collect(self) -> Iterable[Metric]:
        """Yield the figures of the workers that are alive."""
        memory = GaugeMetricFamily("ocr_worker_resident_bytes", "Resident memory.", labels=("pid",))
        seconds = CounterMetricFamily("ocr_worker_cpu_seconds", "User and system time.", labels=("pid",))
        for pid in pids_in(self._shared) if self._shared else [os.getpid()]:
            if (figures := _process_figures(pid)) is not None:
                memory.add_metric((str(pid),), figures[0])
                seconds.add_metric((str(pid),), figures[1])
        yield memory
        yield seconds


def _process_figures(pid: int) -> tuple[int, float] | None:
    """Return (resident bytes, seconds of processor time) of a process; see proc(5).

    None if it has ended, although its parent may not have looked yet.
    """
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] == "Z":
        return None
    ticks = int(fields[11]) + int(fields[12])
    return int(pages) * os.sysconf("SC_PAGE_SIZE"), ticks / os.sysconf("SC_CLK_TCK")
