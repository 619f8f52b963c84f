"""The load generators, each in a process of its own on a CPU of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from locustfiles.grpc_caller import Messages, asking, channel_to
from locustfiles.samples import CONTENT_TYPE, Sample
from locustfiles.server import ServerError, stop
from locustfiles.stages import Stage
from locustfiles.study.levels import Request, figures
from locustfiles.study.records import Level
from locustfiles.study.scenario import Scenario
from locustfiles.study.watch import (
    HEALTH_INTERVAL_S,
    USAGE_INTERVAL_S,
    Health,
    Repeated,
    Usage,
    of_machine,
    of_tree,
)
from locustfiles.verification import VerificationError, check_truth, text_of

USERS_FILE = Path(__file__).parents[1] / "study_users.py"
GRPC_USER_FILE = USERS_FILE.with_name("study_grpc_user.py")
GREETING = "Hello, World!"
NULL_TEXT = "nothing was read"
"""What the null models of the arms answer."""

PRIMING = 3
"""Requests one after the other before the load, of which the first is timed."""

STOP_S = 3.0
"""Seconds that a process gets to end: nobody waits for its answers any more."""

LATE_S = 60.0
"""Seconds beyond its plan after which a load generator is taken for lost."""


@dataclass(slots=True)
class Watches:
    """All that is looked at beside the load."""

    server: Usage
    generator: Usage
    machine: Usage
    health: Health


@dataclass(slots=True)
class Job:
    """A load that is to be put on a server that is ready."""

    scenario: Scenario
    stages: Sequence[Stage]
    """With rates in requests a second."""

    host: str
    sample: Sample
    cpu: int
    """Of the load generator."""

    folder: Path
    """For files on the way to the load generator and back."""

    watches: Watches
    grpc: bool = False
    """Whether the server speaks gRPC."""

    def level(self, stage: Stage, begun: float, requests: Sequence[Request]) -> Level:
        """Return the figures of one stage."""
        watches = self.watches
        usages = watches.server, watches.generator, watches.machine
        return figures(stage, begun, requests, usages, watches.health, self.scenario.error_over_s)


def watches_of(host: str, server: psutil.Process | None) -> Watches:
    """Return watches of a server, the machine, and a load generator that is still to come."""
    measure = partial(of_tree, server) if server else _nothing
    return Watches(Usage(measure), Usage(_nothing), Usage(of_machine), Health(host))


def _nothing() -> None:
    """Return what a process that is not there uses."""


def verify(job: Job) -> tuple[str, float]:
    """Return the text that every answer must repeat, and the milliseconds of the first request."""
    over_http = nullcontext(partial(text_of, job.host, job.sample))
    with asking(job.host, job.sample) if job.grpc else over_http as ask:
        started = time.perf_counter()
        text = ask()
        first_ms = (time.perf_counter() - started) * 1e3
        for _ in range(PRIMING - 1):
            ask()
    if job.scenario.model == "ocr":
        check_truth([job.sample], {job.sample.name: text})
    elif text != NULL_TEXT:
        raise VerificationError(f"The null model answered {text!r}.")
    return text, first_ms


def locust(job: Job, expected: str) -> list[Level]:
    """Load with Locust, whose users expect the text `expected`."""
    scenario = job.scenario
    users = min((stage.users for stage in job.stages if stage.users), default=4)
    warm_up = [Stage("warm-up", scenario.warm_up, users, settle=scenario.warm_up)] if scenario.warm_up else []
    planned = [*warm_up, *job.stages]
    body, plan, rows = (job.folder / name for name in ("body", "plan.json", "requests.json"))
    body.write_bytes(_grpc_request(job) if job.grpc else job.sample.body)
    content = {"stages": [asdict(stage) for stage in planned], "body": str(body), "expected": expected}
    plan.write_text(json.dumps(content), encoding="utf-8")
    files, user = (f"{USERS_FILE},{GRPC_USER_FILE}", ["GrpcUser"]) if job.grpc else (str(USERS_FILE), ["StudyUser"])
    command = ["-m", "locust", "-f", files, *user, "--host", job.host, "--headless", "--only-summary"]
    command += ["--stop-timeout", str(scenario.stop_timeout), "--loglevel", "ERROR", "--exit-code-on-error", "0"]
    command += ["--plan", str(plan), "--record", str(rows)]
    _work(job, command, sum(stage.seconds + scenario.stop_timeout for stage in planned))
    found = json.loads(rows.read_text(encoding="utf-8"))
    begun = zip(planned, found["begun"], strict=True)
    return [job.level(stage, moment, found["requests"]) for stage, moment in begun if stage.measured]


def _grpc_request(job: Job) -> bytes:
    with channel_to(job.host) as channel:
        return Messages(channel).request(job.sample.image)


def light(job: Job, request: bytes, expected: str) -> list[Level]:
    """Load with the light client, each stage for itself; a stage is over with the last of `scenario.requests`."""
    scenario, file, levels = job.scenario, job.folder / "request", []
    file.write_bytes(request)
    warm_up = Stage("warm-up", scenario.warm_up, 8, settle=scenario.warm_up)
    for stage in [warm_up, *job.stages]:
        command = ["-m", "locustfiles.light_client", job.host, str(file), "--expected", expected]
        command += ["--clients", str(stage.users), "--seconds", str(stage.seconds)]
        command += ["--requests", str(scenario.requests or -1)]
        requests: list[Request] = json.loads(_work(job, command, stage.seconds))
        begun = min(at for at, _, _ in requests)
        taken = max(at + ms / 1e3 for at, ms, _ in requests) - begun + 1e-6
        if stage.measured:
            of_its_own = replace(stage, seconds=taken) if scenario.requests else stage
            levels.append(job.level(of_its_own, begun, requests))
    return levels


def hello_request(host: str) -> bytes:
    """Return the request for the greeting."""
    return f"GET /hello HTTP/1.1\r\nHost: {urlsplit(host).netloc}\r\n\r\n".encode()


def upload_request(host: str, sample: Sample) -> bytes:
    """Return the request that uploads `sample` and wants a reading of its own."""
    head = f"POST /ocr HTTP/1.1\r\nHost: {urlsplit(host).netloc}\r\nContent-Type: {CONTENT_TYPE}\r\n"
    head += f"Cache-Control: no-store\r\nContent-Length: {len(sample.body)}\r\n\r\n"
    return head.encode() + sample.body


def bare(job: Job) -> list[Level]:
    """Time the pipeline in a process without a server, on the CPU of `job`."""
    stage = job.scenario.stages[0]
    image = job.folder / job.sample.name
    image.write_bytes(job.sample.image)
    command = ["-m", "locustfiles.arms.bare", str(image), "--model", job.scenario.model]
    command += ["--seconds", str(stage.seconds - stage.settle), "--warm-up", str(job.scenario.warm_up)]
    found = json.loads(_work(job, command, stage.seconds))
    check_truth([job.sample], {job.sample.name: found["text"]})
    # it is the one that works here, and asks nobody
    job.watches.server, job.watches.generator = job.watches.generator, job.watches.server
    requests = [(at, ms, "") for at, ms in found["requests"]]
    begun = requests[0][0]
    taken = requests[-1][0] + requests[-1][1] / 1e3 - begun + 1e-6
    return [job.level(replace(stage, settle=0.0, seconds=taken), begun, requests)]


def _work(job: Job, command: Sequence[str], seconds: float) -> bytes:
    """Return what a process prints that is watched while it works, and that ends whatever happens."""
    with _running([sys.executable, *command], job.cpu) as child:
        process = psutil.Process(child.pid)
        job.watches.generator.measure = partial(of_tree, process)
        with _watched(job.watches):
            printed, said = child.communicate(timeout=seconds + LATE_S)
    if child.returncode:
        raise ServerError(f"{command[1]} ended with status {child.returncode}: {said.decode()[-500:]}")
    return printed


@contextmanager
def _running(command: Sequence[str], cpu: int) -> Iterator["subprocess.Popen[bytes]"]:
    pinned = ["taskset", "-c", str(cpu), *command]
    # a session of its own keeps Ctrl-C away, so that it is us who stop it
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                stop(psutil.Process(child.pid), STOP_S)


@contextmanager
def _watched(watches: Watches) -> Iterator[None]:
    with (
        Repeated(watches.server.sample, USAGE_INTERVAL_S),
        Repeated(watches.generator.sample, USAGE_INTERVAL_S),
        Repeated(watches.machine.sample, USAGE_INTERVAL_S),
        Repeated(watches.health.sample if watches.health.host else _nothing, HEALTH_INTERVAL_S),
    ):
        yield
