"""What is looked at beside a load: memory and processor time of processes, and how long a health check takes."""

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psutil

MIB = 1 << 20
USAGE_INTERVAL_S = 0.25
HEALTH_INTERVAL_S = 0.1
HEALTH_TIMEOUT_S = 5.0


class Repeated:
    """Calls something again and again in a thread of its own; a context manager."""

    def __init__(self, act: Callable[[], None], interval_s: float) -> None:
        self._act, self._interval_s = act, interval_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(HEALTH_TIMEOUT_S + 1)

    def _run(self) -> None:
        while not self._done.is_set():
            self._act()
            self._done.wait(self._interval_s)


@dataclass(slots=True)
class Usage:
    """Processor time and memory over time."""

    measure: Callable[[], tuple[float, float] | None]
    """Returns processor seconds so far and MiB, or None if there is nothing to measure any more."""

    rows: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the epoch, processor seconds, MiB."""

    def sample(self) -> None:
        """Add a row."""
        found = self.measure()
        if found:
            self.rows.append((time.time(), *found))

    def share(self, begin: float, end: float) -> float:
        """Return the processor time between two moments as a share of one CPU; 0.0 where there are no rows."""
        inside = [row for row in self.rows if begin <= row[0] <= end]
        if len(inside) < 2:
            return 0.0
        return max(0.0, (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0]))

    def peak(self, begin: float, end: float) -> float:
        """Return the most MiB between two moments; 0.0 where there are no rows."""
        return max((row[2] for row in self.rows if begin <= row[0] <= end), default=0.0)


def of_tree(process: psutil.Process) -> tuple[float, float] | None:
    """Return processor seconds and resident MiB of a process and all that it has started; None once it is over."""
    try:
        tree = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    cpu = memory = 0.0
    for one in tree:
        try:
            times = one.cpu_times()
            memory += one.memory_info().rss / MIB
        except psutil.NoSuchProcess:
            continue
        cpu += times.user + times.system
    return cpu, memory


def of_machine() -> tuple[float, float]:
    """Return processor seconds of everything that runs on the machine but this process, and no memory."""
    times, own = psutil.cpu_times(), psutil.Process().cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0)
    return sum(times) - idle - own.user - own.system, 0.0


@dataclass(slots=True)
class Health:
    """How long GET /healthz takes, each time on a new connection."""

    host: str
    rows: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the epoch when it was asked, and milliseconds; below 0 for one that failed or took over 5 s."""

    def sample(self) -> None:
        """Ask once."""
        asked, started = time.time(), time.perf_counter()
        with closing(
            http.client.HTTPConnection(urlsplit(self.host).netloc, timeout=HEALTH_TIMEOUT_S)
        ) as connection:
            try:
                connection.request("GET", "/healthz")
                passed = connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                passed = False
        milliseconds = (time.perf_counter() - started) * 1e3
        self.rows.append((asked, milliseconds if passed else -milliseconds))
