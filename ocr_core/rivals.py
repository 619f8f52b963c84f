"""Two finders' lines on one page: where they differ both are read, and what reads better stays.

A finder that cuts a line in two, makes one line of two, or leaves out a letter at an end is told by the readings:
they hold fewer letters, or less sure ones. What only one of them takes for a line must be read the more surely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from ocr_core.layout import area, common_area, level_boxes
from ocr_core.types import Quad, Reading

COMMON = 0.3
"""Share of the smaller of two lines that both cover, above which they are rivals."""

ALIKE = 0.7
"""Intersection over union from which two rivals are one line, found twice, and read once, as far as both reach."""

ENDS = 0.6
"""Line heights by which the second of such lines reaches beyond the first one at most: a letter with the gap before
it takes as much, which the first may lack. What the first has more of is read anyhow."""

LEAST_REACH = 0.1
"""Line heights by which the second must reach beyond the first for it to be widened: less is paper."""

SHORTEST_SIDEWAYS, SURE_SIDEWAYS = 3, 0.75
"""Letters and digits, and confidence, from which a line that runs sideways is believed."""

CHANCE = 0.55
"""Confidence of a letter above which it speaks for its line, and below which against it."""

MARK = 0.5
"""How much a mark tells beside a letter or digit: rules and frames are read as marks, and surely so."""

SAME = 0.98
"""How much the second finder's lines must tell, beside the first one's, where both read the same letters."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Lines that cover each other: those of one side are right, and those of the other are not."""

    sides: list[list[int]]
    """The lines of the one finder and those of the other; or those that run down, and those that run up."""

    lone: bool = False
    """Whether one of two finders sees nothing here."""

    readings: dict[int, Reading | None] = field(default_factory=dict)
    """What has been read so far; None is what nobody believes."""

    @property
    def decided(self) -> bool:
        """Whether all lines have been read."""
        return len(self.readings) == sum(map(len, self.sides))

    def winners(self) -> dict[int, Reading]:
        """Return the believed lines of the side that reads better; in doubt those of the first one.

        Where both read the same letters, the first one's boxes are tighter. In other lines the second one's stay:
        it sees more than gaps between letters, and tells the gap of two columns from a space of justified print.
        """
        believed = [{index: found for index in side if (found := self.readings[index])} for side in self.sides]
        weights = [_weight(side) for side in believed]
        first, second = believed
        if _letters(first) == _letters(second) and first:
            return second if len(first) != len(second) and weights[1] >= SAME * weights[0] else first
        if self.lone and (max(weights) <= 0 or not any(_holds_letter(side) for side in believed)):
            return {}
        told = [number for number, side in enumerate(believed) if side]
        return believed[max(told, key=weights.__getitem__)] if told else {}


@dataclass(frozen=True, slots=True)
class Column:
    """Level lines one above the other, or in their place lines that run sideways."""

    level: list[Contest]

    sideways: list[Contest]
    """One for each line: it runs down, or up."""

    @property
    def decided(self) -> bool:
        """Whether all lines have been read."""
        return all(contest.decided for contest in (*self.level, *self.sideways))

    def winners(self) -> dict[int, Reading]:
        """Return the believed lines of the way that reads better; in doubt the level ones."""
        level, sideways = (
            {index: reading for contest in contests for index, reading in contest.winners().items()}
            for contests in (self.level, self.sideways)
        )
        sideways = {index: reading for index, reading in sideways.items() if _is_text(reading)}
        return sideways if _weight(sideways) > _weight(level) else level


class Rivals:
    """The lines of two finders on one page. Belongs to one reading; not shared between threads."""

    def __init__(
        self, first: Sequence[Quad], second: Sequence[Quad] | None = None, down: Sequence[Quad] = ()
    ) -> None:
        """Take the lines, each (4, 2) float32; those of `second` that are in `first` are left out.

        Args:
            first: level lines of one finder.
            second: those of the other; None where there is none.
            down: what may run down the page, or up it, in the place of lines of both.
        """
        parties = [first, second or (), down, [np.roll(quad, 2, axis=0) for quad in down]]
        lines = [quad for party in parties for quad in party]
        ends = np.cumsum([len(party) for party in parties]).tolist()
        boxes = level_boxes(np.stack(lines).astype(np.float64)) if lines else np.empty((0, 4))
        contests = _contests(boxes, ends[:2])
        pairs = [contest.sides for contest in contests if _is_found_twice(contest, boxes)]
        twins = {theirs[0] for _, theirs in pairs}
        for (own,), (other,) in pairs:
            lines[own] = _reaching(lines[own], boxes[own], boxes[other], np.delete(boxes[: ends[0]], own, axis=0))
        place = {index: number for number, index in enumerate(sorted(set(range(len(lines))) - twins))}
        self.quads: list[Quad] = [lines[index] for index in place]
        """All lines that are to be read."""

        self._of: dict[int, Contest] = {}
        for contest in contests:
            placed = _placed(contest.sides, place, lone=second is not None and not all(contest.sides))
            self._of.update(dict.fromkeys(chain.from_iterable(placed.sides), placed))
        self._decides: dict[int, Contest | Column] = dict(self._of)
        for across in _contests(boxes, ends) if down else ():
            if any(across.sides[2:]):
                self._decide_together(_placed(across.sides, place), len(down))

    def _decide_together(self, across: Contest, turn: int) -> None:
        """Enter the level lines of `across` and those that run sideways there, up `turn` places after down."""
        level = {id(contest): contest for index in chain(*across.sides[:2]) if (contest := self._of[index])}
        column = Column(list(level.values()), [Contest([[down], [down + turn]]) for down in across.sides[2]])
        self._of.update((index, contest) for contest in column.sideways for index in chain(*contest.sides))
        self._decides.update(dict.fromkeys(chain(*across.sides), column))

    def decided(self, index: int, reading: Reading | None) -> list[int]:
        """Return the lines of `quads` that are now known to be right, after the line `index` has been read.

        Args:
            index: of `quads`; each is told of once.
            reading: None if it is not believed.
        """
        self._of[index].readings[index] = reading
        decides = self._decides[index]
        return list(decides.winners()) if decides.decided else []


def _reaching(
    quad: Quad, own: NDArray[np.float64], other: NDArray[np.float64], beside: NDArray[np.float64]
) -> Quad:
    """Return `quad` itself, or a wider one where the other finder saw its line reach further.

    Args:
        quad: (4, 2) float32.
        own: its box x0, y0, x1, y1, on the level page.
        other: that of the other line.
        beside: (B, 4) boxes of its finder's other lines; a side close to one stays, or a gutter would be gone.
    """
    height = own[3] - own[1]
    in_row = beside[np.minimum(beside[:, 3], own[3]) - np.maximum(beside[:, 1], own[1]) > 0.5 * height]
    free_before = not ((in_row[:, 2] > own[0] - height) & (in_row[:, 0] < own[0])).any()
    free_after = not ((in_row[:, 0] < own[2] + height) & (in_row[:, 2] > own[2])).any()
    before = own[0] - other[0] if free_before else 0.0
    after = other[2] - own[2] if free_after else 0.0
    before, after = (beyond if beyond >= LEAST_REACH * height else 0.0 for beyond in (before, after))
    if not before and not after:
        return quad
    along = (quad[1] - quad[0]) / max(1e-6, float(np.linalg.norm(quad[1] - quad[0])))
    moved = np.array([-before, after, after, -before])[:, np.newaxis] * along
    return np.asarray(quad + moved, np.float32)


def _placed(sides: Sequence[Sequence[int]], place: Mapping[int, int], lone: bool = False) -> Contest:
    """Return a contest of those lines that have a place."""
    return Contest([[place[index] for index in side if index in place] for side in sides], lone)


def _is_text(reading: Reading) -> bool:
    """Return whether what stands sideways is text: rules, frames and pictures are read as a letter or two."""
    return sum(map(str.isalnum, reading.text)) >= SHORTEST_SIDEWAYS and reading.confidence >= SURE_SIDEWAYS


def _holds_letter(side: Mapping[int, Reading]) -> bool:
    """Return whether one of the readings holds a letter or digit: leaves and cracks are read as commas and bars."""
    return any(sign.isalnum() for reading in side.values() for sign in reading.text)


def _letters(side: Mapping[int, Reading]) -> list[str]:
    """Return what the readings hold besides spaces, in an order that does not depend on where it was cut."""
    return sorted(sign for reading in side.values() for sign in reading.text if not sign.isspace())


def _weight(side: Mapping[int, Reading]) -> float:
    """Return how much readings tell: their letters, as far as each of them is surer than chance.

    Letter by letter: in a line's mean, one letter that is hardly seen would speak against all the others, and a
    line that was cut there and lost it would win.
    """
    return sum(map(_told, side.values()))


def _told(reading: Reading) -> float:
    """Return how much one reading tells; without characters, its mean stands for each."""
    sure = [character.confidence for character in reading.characters]
    if len(sure) != len(reading.text):
        sure = [reading.confidence] * len(reading.text)
    letters = [pair for pair in zip(reading.text, sure, strict=True) if not pair[0].isspace()]
    return sum((own - CHANCE) * (1 if sign.isalnum() else MARK) for sign, own in letters)


def _contests(boxes: NDArray[np.float64], ends: Sequence[int]) -> list[Contest]:
    """Return every line in one contest, most of which have few.

    Args:
        boxes: (B, 4) of the lines of all parties, one party after the other.
        ends: where in `boxes` each party ends.
    """
    areas = area(boxes)
    of: list[Contest] = []
    for side, (start, end) in enumerate(pairwise((0, *ends))):
        for index in range(start, end):
            covered = common_area(boxes[index], boxes[:start]) > COMMON * np.minimum(areas[index], areas[:start])
            joined = Contest([[] for _ in ends])
            for contest in {id(of[other]): of[other] for other in np.flatnonzero(covered)}.values():
                for mine, its in zip(joined.sides, contest.sides, strict=True):
                    mine.extend(its)
            joined.sides[side].append(index)
            of.append(joined)
            for other in chain.from_iterable(joined.sides):
                of[other] = joined
    return list({id(contest): contest for contest in of}.values())


def _is_found_twice(contest: Contest, boxes: NDArray[np.float64]) -> bool:
    """Return whether `contest` is of one line, which both finders saw alike."""
    if [len(side) for side in contest.sides] != [1, 1]:
        return False
    one, other = boxes[contest.sides[0][0]], boxes[contest.sides[1]]
    common = float(common_area(one, other)[0])
    beyond = max(one[0] - other[0, 0], other[0, 2] - one[2])
    return bool(common >= ALIKE * (area(one) + area(other)[0] - common) and beyond <= ENDS * (one[3] - one[1]))
