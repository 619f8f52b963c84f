"""Which run comes when. The order is reversed in every second repeat: what changes with time hits all alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from locustfiles.study.arms import ARMS, Arm
from locustfiles.study.records import read
from locustfiles.study.run import Place, settings_of
from locustfiles.study.scenario import Scenario
from locustfiles.study.scenarios import SCENARIOS

CEILING = "ceiling"


class PlanError(Exception):
    """The runs that were asked for do not go together with the records there are."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that is to be done."""

    scenario: Scenario
    arm: Arm
    repeat: int

    @property
    def name(self) -> str:
        """Of its record."""
        return f"{self.scenario.name}.{self.arm.name}.{self.repeat}"

    @property
    def seconds(self) -> float:
        """Expected ones."""
        return self.scenario.seconds(self.arm.name)


def planned(scenarios: Sequence[Scenario]) -> list[Planned]:
    """Return all runs in their order: first repeats of everything, then second ones in reverse, and so on.

    The ceiling is first in each repeat, because the rates of open loops are shares of it.
    """
    wanted = list(scenarios)
    if any(stage.rate for scenario in wanted for stage in scenario.stages):
        most = max(scenario.repeats for scenario in wanted)
        ceiling = [replace(s, repeats=most) for s in SCENARIOS if s.name == CEILING]
        wanted = [*(s for s in ceiling if s.name not in {w.name for w in wanted}), *wanted]
    runs: list[Planned] = []
    for repeat in range(1, max((scenario.repeats for scenario in wanted), default=0) + 1):
        of_repeat = [Planned(s, ARMS[arm], repeat) for s in wanted if repeat <= s.repeats for arm in s.arms]
        if repeat % 2 == 0:
            of_repeat.reverse()
        runs += sorted(of_repeat, key=lambda run: run.scenario.name != CEILING)
    return runs


def left(runs: Sequence[Planned], folder: Path, place: Place) -> list[Planned]:
    """Return the runs without a record in `folder`; raise `PlanError` if one was done with other settings."""
    missing = []
    for run in runs:
        path = folder / f"{run.name}.json"
        if not path.exists():
            missing.append(run)
        elif read(path).settings != settings_of(run.scenario, run.arm, place):
            raise PlanError(
                f"{path} is the record of a run with other settings; move the folder away, or choose RESULTS=other."
            )
    return missing


def seconds(runs: Sequence[Planned]) -> float:
    """Return the expected seconds of all runs."""
    return sum(run.seconds for run in runs)
