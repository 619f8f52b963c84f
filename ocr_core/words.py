"""After reading: the places of words and characters along a line.

CTC tells about where a character stands, to a time step or two, not where it begins and ends. The ink does:
between two neighbours the line is cut where it is emptiest, and what is left is trimmed to its ink.
"""

import itertools
import math
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Character, Gray

Profile = NDArray[np.float32]
"""(W,) float32: ink in each column of a line, 0 = bare paper, 1 = as strong as print gets."""

Interval = tuple[float, float]
"""Start and end along a line, pixels of its crop."""

RULE_PERCENTILE = 20
"""Percentile along a row of pixels that is taken off it: print leaves a fifth of any row bare, a rule does not."""

INKED = 0.3
"""Ink from which a column is print; blur and paper stay below."""

CENTRE_PULL = 0.5
"""Ink that a cut halfway between the middle and a neighbour's centre is worth: parts of a Chinese character
stand as far apart as two characters do."""

MAX_DELAY = 0.4
"""Line heights that the places of a whole line are moved by at most: half a Chinese character and no more, or
they would fit the gap after the next one as well."""

DELAY_STEPS = 17
"""Moves that are tried: a fortieth of the height apart."""

DELAY_COST = 0.1
"""Ink that a move by a line height must save at least."""


def is_ideograph(character: str) -> bool:
    """Return whether `character` is written without spaces, as Chinese is: a word of its own."""
    return unicodedata.east_asian_width(character) in "WF"


def words_of(text: str) -> list[tuple[int, int]]:
    """Return (start, end) indices of the words of `text`: runs without a space, and single ideographs."""
    words: list[tuple[int, int]] = []
    for index, character in enumerate(text):
        if character.isspace():
            continue
        joined = words and words[-1][1] == index and not is_ideograph(character)
        if joined and not is_ideograph(text[index - 1]):
            words[-1] = (words[-1][0], index + 1)
        else:
            words.append((index, index + 1))
    return words


def character_intervals(line: Gray, characters: Sequence[Character]) -> list[Interval]:
    """Return where each of `characters` begins and ends along `line`; a space is the cut that it stands for.

    Args:
        line: (H, W) uint8, 0 = black, as it was read.
        characters: of its reading, from left to right.
    """
    ink = column_ink(line)
    visible = [character for character in characters if not character.text.isspace()]
    centres = np.array([character.position for character in visible]) * len(ink)
    # not in the bare margins of the line, where a cut would leave the print to the neighbour
    inked = np.flatnonzero(ink > INKED) if ink.max() > INKED else np.arange(len(ink))
    centres = (centres + _delay(ink, centres, line.shape[0])).clip(inked[0] + 0.5, inked[-1] + 0.5)
    cuts = [_cut(ink, left, right) for left, right in itertools.pairwise(centres)]
    edges = itertools.pairwise([0.0, *cuts, float(len(ink))])
    found = iter([_trimmed(ink, left, right) for left, right in edges])
    intervals: list[Interval] = []
    for character in characters:
        last = intervals[-1][1] if intervals else 0.0
        intervals.append((last, last) if character.text.isspace() else next(found))
    return intervals


def column_ink(line: Gray) -> Profile:
    """Return how much `line`, (H, W) uint8, differs from its paper in each column, whichever is the darker."""
    contrast = np.abs(line.astype(np.float32) - np.median(line))
    contrast -= np.percentile(contrast, RULE_PERCENTILE, axis=1, keepdims=True)
    strongest = contrast.max(axis=0)
    peak = max(float(np.percentile(strongest, 90)), 1.0)
    return np.asarray(np.clip(strongest / peak, 0, 1), np.float32)


def geometric_mean(confidences: Sequence[float]) -> float:
    """Return the geometric mean of `confidences`, 0-1, at least one."""
    return min(1.0, math.exp(math.fsum(math.log(max(c, 1e-12)) for c in confidences) / len(confidences)))


def _delay(ink: Profile, centres: NDArray[np.float64], height: int) -> float:
    """Return the pixels by which `centres` must move to the right for the middles between them to be bare.

    A recogniser learns to answer anywhere near a character, most of them where it begins, and all the
    characters of a line about equally early.
    """
    if len(centres) < 2:
        return 0.0
    middles = (centres[1:] + centres[:-1]) / 2
    smooth = np.convolve(ink, np.ones(max(1, height // 8)), "same") / max(1, height // 8)
    delays = np.linspace(0, MAX_DELAY, DELAY_STEPS) * height
    columns = (middles[:, np.newaxis] + delays).astype(np.intp).clip(0, len(ink) - 1)
    cost = smooth[columns].mean(axis=0) + DELAY_COST * np.abs(delays) / height
    return float(delays[cost.argmin()])


def _cut(ink: Profile, left: float, right: float) -> float:
    """Return where to cut between two neighbours whose centres are about `left` and `right`."""
    columns = np.arange(math.ceil(left), math.ceil(right))
    if len(columns) == 0:
        return (left + right) / 2
    off_centre = np.abs(columns + 0.5 - (left + right) / 2) / max(right - left, 1.0)
    cost = ink[columns.clip(0, len(ink) - 1)] + 2 * CENTRE_PULL * off_centre
    return min(float(columns[cost.argmin()]) + 0.5, right)


def _trimmed(ink: Profile, left: float, right: float) -> Interval:
    """Return the part from `left` to `right` without bare columns at its ends; all of it where it is bare."""
    first, last = math.floor(left), math.ceil(right)
    inked = np.flatnonzero(ink[first:last] > INKED)
    if len(inked) == 0:
        return left, right
    return float(first + inked[0]), float(first + inked[-1] + 1)
