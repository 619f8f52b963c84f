"""Stages, moments of an open loop, figures of a stage, the plan, and what the runner leaves behind."""

import dataclasses
import importlib.util
import json
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest

# looked for, not imported: Locust would replace the standard library's sockets in this process
if any(importlib.util.find_spec(name) is None for name in ("locust", "psutil", "rich")):
    pytest.skip("the extra `study` is not installed", allow_module_level=True)

import psutil
from serving import PATIENCE_S, wait_until

from locustfiles.samples import SEED, draw_samples
from locustfiles.server import running
from locustfiles.stages import Stage, arrivals, due_times, spike, steps
from locustfiles.study.levels import figures
from locustfiles.study.loads import USERS_FILE
from locustfiles.study.plan import PlanError, left, planned, seconds
from locustfiles.study.records import KEPT_SAMPLES, Level, Record, pack, read, read_all, write
from locustfiles.study.run import Place, settings_of
from locustfiles.study.scenarios import SCENARIOS, chosen
from locustfiles.study.watch import Health, Usage

ROOT = Path(__file__).parents[2]
SECONDS = (1, 5, 30)
"""Of load: on a busy machine nothing may be answered in a short one."""


def test_stages():
    assert [(stage.users, stage.seconds) for stage in steps((1, 5), 4.0)] == [(1, 5.0), (5, 5.0)]
    assert [stage.users for stage in spike(100, 6.0)] == [100, 20]
    assert [stage.rate for stage in arrivals((2.0, 3.0), 4.0)] == [2.0, 3.0]
    assert not Stage("rest", 1.0).measured
    assert not Stage("warm-up", 2.0, 4, settle=2.0).measured


def test_arrivals_are_a_poisson_process():
    due = due_times(50.0, 200.0, seed=1)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert due == sorted(due)
    assert due[-1] < 200.0
    assert due == due_times(50.0, 200.0, seed=1)
    assert len(due) == pytest.approx(10_000, rel=0.05)
    # of an exponential distribution, mean and standard deviation are equal
    spread = mean((gap - 0.02) ** 2 for gap in gaps) ** 0.5
    assert spread == pytest.approx(0.02, rel=0.05)


def usage(rows):
    return Usage(lambda: None, rows)


FLAT = (usage([(0.0, 0.0, 100.0), (20.0, 10.0, 120.0)]), usage([(0.0, 0.0, 0.0), (20.0, 2.0, 0.0)]), usage([]))


def level(stage, requests, usages=FLAT, health=(), error_over_s=5.0):
    return figures(stage, 10.0, requests, usages, Health("", list(health)), error_over_s)


def test_a_closed_loop_counts_what_is_answered_in_the_measured_time():
    stage = Stage("2 users", 5.0, 2, settle=1.0)
    requests = [(10.5, 400.0, ""), (10.9, 200.0, ""), (14.0, 500.0, ""), (14.9, 200.0, "")]
    found = level(stage, requests)
    assert (found.answered, found.seconds, found.qps) == (2, 4.0, 0.5)
    assert found.mean == 350.0
    assert [ms for _, ms in found.samples] == [200.0, 500.0]


def test_an_open_loop_counts_what_was_due_in_the_measured_time():
    stage = Stage("1/s", 5.0, rate=1.0, settle=1.0)
    found = level(stage, [(10.9, 9000.0, ""), (14.9, 3000.0, "")])
    assert found.times == [3000.0]


def test_errors_are_counted_by_kind_and_late_answers_among_them():
    stage = Stage("1 user", 10.0, 1, settle=0.0)
    found = level(
        stage, [(11.0, 100.0, ""), (11.0, 6000.0, ""), (12.0, 10.0, "status 503"), (12.1, 1.0, "wrong text")]
    )
    assert found.errors == {"status 503": 1, "wrong text": 1, "over 5 s": 1}
    assert (found.answered, found.qps) == (2, 0.1)


def test_processor_time_and_saturation():
    stage = Stage("1 user", 10.0, 1, settle=0.0)
    rows = [(10.0, 1.0, 0.0), (15.0, 5.5, 0.0), (20.0, 10.0, 0.0)]
    busy = level(stage, [(11.0, 1.0, "")], (usage(rows), usage(rows), usage([(10.0, 0.0, 0.0), (20.0, 19.5, 0.0)])))
    assert busy.server_cpu == pytest.approx(0.9)
    assert busy.foreign_cpu == pytest.approx(0.15)
    assert busy.refused == "the load generator took 90% of its CPU"
    assert level(stage, [(11.0, 1.0, "")]).refused == ""


def test_a_health_check_that_hangs_through_the_level_belongs_to_it():
    stage = Stage("1 user", 3.0, 1, settle=1.0)
    assert level(stage, [], health=[(10.5, -5000.0), (10.6, 3.0), (11.5, 2.0)]).health == [-5000.0, 2.0]


def test_the_plan_reverses_every_second_repeat_and_begins_with_the_ceiling():
    runs = planned(chosen(["open", "burn"], repeats=2))
    assert [run.name for run in runs] == [
        "ceiling.bare-pipeline.1",
        "open.flask-gthread.1",
        "open.fastapi-uvicorn.1",
        "burn.sync-4.1",
        "burn.def-4.1",
        "ceiling.bare-pipeline.2",
        "burn.def-4.2",
        "burn.sync-4.2",
        "open.fastapi-uvicorn.2",
        "open.flask-gthread.2",
    ]


def test_the_whole_study_is_planned_for_forty_minutes():
    assert seconds(planned(SCENARIOS)) < 40 * 60
    assert all(scenario.repeats >= 3 for scenario in SCENARIOS)


def test_choices():
    (burn,) = chosen(["burn"], ["def-4"], levels=[2, 3], seconds=1.0)
    assert burn.arms == ("def-4",)
    assert [(stage.users, stage.seconds) for stage in burn.stages] == [(2, 2.0), (3, 2.0)]
    with pytest.raises(ValueError, match="There is no arm flusk; choose from"):
        chosen(arms=["flusk"])


def test_a_study_goes_on_where_it_was_interrupted(tmp_path):
    runs = planned(chosen(["burn"], repeats=1))
    first = runs[0]
    write(Record("burn", first.arm.name, 1, settings_of(first.scenario, first.arm, Place()), "2026"), tmp_path)
    assert left(runs, tmp_path, Place()) == runs[1:]
    with pytest.raises(PlanError, match="other settings"):
        left(planned(chosen(["burn"], repeats=1, seconds=9.0)), tmp_path, Place())


def test_packed_records_keep_percentiles(tmp_path):
    samples = [(float(number), float(number)) for number in range(5001)]
    one = Level("1 user", 1, 0.0, 5.0, 5001, 1000.2, 2500.0, {}, 0.5, 0.1, 0.0, 80.0, [1.234], samples)
    record = Record("web", "flask-gthread", 1, {}, "2026", levels=[one])
    pack(record, tmp_path)
    (found,) = read_all(tmp_path)
    times = found.levels[0].times
    assert len(times) == KEPT_SAMPLES
    assert (times[0], times[500], times[-1]) == (0.0, pytest.approx(2502.5, abs=3), 5000.0)
    assert dataclasses.replace(found, levels=[]) == dataclasses.replace(record, levels=[])


def test_a_run_that_is_interrupted_leaves_no_process_and_one_that_ends_leaves_a_record(tmp_path):
    command = [sys.executable, "-m", "locustfiles.study", "--scenarios", "waiting", "--arms", "fastapi-await"]
    command += ["--repeats", "1", "--results", str(tmp_path), "--seconds"]
    if len(psutil.Process().cpu_affinity()) < 2:
        pytest.skip("the study needs two CPUs")
    with subprocess.Popen(
        [*command, "1"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as study:
        tree = _children_with_locust(study)
        study.send_signal(signal.SIGINT)
        study.communicate(timeout=PATIENCE_S)
    assert study.returncode not in (0, None)
    assert psutil.wait_procs(tree, timeout=PATIENCE_S)[1] == []
    assert list(tmp_path.glob("*.json")) == []

    for measured in SECONDS:
        subprocess.run([*command, str(measured)], cwd=ROOT, check=True, capture_output=True, timeout=300)
        (file,) = tmp_path.glob("*.json")
        record = read(file.rename(tmp_path / "record"))
        (figure,) = record.levels
        if figure.answered and not any(error.startswith("over ") for error in figure.errors):
            break
    assert file.name == "waiting.fastapi-await.1.json"
    assert figure.answered > 0
    assert figure.errors == {}
    assert figure.mean > 0
    assert record.memory_ready > 10
    assert record.machine["affinity"] == {"server": [0], "generator": [1]}
    assert record.machine["versions"]["fastapi"]


def _children_with_locust(study):
    """Return all processes below the study once its load generator is among them."""

    def tree():
        below = psutil.Process(study.pid).children(recursive=True)
        return below if any(map(_is_locust, below)) else None

    return wait_until(tree, "a load generator")


def _is_locust(process):
    try:
        return "locust" in process.name() or "locust" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def test_an_open_loop_sends_everything_when_it_is_due(tmp_path):
    fake = [sys.executable, str(Path(__file__).with_name("fake_ocr_server.py")), "right"]
    sample = draw_samples()[0]
    stages = [Stage("20/s", 1.0, rate=20.0, settle=0.0), Stage("30/s", 1.0, rate=30.0, settle=0.0)]
    plan, body, record = (tmp_path / name for name in ("plan.json", "body", "record.json"))
    body.write_bytes(sample.body)
    content = {
        "stages": [dataclasses.asdict(stage) for stage in stages],
        "body": str(body),
        "expected": sample.text,
    }
    plan.write_text(json.dumps(content), encoding="utf-8")
    with running(fake) as server:
        command = [sys.executable, "-m", "locust", "-f", str(USERS_FILE), "--host", server.host, "--headless"]
        command += ["--stop-timeout", "60", "--plan", str(plan), "--record", str(record), "--loglevel", "ERROR"]

        def sent():
            """Run both stages: one that a busy machine has no time for at all is left out, but not each time."""
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            found = json.loads(record.read_text(encoding="utf-8"))
            expected = [
                begun + due
                for begun, stage in zip(found["begun"], stages, strict=True)
                for due in due_times(stage.rate, stage.seconds, SEED)
            ]
            return found if sorted(due for due, _, _ in found["requests"]) == pytest.approx(expected) else None

        found = wait_until(sent)
    assert {error for _, _, error in found["requests"]} == {""}
    assert all(milliseconds > 0 for _, milliseconds, _ in found["requests"])
