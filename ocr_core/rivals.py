"""Two finders' lines on one page: where they differ both are read, and what reads better stays.

A finder that cuts a line in two, makes one line of two, or leaves out a letter at an end is told by the readings:
they hold fewer letters, or less sure ones. What only one of them takes for a line must be read the more surely.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from ocr_core.contest import Column, Contest
from ocr_core.layout import area, common_area, level_boxes
from ocr_core.line_support import Support
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

FAVOUR = 1.1
"""How much the second finder's lines tell where the first one's tell 1: what these have more of is rather a rule or
a stain than a letter. With `contest.CHANCE_OF_MARK` it spares a sixth of the letters that are lost where the worse
side is chosen, on drawn pages as on real ones."""

UNSEEN = 0.02
"""Greatest probability of text along a line of the first finder alone below which it is not read.
7,191 such lines on 180 drawn pages held one right letter, and 981 on 101 real ones another one."""

HARDLY_SEEN, SURE = 0.1, 0.97
"""Mean of what it sees along a line of the first one's alone below which that must be read with this confidence.
Of 225 letters that were read less surely there on those drawn pages 18 were right, on the real ones one of 45."""


class Rivals:
    """The lines of two finders on one page. Belongs to one reading; not shared between threads."""

    def __init__(
        self,
        first: Sequence[Quad],
        second: Sequence[Quad] | None = None,
        down: Sequence[Quad] = (),
        support: Support | None = None,
    ) -> None:
        """Take the lines, each (4, 2) float32; those of `second` that `first` has, and unseen ones, are left out.

        Args:
            first: level lines of one finder.
            second: those of the other; None where there is none.
            down: what may run down the page, or up it, in the place of lines of both.
            support: how far the second finder takes each line of `first` for text; None where that is not known.
        """
        parties = [first, second or (), down, [np.roll(quad, 2, axis=0) for quad in down]]
        lines = [quad for party in parties for quad in party]
        ends = np.cumsum([len(party) for party in parties]).tolist()
        boxes = level_boxes(np.stack(lines).astype(np.float64)) if lines else np.empty((0, 4))
        contests = _contests(boxes, ends[:2])
        pairs = [contest.sides for contest in contests if _is_found_twice(contest, boxes)]
        twins = {theirs[0] for _, theirs in pairs}
        alone = {index for contest in contests if not all(contest.sides) for index in contest.sides[0]}
        unseen = {index for index in alone if support and support.most[index] < UNSEEN}
        for (own,), (other,) in pairs:
            beside = np.delete(boxes[: ends[0]], [own, *unseen], axis=0)
            lines[own] = _reaching(lines[own], boxes[own], boxes[other], beside)
        place = {index: number for number, index in enumerate(sorted(set(range(len(lines))) - twins - unseen))}
        self.quads: list[Quad] = [lines[index] for index in place]
        """All lines that are to be read."""

        self.doubted: Collection[int] = {
            place[index] for index in alone - unseen if support and support.mean[index] < HARDLY_SEEN
        }
        self._of: dict[int, Contest] = {}
        for contest in contests:
            placed = _placed(
                contest.sides, place, lone=second is not None and not all(contest.sides), favour=FAVOUR
            )
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
        if reading and index in self.doubted and reading.confidence < SURE:
            reading = None
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


def _placed(
    sides: Sequence[Sequence[int]], place: Mapping[int, int], lone: bool = False, favour: float = 1.0
) -> Contest:
    """Return a contest of those lines that have a place."""
    return Contest([[place[index] for index in side if index in place] for side in sides], lone, favour)


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
