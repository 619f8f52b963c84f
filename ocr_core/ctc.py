"""Last step: classes along a line -> text. Greedy CTC decoding (Graves et al. 2006, best path)."""

import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import BLANK, Alphabet
from ocr_core.types import Character, Reading
from ocr_core.words import geometric_mean

EMPTY = Reading(text="", confidence=0.0)
"""The reading of a line on which every step is blank."""


def decode_matrix(probabilities: NDArray[np.float32], alphabet: Alphabet, width: float | None = None) -> Reading:
    """Return the reading of the most probable class at each step; see `decode_steps`.

    Args:
        probabilities: (T, C) float32, 0-1, each row adding up to 1.
        alphabet: the meaning of the C classes.
        width: see `decode_steps`.
    """
    classes = probabilities.argmax(axis=1)
    return decode_steps(classes, probabilities.max(axis=1, initial=0.0), alphabet, width)


def decode_steps(
    classes: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    alphabet: Alphabet,
    width: float | None = None,
) -> Reading:
    """Return the reading: runs of one class are one character, blanks separate.

    A character's confidence is its probability at its strongest step, and its position the centre of its
    run as a share of `width`. The line's confidence is the geometric mean of its characters'.

    Args:
        classes: (T,) int64, the most probable class at each step, 0 = blank; without the line's padding.
        probabilities: (T,) float32, 0-1, the probability of that class.
        alphabet: the meaning of the classes.
        width: the line's width in steps, with a fraction; T if None.
    """
    if not np.any(classes != BLANK):
        return EMPTY

    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    ends = np.append(starts[1:], len(classes))
    strongest = np.maximum.reduceat(probabilities, starts)
    width = float(len(classes)) if width is None else width
    centres = np.minimum((starts + ends) / 2 / width, 1.0)
    kept = classes[starts] != BLANK

    characters = tuple(
        Character(alphabet.character(int(index)), min(1.0, float(confidence)), float(position))
        for index, confidence, position in zip(classes[starts][kept], strongest[kept], centres[kept], strict=True)
    )
    confidence = geometric_mean([c.confidence for c in characters])
    return Reading("".join(c.text for c in characters), confidence, characters)
