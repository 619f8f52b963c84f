"""Two finders' lines on one page: where they differ both are read, and what reads better stays.

A finder that cuts a line in two, makes one line of two, or leaves out a letter at an end is told by the readings:
they hold fewer letters, or less sure ones. What only one of them takes for a line must be read the more surely.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr_core.layout import level_boxes
from ocr_core.types import Color, Quad, Reading

COMMON = 0.3
"""Share of the smaller of two lines that both cover, above which they are rivals."""

ALIKE = 0.7
"""Intersection over union from which two rivals are one line, found twice, and read once."""

CHANCE = 0.5
"""Confidence of a reading above which its letters speak for it, and below which against it."""


class SecondDetector(Protocol):
    """Finds lines of text on a page on which another finder has looked. Safe to call from many threads."""

    def detect_beside(self, image: Color, first: Sequence[Quad]) -> list[Quad]:
        """Return the lines of `image` ((H, W, 3) uint8, BGR); `first` are those that the other finder saw."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Lines that cover each other: those of one finder or those of the other are right."""

    first: list[int]
    second: list[int]
    lone: bool = False
    """Whether one of two finders sees nothing here."""

    readings: dict[int, Reading | None] = field(default_factory=dict)
    """What has been read so far; None is what nobody believes."""

    def winners(self) -> list[int]:
        """Return the believed lines of the side that reads better; in doubt those of the first finder."""
        first, second = (
            {index: found for index in side if (found := self.readings[index])}
            for side in (self.first, self.second)
        )
        weights = [sum(map(_weight, side.values())) for side in (first, second)]
        if self.lone and max(weights) <= 0:
            return []
        return list(first if first and (weights[0] >= weights[1] or not second) else second)


class Rivals:
    """The lines of two finders on one page. Belongs to one reading; not shared between threads."""

    def __init__(self, first: Sequence[Quad], second: Sequence[Quad] | None = None) -> None:
        """Take the lines, each (4, 2) float32; those of `second` that are in `first` are left out.

        Args:
            first: of one finder.
            second: of the other; None where there is none.
        """
        contests = [Contest([index], []) for index in range(len(first))]
        if second is not None:
            contests = _contests(first, second)
        kept = [index for contest in contests for index in contest.second]
        place = {index: len(first) + number for number, index in enumerate(kept)}
        self.quads: list[Quad] = [*first, *((second or ())[index] for index in kept)]
        """All lines that are to be read."""

        self._of: dict[int, Contest] = {}
        for contest in contests:
            placed = replace(contest, second=[place[index] for index in contest.second])
            self._of.update(dict.fromkeys((*placed.first, *placed.second), placed))

    def decided(self, index: int, reading: Reading | None) -> list[int]:
        """Return the lines of `quads` that are now known to be right, after the line `index` has been read.

        Args:
            index: of `quads`; each is told of once.
            reading: None if it is not believed.
        """
        contest = self._of[index]
        contest.readings[index] = reading
        complete = len(contest.readings) == len(contest.first) + len(contest.second)
        return contest.winners() if complete else []


def _weight(reading: Reading) -> float:
    """Return how much a reading tells: its letters, as far as they are surer than chance."""
    return (reading.confidence - CHANCE) * len(reading.text.replace(" ", ""))


def _contests(first: Sequence[Quad], second: Sequence[Quad]) -> list[Contest]:
    """Return every line in one contest, most of which have few; indices are of `first` and of `second`."""
    if not first or not second:
        alone = [Contest([index], [], lone=True) for index in range(len(first))]
        return alone + [Contest([], [index], lone=True) for index in range(len(second))]
    boxes = level_boxes(np.stack([*first, *second]).astype(np.float64))
    ours, theirs = boxes[: len(first)], boxes[len(first) :]
    areas = _area(theirs)
    of_second = [Contest([], [index], lone=True) for index in range(len(second))]
    alone = []
    for index, box in enumerate(ours):
        covered = _common(box, theirs) > COMMON * np.minimum(_area(box), areas)
        rivals = {id(contest): contest for contest in (of_second[n] for n in np.flatnonzero(covered))}
        joined = Contest([index], [], lone=not rivals)
        for contest in rivals.values():
            joined.first.extend(contest.first)
            joined.second.extend(contest.second)
        for number in joined.second:
            of_second[number] = joined
        alone += [] if rivals else [joined]
    together = {id(contest): contest for contest in of_second}.values()
    return [*alone, *(_without_twin(contest, ours, theirs) for contest in together)]


def _without_twin(contest: Contest, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Contest:
    """Return `contest` without the second line where it is the first one, found twice."""
    if len(contest.first) == len(contest.second) == 1:
        one, other = ours[contest.first[0]], theirs[contest.second]
        common = float(_common(one, other)[0])
        if common >= ALIKE * (_area(one) + _area(other)[0] - common):
            return Contest(contest.first, [])
    return contest


def _common(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pixels that `box` (4,), x0, y0, x1, y1, shares with each of `boxes` (N, 4): (N,) float64."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.asarray(sides.clip(0).prod(axis=1), np.float64)


def _area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pixels of `boxes` (..., 4)."""
    return np.asarray((boxes[..., 2:] - boxes[..., :2]).prod(axis=-1), np.float64)
