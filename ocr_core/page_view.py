"""A page as one of its four sides is up: its lines, each read at most once, and how sure the reading is."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocr_core.crop import LineCrop, crop_line
from ocr_core.detector import Found
from ocr_core.gutters import cut_at_gutters
from ocr_core.layout import runs_sideways
from ocr_core.line_support import SecondLook
from ocr_core.long_lines import joined, parts
from ocr_core.recognizer import Recognizer, Sight
from ocr_core.rivals import Rivals
from ocr_core.types import Color, Decoder, Gray, Quad, Reading

SAMPLES = 8
"""Lines that are read to tell how sure the reading of a page is: the longest ones."""

LookAgain = Callable[[Sequence[Quad]], SecondLook]
"""The lines that one finder saw, each (4, 2) float32 -> what another one sees there."""

FEWEST_LETTERS = 3
"""In a word of a line that tells which side is up. An O is one from all sides, and a row of single signs reads as
another one from its side."""

FEWEST_SHORT, SURE_SHORT = 4, 0.62
"""Lines, and their mean confidence, from which a page is one of single letters or digits. Of 40 drawn columns of
digits 38 are read more surely, of 109 pages on their side whose lines are as short none is."""

FEWEST_TOLD = 6
"""Letters of such lines together, where they are not half of all: one short word among single digits is chance."""

READ_TOGETHER = 16
"""Lines between two looks at the deadline; those of one width are run through the network together."""


class PageView:
    """A page after `turns` quarter turns to the right. Belongs to one reading; not shared between threads."""

    def __init__(
        self,
        gray: Gray,
        turns: int,
        found: Found,
        recognizer: Recognizer,
        decoder: Decoder = "beam",
        second: LookAgain | None = None,
    ) -> None:
        """Take `gray`, (H, W) uint8, which is turned already, the lines on it, and what reads and finds more."""
        self.gray = gray
        self.turns = turns
        self.quads = found.level
        """All lines that are to be read."""

        self.seconds_again = 0.0
        """What `look_again` took on this view."""

        self._second = second
        self._looked_again = False
        self._doubted: Collection[int] = ()
        self._down = found.down
        self._recognizer = recognizer
        self._decoder = decoder
        self._crops: dict[int, LineCrop] = {}
        self._seen: dict[int, Sight] = {}
        self._read: dict[int, tuple[LineCrop, Reading]] = {}

    @cached_property
    def rivals(self) -> Rivals:
        """Which of `quads` cover each other; before `look_again` none of them."""
        return Rivals(self.quads)

    def look_again(self) -> None:
        """Add what may be right in the place of other lines; the readings tell (`Rivals.decided`). Done once.

        These are the lines of another finder, where there is one, and those that may run down the page, or up it.
        Lines of which the other finder sees nothing are left out.
        """
        if self._looked_again:
            return
        self._looked_again = True
        started = time.perf_counter()
        self._offer(self._second(self.quads) if self._second else None)
        self.seconds_again = time.perf_counter() - started

    def _offer(self, second: SecondLook | None) -> None:
        """Add the lines of the second look and those that may run down."""
        others = second.lines if second else None
        lines = [*self.quads, *(others or ())]
        pieces = cut_at_gutters(self.gray, lines)
        first = len(self.quads)
        self._replace({index: cut for index, cut in pieces.items() if index < first})
        if others:
            others = [piece for index, quad in enumerate(others, first) for piece in pieces.get(index, [quad])]
        before = self.quads
        self.rivals = Rivals(before, others, self._down, second.support(before) if second else None)
        self._put(self.rivals.quads)
        self._doubted = self.rivals.doubted

    def _replace(self, pieces: Mapping[int, Sequence[Quad]]) -> None:
        """Put `pieces` in the place of those of `quads`: the first in theirs, the others at the end."""
        quads = list(self.quads)
        for index, (first, *others) in pieces.items():
            quads[index] = first
            quads += others
        self._put(quads)

    def _put(self, quads: list[Quad]) -> None:
        """Take `quads` for the lines, and keep what was cut out and seen of those that were among them."""
        places = {id(quad): index for index, quad in enumerate(quads)}
        stay = {index: new for index, quad in enumerate(self.quads) if (new := places.get(id(quad))) is not None}
        self._crops = {stay[index]: crop for index, crop in self._crops.items() if index in stay}
        self._seen = {stay[index]: sight for index, sight in self._seen.items() if index in stay}
        self._read = {stay[index]: read for index, read in self._read.items() if index in stay}
        self.quads = quads

    def batches(self) -> list[list[int]]:
        """Return the places of all `quads`, in batches of about equal width, read the fastest."""
        order = sorted(range(len(self.quads)), key=self._aspect)
        return [order[start : start + READ_TOGETHER] for start in range(0, len(order), READ_TOGETHER)]

    def lines(self, indices: Sequence[int]) -> list[tuple[LineCrop, Reading]]:
        """Return the images and the readings of those of `quads`."""
        new = [index for index in indices if index not in self._read]
        if new:
            crops = [self._crop(index) for index in new]
            readings = self._readings(crops, [self._seen.get(index) for index in new])
            self._read.update(zip(new, zip(crops, readings, strict=True), strict=True))
        return [self._read[index] for index in indices]

    def sureness(self) -> float:
        """Return the confidence of the longest level lines but doubted ones, by the letter, 0-1; 0.0 without any.

        At first sight: a second look makes print on its head surer, too.
        """
        longest = self._longest()
        new = [index for index in longest if index not in self._seen]
        sights = self._recognizer.see([self._crop(index).pixels for index in new])
        self._seen.update(zip(new, sights, strict=True))
        return _by_letter([self._seen[index] for index in longest])

    def is_of_short_lines(self) -> bool:
        """Return whether the longest lines are too short to tell which side is up, but are read surely."""
        readings = [sight.reading for index in self._longest() if (sight := self._seen.get(index))]
        sure = [reading.confidence for reading in readings if reading.text.strip()]
        return not self.sureness() and len(sure) >= FEWEST_SHORT and sum(sure) >= SURE_SHORT * len(sure)

    def sureness_upside_down(self) -> float:
        """Return the same with each of these lines turned on its head."""
        crops = [self._crop(index).pixels for index in self._longest()]
        return _by_letter(self._recognizer.see([np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]))

    def on_image(self, quad: Quad) -> Quad:
        """Return where `quad`, (4, 2) float32 on this view, lies on the image before the turn."""
        height, width = self.gray.shape
        x, y = quad[:, 0], quad[:, 1]
        back = {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[self.turns]
        return np.stack(back, axis=1).astype(np.float32)

    def _crop(self, index: int) -> LineCrop:
        """Return the image of one of `quads`, cut out once."""
        if index not in self._crops:
            self._crops[index] = crop_line(self.gray, self.quads[index])
        return self._crops[index]

    def _readings(self, crops: Sequence[LineCrop], seen: Sequence[Sight | None]) -> list[Reading]:
        """Return the readings of `crops`, of which some were `seen` already; very long lines are read by parts."""
        cut = [parts(crop.pixels) for crop in crops]
        pieces = [part.pixels for own in cut for part in own]
        known = [sight if len(own) == 1 else None for own, sight in zip(cut, seen, strict=True) for _ in own]
        read = iter(self._recognizer.recognize(pieces, self._decoder, known))
        return [joined([next(read) for _ in own], own) for own in cut]

    def _longest(self) -> list[int]:
        lengths = [_length(quad[0], quad[1]) for quad in self.quads]
        told = [
            index for index, quad in enumerate(self.quads) if index not in self._doubted and not runs_sideways(quad)
        ]
        return sorted(told, key=lambda index: -lengths[index])[:SAMPLES]

    def _aspect(self, index: int) -> float:
        """Return the width over the height of one of `quads`."""
        quad = self.quads[index]
        return _length(quad[0], quad[1]) / max(1e-3, _length(quad[0], quad[3]))


def turned(image: Color, turns: int) -> Color:
    """Return `image`, (H, W, 3), after `turns` quarter turns to the right."""
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def _length(start: NDArray[np.float32], end: NDArray[np.float32]) -> float:
    """Return the distance of two points (2,), in pixels."""
    return float(np.linalg.norm(end - start))


def _by_letter(sights: Sequence[Sight]) -> float:
    readings = [sight.reading for sight in sights]
    letters = sum(len(reading.text) for reading in readings)
    told = [reading for reading in readings if max(map(len, reading.text.split()), default=0) >= FEWEST_LETTERS]
    if (few := sum(len(reading.text) for reading in told)) < FEWEST_TOLD and few < letters / 2:
        return 0.0
    return sum(reading.confidence * len(reading.text) for reading in told) / max(1, letters)
