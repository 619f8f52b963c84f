"""Records -> one row for each scenario, arm and level, over its repeats."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from locustfiles.figures import percentile
from locustfiles.report.spread import Ratio, Spread, ratio, spread
from locustfiles.study.arms import ARMS
from locustfiles.study.records import Level, Record
from locustfiles.study.scenarios import EXTRA, PAIR, SCENARIOS

FEW = 100
"""Samples below which there is no P99."""

SCENARIO = {scenario.name: scenario for scenario in (*SCENARIOS, *EXTRA)}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of an arm at one level."""

    scenario: str
    arm: str
    level: str
    levels: tuple[Level, ...]
    """One for each repeat that counts."""

    repeats: tuple[int, ...]
    refused: tuple[str, ...]
    """Why other repeats do not count."""

    @property
    def label(self) -> str:
        """The arm for people."""
        return ARMS[self.arm].label if self.arm in ARMS else self.arm

    @property
    def load(self) -> str:
        """The level for people, of an open loop with its rate."""
        rates = [level.rate for level in self.levels if level.rate]
        return f"{self.level}, {sum(rates) / len(rates):.1f}/s" if rates else self.level

    @property
    def users(self) -> int:
        """Of the closed loop."""
        return self.levels[0].users if self.levels else 0

    @property
    def qps(self) -> Spread:
        """Right answers in time, a second."""
        return spread([level.qps for level in self.levels])

    @property
    def mean(self) -> Spread:
        """Milliseconds."""
        return spread([level.mean for level in self.levels])

    @property
    def times(self) -> list[float]:
        """Milliseconds of the right answers of all repeats."""
        return [ms for level in self.levels for ms in level.times]

    def quantile(self, share: float) -> float | None:
        """Return a percentile of the right answers of all repeats, ms; None where there are too few."""
        times = self.times
        return percentile(times, share) if len(times) >= (FEW if share > 0.95 else 5) else None

    @property
    def requests(self) -> int:
        """Right and wrong answers."""
        late = sum(n for level in self.levels for kind, n in level.errors.items() if kind.startswith("over "))
        return sum(level.answered for level in self.levels) + sum(self.errors.values()) - late

    @property
    def errors(self) -> Counter[str]:
        """What went wrong, by kind."""
        return sum((Counter(level.errors) for level in self.levels), Counter())

    @property
    def error_share(self) -> float:
        """Errors of all requests, 0-1."""
        return sum(self.errors.values()) / max(1, self.requests)

    @property
    def in_flight(self) -> float:
        """Requests under way by Little's law: answers a second times seconds of an answer."""
        return (
            self.mean.value / 1e3 * sum(level.answered / level.seconds for level in self.levels) / len(self.levels)
        )

    @property
    def server_cpu(self) -> float:
        """Share of a CPU."""
        return median(level.server_cpu for level in self.levels)

    @property
    def generator_cpu(self) -> float:
        """Share of a CPU."""
        return max(level.generator_cpu for level in self.levels)

    @property
    def foreign_cpu(self) -> float:
        """CPUs that other work took, the worst repeat."""
        return max(level.foreign_cpu for level in self.levels)

    @property
    def memory(self) -> float:
        """Most MiB, the median of the repeats."""
        return median(level.memory for level in self.levels)

    @property
    def health(self) -> list[float]:
        """Milliseconds of the health checks that passed."""
        return [ms for level in self.levels for ms in level.health if ms >= 0]

    @property
    def health_failed(self) -> int:
        """Health checks that failed or took over 5 s."""
        return sum(ms < 0 for level in self.levels for ms in level.health)


class Results:
    """All records, and rows of them."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = sorted(records, key=lambda record: (record.scenario, record.arm, record.repeat))

    @property
    def scenarios(self) -> list[str]:
        """Names of those that were run, in the order of the study."""
        return [name for name in SCENARIO if any(record.scenario == name for record in self.records)]

    def of(self, scenario: str, arm: str) -> list[Record]:
        """Return the repeats of an arm."""
        return [record for record in self.records if (record.scenario, record.arm) == (scenario, arm)]

    def arms(self, scenario: str) -> list[str]:
        """Return the arms of a scenario in its order."""
        return [arm for arm in SCENARIO[scenario].arms if self.of(scenario, arm)]

    def row(self, scenario: str, arm: str, level: str) -> Row | None:
        """Return a row; None if there is no such figure."""
        records = self.of(scenario, arm)
        found = [(r.repeat, one) for r in records for one in r.levels if one.name == level]
        good = [(repeat, one) for repeat, one in found if not one.refused and one.answered]
        if not found:
            return None
        refused = tuple(one.refused or "no right answer" for _, one in found if one.refused or not one.answered)
        return Row(scenario, arm, level, tuple(one for _, one in good), tuple(n for n, _ in good), refused)

    def rows(self, scenario: str) -> list[Row]:
        """Return all rows of a scenario: arm by arm, level by level."""
        found = []
        for arm in self.arms(scenario):
            for name in dict.fromkeys(level.name for record in self.of(scenario, arm) for level in record.levels):
                row = self.row(scenario, arm, name)
                if row:
                    found.append(row)
        return found

    def of_pairs(self, level: str) -> str:
        """Return the scenario in which the services as shipped are compared at `level`: that with most pairs."""
        return max(
            ("ocr", "ocr-pair"), key=lambda name: len(row.levels) if (row := self.row(name, PAIR[0], level)) else 0
        )

    def compare(self, scenario: str, arm: str, other: str, level: str, figure: str = "qps") -> Ratio | None:
        """Return `figure` of `arm` to that of `other`, over the repeats that both have; None without any."""
        rows = self.row(scenario, arm, level), self.row(scenario, other, level)
        if rows[0] is None or rows[1] is None:
            return None
        of_repeat = [
            {n: getattr(level, figure) for n, level in zip(row.repeats, row.levels, strict=True)}
            for row in rows
            if row
        ]
        both = [n for n in of_repeat[0] if n in of_repeat[1] and of_repeat[0][n] > 0 and of_repeat[1][n] > 0]
        return ratio([of_repeat[0][n] for n in both], [of_repeat[1][n] for n in both]) if both else None
