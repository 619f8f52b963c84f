"""Lines that cover each other on a page, and which of them are right: those that read better."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from ocr_core.types import Reading

SHORTEST_SIDEWAYS, SURE_SIDEWAYS = 3, 0.75
"""Letters and digits, and confidence, from which a line that runs sideways is believed."""

CHANCE, CHANCE_OF_MARK = 0.55, 0.8
"""Confidence of a letter or digit, and of a mark, above which it speaks for its line, and below which against it:
rules, frames and stains are read as marks."""

SAME = 0.98
"""How much the second finder's lines must tell, beside the first one's, where both read the same letters."""


CODE, CLOSING, SURE_CODE = frozenset("{}()[];,"), frozenset("{}])"), 0.9
"""Marks that stand alone in a line of a program, those of which it has one at least, and their confidence from
which they are believed though one of two finders sees nothing there."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Lines that cover each other: those of one side are right, and those of the other are not."""

    sides: list[list[int]]
    """The lines of the one finder and those of the other; or those that run down, and those that run up."""

    lone: bool = False
    """Whether one of two finders sees nothing here."""

    favour: float = 1.0
    """How much the second side tells where the first one tells 1."""

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
        weights = [_weight(side) * factor for side, factor in zip(believed, (1.0, self.favour), strict=True)]
        first, second = believed
        if _letters(first) == _letters(second) and first:
            return second if len(first) != len(second) and weights[1] >= SAME * weights[0] else first
        if self.lone and (max(weights) <= 0 or not any(map(_is_told, chain(first.values(), second.values())))):
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


def _is_text(reading: Reading) -> bool:
    """Return whether what stands sideways is text: rules, frames and pictures are read as a letter or two."""
    return sum(map(str.isalnum, reading.text)) >= SHORTEST_SIDEWAYS and reading.confidence >= SURE_SIDEWAYS


def _is_told(reading: Reading) -> bool:
    """Return whether `reading` holds a letter or digit, or is a bracket that closes lines of a program.

    Leaves and cracks are read as commas and bars.
    """
    signs = set(reading.text)
    is_code = signs <= CODE and bool(signs & CLOSING) and reading.confidence >= SURE_CODE
    return is_code or any(map(str.isalnum, signs))


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
    return sum(own - (CHANCE if sign.isalnum() else CHANCE_OF_MARK) for sign, own in letters)
