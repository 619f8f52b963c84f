"""Interleaved rounds of timing, and the arithmetic of their table."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.contenders import Contender
from benchmarks.crops import Crop

WARM_UP_LINES = 8


@dataclass(slots=True)
class Timing:
    """What one contender took and read."""

    ms_a_line: list[float] = field(default_factory=list)
    """Milliseconds of wall-clock time a line, one mean for each round."""

    processor_shares: list[float] = field(default_factory=list)
    """Processor time to wall-clock time of each round; well below 1 means that other work was running."""

    texts: list[str] = field(default_factory=list)
    """The readings of the last round."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    name: str
    ms: float
    """Median over the rounds."""

    low: float
    high: float
    """Fastest and slowest round, ms a line."""

    ratio: float
    """Time to that of the reference, the median of the rounds' ratios; at 6 the reference is 6 times faster."""

    @property
    def lines_a_second(self) -> float:
        """Lines read in a second at the median."""
        return 1e3 / self.ms


def run_rounds(contenders: Sequence[Contender], crops: Sequence[Crop], rounds: int) -> dict[str, Timing]:
    """Return the timings by name. Each round has all contenders on all crops, beginning with another one.

    A machine that slows down for a while so slows down all of them, which leaves their ratios alone.
    """
    timings = {contender.name: Timing() for contender in contenders}
    for contender in contenders:
        for crop in crops[:WARM_UP_LINES]:
            contender.read([crop.image])
    for index in range(rounds):
        first = index % len(contenders)
        for contender in [*contenders[first:], *contenders[:first]]:
            _time(contender, crops, timings[contender.name])
    return timings


def _time(contender: Contender, crops: Sequence[Crop], timing: Timing) -> None:
    """Add a round to `timing`."""
    worked, started = time.process_time(), time.perf_counter()
    starts = range(0, len(crops), contender.together)
    parts = [[crop.image for crop in crops[start : start + contender.together]] for start in starts]
    texts = [text for part in parts for text in contender.read(part)]
    elapsed, work = time.perf_counter() - started, time.process_time() - worked
    timing.ms_a_line.append(elapsed / len(crops) * 1e3)
    timing.processor_shares.append(work / elapsed)
    timing.texts = texts


def table(ms_a_line: Mapping[str, Sequence[float]], reference: str) -> list[Row]:
    """Return a row for each name, from its milliseconds a line in each round.

    Args:
        ms_a_line: by name, one number for each round; the rounds of all names belong together.
        reference: the name whose time is 1.
    """
    base = ms_a_line[reference]
    return [
        Row(
            name,
            median(times),
            min(times),
            max(times),
            median(own / other for own, other in zip(times, base, strict=True)),
        )
        for name, times in ms_a_line.items()
    ]


def differences(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of texts that are not equal to the letter."""
    return [(one, other) for one, other in zip(left, right, strict=True) if one != other]
