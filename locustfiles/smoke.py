"""A short load on a real service: every text right, no error, no growing memory.

    python -m locustfiles.smoke --service fastapi|flask [--seconds 15] [--users 4]

Start, wait until ready, verify, warm up, load, stop. Times are printed and decide nothing, because they
depend on the machine. Ends with status 1 and a sentence for each problem.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from locustfiles.figures import percentile, slope
from locustfiles.server import MemoryWatch, ServerError, running

SERVICES = ("fastapi", "flask")
USERS_FILE = Path(__file__).with_name("users.py")

WARM_UP_S = 5.0
"""Seconds of load before memory is judged: by then each thread and buffer has come into being."""

MEMORY_INTERVAL_S = 0.1
MAX_SLOPE = 3.0
"""MiB a second by which memory may grow under load. Sound services were measured between -1.4 and +0.2 at
16 requests a second; one that keeps each image it has decoded grows by more than this at that pace."""

STOP_TIMEOUT_S = 10
"""Seconds that requests in flight get to finish."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked of a service."""

    users: int = 4
    seconds: float = 15.0
    warm_up: float = WARM_UP_S


DEFAULT = Load()


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was measured."""

    start: float
    """Seconds since the epoch."""

    milliseconds: float
    error: str
    """What was wrong, "" if nothing was."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The raw figures of a load."""

    requests: list[Request]
    memory: list[tuple[float, float]]
    """Seconds since the epoch and MiB, once the service was warm."""

    status: int
    """Exit status of Locust; 0 unless it could not do its work."""


def measure(command: Sequence[str], load: Load) -> Outcome:
    """Return what happened when the service that `command` starts was put under `load`."""
    with running(command) as server, tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "requests.json"
        with MemoryWatch(server, MEMORY_INTERVAL_S) as watch:
            status = _run_locust(server.host, load, record)
        rows = json.loads(record.read_text(encoding="utf-8")) if record.exists() else []
    requests = [Request(*row) for row in rows]
    # the warm-up counts from the first request: before it, Locust was still starting
    warm = min((r.start for r in requests), default=0.0) + load.warm_up
    end = max((r.start for r in requests), default=0.0)
    return Outcome(requests, [point for point in watch.samples if warm <= point[0] <= end], status)


def problems(outcome: Outcome) -> list[str]:
    """Return a sentence for each reason to fail; none if all is well."""
    if outcome.status:
        return [f"Locust ended with status {outcome.status}; what it said is above."]
    if not outcome.requests:
        return ["There was no request."]
    kinds = Counter(r.error for r in outcome.requests if r.error)
    found = [f"{count} of {len(outcome.requests)} requests: {error}" for error, count in kinds.most_common()]
    if len(outcome.memory) < 2:
        return [*found, "The load was too short to judge the memory."]
    growth = slope(outcome.memory)
    if growth > MAX_SLOPE:
        found.append(f"Memory grew by {growth:.1f} MiB a second; the bound is {MAX_SLOPE:.1f}.")
    return found


def describe(outcome: Outcome) -> str:
    """Return the figures of a load in a line."""
    if not outcome.requests or not outcome.memory:
        return "no figures"
    times = [r.milliseconds for r in outcome.requests]
    first, last = outcome.memory[0][1], outcome.memory[-1][1]
    return (
        f"{len(times)} requests, median {percentile(times, 0.5):.1f} ms, p95 {percentile(times, 0.95):.1f} ms, "
        f"memory {first:.0f} -> {last:.0f} MiB ({slope(outcome.memory):+.2f} MiB/s)"
    )


def smoke(name: str, command: Sequence[str], load: Load) -> bool:
    """Return whether the service passed; print its figures and what was wrong."""
    try:
        outcome = measure(command, load)
    except ServerError as error:
        print(f"{name}: FAILED. {error}")
        return False
    found = problems(outcome)
    print(f"{name}: {'FAILED' if found else 'passed'}. {describe(outcome)}", *found, sep="\n  ", flush=True)
    return not found


def _run_locust(host: str, load: Load, record: Path) -> int:
    """Return the exit status of Locust, run headless in a process of its own.

    Its gevent replaces the standard library's sockets and locks, which must not happen to this process.
    """
    command = [sys.executable, "-m", "locust", "-f", str(USERS_FILE), "--host", host, "--headless"]
    command += ["--users", str(load.users), "--spawn-rate", str(load.users)]
    # Locust knows whole seconds only
    command += ["--run-time", f"{round(load.warm_up + load.seconds)}s", "--stop-timeout", str(STOP_TIMEOUT_S)]
    command += ["--only-summary", "--loglevel", "ERROR", "--exit-code-on-error", "0", "--record", str(record)]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        # on success it holds tables of rounded figures only
        sys.stderr.write(result.stderr)
    return result.returncode


def main(arguments: Sequence[str] | None = None) -> None:
    """Test the service named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.smoke")
    parser.add_argument("--service", choices=SERVICES, required=True)
    parser.add_argument("--seconds", type=float, default=DEFAULT.seconds, help="of load after the warm-up")
    parser.add_argument("--users", type=int, default=DEFAULT.users, help="who upload at once")
    options = parser.parse_args(arguments)
    # a plain SIGTERM would end us without `finally`, and leave the service behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    command = [sys.executable, "-m", f"services.{options.service}_app"]
    if not smoke(options.service, command, Load(options.users, options.seconds)):
        sys.exit(1)


if __name__ == "__main__":
    main()
