"""Runs the study: `python -m locustfiles.study [--plan]`, resumed where it was interrupted.

    --scenarios ocr,open   --arms flask-gthread,fastapi-uvicorn   --levels 1,5   --repeats 3   --seconds 4

Each run writes a record into `results/`; runs that have one are not done again. The server gets CPU 0 and the load
generator CPU 1.
"""

import argparse
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from locustfiles.server import ServerError
from locustfiles.study import plan
from locustfiles.study.plan import CEILING, PlanError, Planned
from locustfiles.study.records import Record, read, write
from locustfiles.study.run import Place, run
from locustfiles.study.scenarios import chosen
from locustfiles.verification import VerificationError

BUSY = 0.5
"""Load average above which a word is said: other work would be measured too."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do the runs that are left; end with status 1 if one of them failed."""
    options = _parser().parse_args(arguments)
    try:
        scenarios = chosen(options.scenarios, options.arms, options.levels, options.repeats, options.seconds)
        runs = plan.planned(scenarios)
        place = _place(options.cpus)
        left = plan.left(runs, options.results, place)
    except (ValueError, PlanError) as error:
        sys.exit(str(error))
    console = Console()
    console.print(_describe(runs, left), highlight=False, soft_wrap=True)
    if options.plan:
        return
    if os.getloadavg()[0] > BUSY:
        console.print(f"The load average is {os.getloadavg()[0]:.1f}: other work on this machine is measured too.")
    # a plain SIGTERM would end us without `finally`, and leave servers behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    psutil.Process().cpu_affinity([place.generator_cpu])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a thousand clients are as many open files
    try:
        failed = _do(left, options.results, place, console, time.monotonic() + 60 * options.minutes)
    except KeyboardInterrupt:
        sys.exit("Interrupted; the same command goes on with what is left.")
    if failed:
        sys.exit(f"{len(failed)} runs failed; the same command tries them again: {', '.join(failed)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m locustfiles.study")
    parser.add_argument("--scenarios", type=_words, default=[], help="names; all by default")
    parser.add_argument("--arms", type=_words, default=[], help="names; all by default")
    parser.add_argument("--levels", type=_numbers, default=[], help="numbers of users of the closed loops")
    parser.add_argument("--repeats", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0, help="measured at each level")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the records")
    parser.add_argument("--cpus", type=_numbers, default=[0, 1], help="of the server and of the load generator")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run that would end later")
    parser.add_argument("--plan", action="store_true", help="print what would be done, and how long it takes")
    return parser


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _numbers(text: str) -> list[int]:
    return [int(word) for word in _words(text)]


def _place(cpus: Sequence[int]) -> Place:
    there = psutil.Process().cpu_affinity()
    if len(set(cpus)) != 2 or not set(cpus) <= set(there):
        raise PlanError(
            f"The server and the load generator need a CPU each, and this process may use {there} only."
        )
    return Place(*cpus)


def _describe(runs: Sequence[Planned], left: Sequence[Planned]) -> str:
    """Return the plan for people."""
    lines = []
    for scenario in dict.fromkeys(one.scenario for one in runs):
        missing = [one for one in left if one.scenario == scenario]
        count = len(scenario.arms) * scenario.repeats
        stages = ", ".join(stage.name for stage in scenario.stages if stage.measured)
        lines.append(
            f"{scenario.name:12} {len(scenario.arms)} arms x {scenario.repeats}: {len(missing):2} of {count:2} "
            f"left, {plan.seconds(missing) / 60:4.1f} min. {scenario.title} ({stages})"
        )
    return "\n".join([*lines, f"{len(left)} of {len(runs)} runs are left: {plan.seconds(left) / 60:.0f} minutes."])


def _do(left: Sequence[Planned], folder: Path, place: Place, console: Console, end: float) -> list[str]:
    """Do the runs that are over by `end`, `time.monotonic()` seconds; return the names of those that failed."""
    failed = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    # its own clock would believe in the pace of the last runs; the plan knows how long each one takes
    with Progress(*columns, console=console, speed_estimate_period=3600) as progress:
        bar = progress.add_task("study", total=round(plan.seconds(left)))
        for planned in left:
            if time.monotonic() + planned.seconds > end:
                progress.console.print("The time is over; the same command goes on with what is left.")
                break
            progress.update(bar, description=planned.name)
            try:
                record = run(planned.scenario, planned.arm, planned.repeat, place, _ceiling(folder))
                write(record, folder)
                progress.console.print(_line(record), highlight=False, soft_wrap=True)
            except (ServerError, VerificationError) as error:
                failed.append(planned.name)
                progress.console.print(f"{planned.name}: FAILED. {error}", highlight=False, soft_wrap=True)
            progress.advance(bar, round(planned.seconds))
    return failed


def _ceiling(folder: Path) -> float:
    """Return the readings a second of the bare pipeline, the median of its records so far; 0.0 without one."""
    rates = [read(path).levels[0].qps for path in folder.glob(f"{CEILING}.*.json")]
    return median(rates) if rates else 0.0


def _line(record: Record) -> str:
    """Return the figures of a run in a line."""
    levels = [
        f"{level.name} {level.qps:.1f}/s {level.mean:.0f} ms"
        + (f" REFUSED: {level.refused}" if level.refused else "")
        for level in record.levels
    ]
    errors = sum((Counter(level.errors) for level in record.levels), Counter())
    wrong = "".join(f"; {count} x {kind}" for kind, count in errors.most_common(3))
    foreign = max((level.foreign_cpu for level in record.levels), default=0.0)
    busy = f"; OTHER WORK took {foreign:.2f} CPUs" if foreign > 0.2 else ""
    return f"{record.name}: {', '.join(levels)}{wrong}{busy}"


if __name__ == "__main__":
    main()
