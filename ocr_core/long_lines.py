"""Lines that are too long to be read at once: cut between words, read by parts, and put together again.

A recogniser takes lines up to a width. A longer one is squeezed into it, until nothing is left of its letters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Character, Gray, Reading
from ocr_core.words import INKED, column_ink, geometric_mean, is_ideograph

LONGEST = 150.0
"""Line heights up to which a line is read at once. Of drawn lines of 147, 99 % of the characters were read right,
of 210 90 %, and of 300 a quarter."""

PART = 75.0
"""Line heights of a part at most, give or take `REACH`: our recogniser need not squeeze it."""

MOST_PARTS = 16
"""A line of more, some 2,500 letters, is read at once: bounds the time."""

REACH = 8.0
"""Line heights to both sides of an even cut within which the widest gap is looked for."""

SPACE = 0.15
"""Line heights of a gap between two words at least."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line."""

    pixels: Gray
    """(H, w) uint8, 0 = black."""

    start: int = 0
    """Its first column in the line."""

    is_apart: bool = False
    """Whether the gap before it is as wide as one between words."""


def parts(line: Gray) -> list[Part]:
    """Return the parts from left to right by which `line`, (H, W) uint8, 0 = black, is read; mostly it is one."""
    height, width = line.shape
    count = math.ceil(width / (PART * height))
    if width <= LONGEST * height or count > MOST_PARTS:
        return [Part(line)]
    bare = column_ink(line) <= INKED
    cuts = [_cut(bare, width * number // count, height) for number in range(1, count)]
    starts, ends = [(0, False), *cuts], [*(column for column, _ in cuts), width]
    return [Part(line[:, start:end], start, apart) for (start, apart), end in zip(starts, ends, strict=True)]


def joined(readings: Sequence[Reading], of: Sequence[Part]) -> Reading:
    """Return the reading of a line from those of its parts."""
    if len(readings) == 1:
        return readings[0]
    width = of[-1].start + of[-1].pixels.shape[1]
    text, characters = "", list[Character]()
    for part, reading in zip(of, readings, strict=True):
        said, before, share = reading.text, part.start / width, part.pixels.shape[1] / width
        if text and said and part.is_apart and not (is_ideograph(text[-1]) or is_ideograph(said[0])):
            text += " "
            characters.append(Character(" ", 1.0, before))
        text += said
        characters += [replace(own, position=before + share * own.position) for own in reading.characters]
    if not text:
        return Reading("", 0.0)
    return Reading(text, geometric_mean([one.confidence for one in characters or readings]), tuple(characters))


def _cut(bare: NDArray[np.bool_], about: int, height: int) -> tuple[int, bool]:
    """Return the middle of the widest gap near the column `about`, and whether it is one between words.

    Args:
        bare: (W,) whether each column of the line is without ink.
        about: where the cut would leave parts of one width.
        height: of the line, pixels.
    """
    first = about - round(REACH * height)
    near = bare[first : about + round(REACH * height)].astype(np.int8)
    edges = np.flatnonzero(np.diff(near, prepend=0, append=0))
    if not len(edges):
        return about, False
    starts, ends = edges[0::2], edges[1::2]
    widest = (ends - starts).argmax()
    return first + int(starts[widest] + ends[widest]) // 2, bool(ends[widest] - starts[widest] >= SPACE * height)
