"""One run: start an arm, wait until it is ready, verify, prime, warm up, load, and stop it whatever happens."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from locustfiles.samples import Sample, draw_samples
from locustfiles.server import ServerError, running
from locustfiles.stages import Stage
from locustfiles.study import loads
from locustfiles.study.arms import BARE, Arm
from locustfiles.study.image import draw_photo
from locustfiles.study.records import Record, describe_machine
from locustfiles.study.scenario import Scenario
from locustfiles.verification import DIRECT

ALL_READY_S = 60.0
"""Seconds within which all workers of a server must be ready."""


@dataclass(frozen=True, slots=True)
class Place:
    """The CPUs of a run."""

    server_cpu: int = 0
    generator_cpu: int = 1


def settings_of(scenario: Scenario, arm: Arm, place: Place) -> dict[str, object]:
    """Return what decides whether a record can be gone on with."""
    chosen = {
        "model": scenario.model,
        "light": scenario.light,
        "requests": scenario.requests,
        "error_over_s": scenario.error_over_s,
        "warm_up_s": scenario.warm_up,
    }
    return {**chosen, "stages": [asdict(stage) for stage in scenario.stages], "arm": asdict(arm), **asdict(place)}


def run(scenario: Scenario, arm: Arm, repeat: int, place: Place, ceiling: float = 0.0) -> Record:
    """Return the record of one run of `arm`, in a fresh process.

    Args:
        scenario: model and load.
        arm: what is measured.
        repeat: number of the run, from 1.
        place: the CPUs.
        ceiling: readings a second of the bare pipeline, of which the rates of an open loop are shares.

    Raises:
        ServerError: a process does not do its work.
        VerificationError: the server does not read.
    """
    record = Record(
        scenario=scenario.name,
        arm=arm.name,
        repeat=repeat,
        settings=settings_of(scenario, arm, place),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=describe_machine(place.server_cpu, place.generator_cpu),
    )
    sample = draw_photo() if scenario.model == "ocr" else draw_samples()[2]
    stages = [replace(stage, rate=round(stage.rate * ceiling, 2)) for stage in scenario.stages]
    with tempfile.TemporaryDirectory() as folder:
        if arm.name == BARE:
            watches = loads.watches_of("", None)
            job = loads.Job(scenario, stages, "", sample, place.server_cpu, Path(folder), watches)
            record.levels = loads.bare(job)
        else:
            _serve(record, scenario, arm, stages, sample, place, Path(folder))
    return record


def _serve(
    record: Record,
    scenario: Scenario,
    arm: Arm,
    stages: Sequence[Stage],
    sample: Sample,
    place: Place,
    folder: Path,
) -> None:
    """Start the server, load it, and complete the record."""
    begun = time.monotonic()
    with running(arm.command(scenario.model, place.server_cpu), loads.STOP_S, probed=arm.grpc) as server:
        _wait_for_all(server.probes, arm.workers)
        record.ready_s = time.monotonic() - begun
        watches = loads.watches_of(server.probes, server.process)
        watches.server.sample()
        job = loads.Job(scenario, stages, server.host, sample, place.generator_cpu, folder, watches, grpc=arm.grpc)
        if scenario.model == "hello":
            record.levels = loads.light(job, loads.hello_request(server.host), loads.GREETING)
        else:
            expected, record.first_ms = loads.verify(job)
            if scenario.light:
                record.levels = loads.light(job, loads.upload_request(server.host, sample), expected)
            else:
                record.levels = loads.locust(job, expected)
    start, _, record.memory_ready = watches.server.rows[0]
    record.memory = [(moment - start, mib) for moment, _, mib in watches.server.rows]


def _wait_for_all(host: str, workers: int) -> None:
    """Return once each of several workers is likely to be ready: as many checks in a row as three for each."""
    passed = 0
    deadline = time.monotonic() + ALL_READY_S
    while workers > 1 and passed < 3 * workers:
        try:
            with DIRECT.open(f"{host}/readyz", timeout=5):
                passed += 1
        except OSError:
            passed = 0
            time.sleep(0.1)
        if time.monotonic() > deadline:
            raise ServerError(f"Not all of the {workers} workers got ready.")
