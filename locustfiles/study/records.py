"""Records of runs: one JSON file for each scenario, arm and repeat; packed ones are smaller and say the same."""

import gzip
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "flask", "werkzeug", "waitress", "gunicorn", "gevent", "fastapi", "starlette", "uvicorn", "uvloop", "httptools",
    "granian", "grpcio", "locust", "onnxruntime", "opencv-python-headless", "numpy",
)  # fmt: skip
KEPT_SAMPLES = 1000
"""Samples of a stage that a packed record keeps: evenly spaced among the sorted ones, so that percentiles stay."""


@dataclass(slots=True)
class Level:
    """The figures of one stage."""

    name: str
    users: int
    rate: float
    seconds: float
    """Measured ones."""

    answered: int
    """Right answers in the measured time, late ones included."""

    qps: float
    """Right answers a second that were not late."""

    mean: float
    """Milliseconds of the right answers."""

    errors: dict[str, int]
    """Requests that went wrong, by kind; an answer that came too late is one of them."""

    server_cpu: float
    """Processor time of the server as a share of one CPU."""

    generator_cpu: float
    foreign_cpu: float
    """Processor time of everything else on the machine."""

    memory: float
    """Most MiB of the server's processes."""

    health: list[float]
    """Milliseconds of the health checks that were under way; below 0 for one that failed."""

    samples: list[tuple[float, float]]
    """When a request was sent, or due, in seconds from the beginning of the stage, and milliseconds."""

    refused: str = ""
    """Why the figures do not count; empty if they do."""

    @property
    def times(self) -> list[float]:
        """Milliseconds of the right answers."""
        return [ms for _, ms in self.samples]


@dataclass(slots=True)
class Record:
    """One run: an arm in a fresh process under the load of a scenario."""

    scenario: str
    arm: str
    repeat: int
    settings: dict[str, Any]
    """What decides whether a record can be gone on with: model, stages, limits, CPUs."""

    started: str
    ready_s: float = 0.0
    """From the start of the process to the first 200 of GET /readyz."""

    first_ms: float = 0.0
    """Of the first request."""

    memory_ready: float = 0.0
    """MiB before the first request."""

    levels: list[Level] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds from the start and MiB."""

    machine: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its file, without the suffix."""
        return f"{self.scenario}.{self.arm}.{self.repeat}"


def write(record: Record, folder: Path) -> None:
    """Write a record into `folder`; an interruption leaves no half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.name}.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(record), separators=(",", ":")), encoding="utf-8")
    unfinished.replace(path)


def read(path: Path) -> Record:
    """Return the record in `path`, packed or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    content = json.loads(raw)
    content["levels"] = [Level(**level) for level in content["levels"]]
    return Record(**content)


def read_all(folder: Path) -> list[Record]:
    """Return the records in `folder`, by name."""
    return [read(path) for path in sorted([*folder.glob("*.json"), *folder.glob("*.json.gz")])]


def pack(record: Record, folder: Path) -> None:
    """Write a smaller form of `record` into `folder`: fewer samples of long stages, rounded, compressed."""
    content = asdict(record)
    for level in content["levels"]:
        ordered = sorted(level["samples"], key=lambda row: row[1])
        level["samples"] = [(round(at, 3), round(ms, 2)) for at, ms in _spaced(ordered)]
        level["health"] = [round(ms, 2) for ms in level["health"]]
    content["memory"] = [(round(at, 2), round(mib, 1)) for at, mib in content["memory"]]
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(content, separators=(",", ":")).encode()
    # without a time in its header, the same record gives the same file
    (folder / f"{record.name}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def _spaced(ordered: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    count = min(len(ordered), KEPT_SAMPLES)
    for index in range(count):
        yield ordered[round(index * (len(ordered) - 1) / max(1, count - 1))]


def describe_machine(server_cpu: int, generator_cpu: int) -> dict[str, Any]:
    """Return what the run took place on: versions, processor, cores, affinity, load before it, commit."""
    return {
        "commit": _output("git", "rev-parse", "--short=12", "HEAD"),
        "changed_files": len(_output("git", "status", "--porcelain", "--untracked-files=no").splitlines()),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "kernel": platform.release(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "affinity": {"server": [server_cpu], "generator": [generator_cpu]},
        "load_before": os.getloadavg()[0],
    }


def _output(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
