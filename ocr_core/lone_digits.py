"""Single letters in a column of single digits: an `S` there is a 5 that was read without any company."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr_core.layout import level_boxes
from ocr_core.types import Quad, Reading

DIGITS = {"S": "5", "s": "5", "O": "0", "o": "0", "I": "1", "l": "1", "i": "1", "Z": "2", "z": "2", "B": "8"}
"""What digits are read as where nothing beside them tells their kind."""

CERTAIN = 0.99
"""Confidence from which a letter is one all the same."""

ASIDE, AWAY, ALIKE = 0.6, 8.0, 1.6
"""Line heights between the middles of such lines, across and along the column, and how often one is as high as the
other, at most."""

FEWEST = 2
"""Lines of digits that make a column."""


def with_digits(quads: Sequence[Quad], readings: Sequence[Reading]) -> list[Reading]:
    """Return `readings`, with digits for those lone letters that stand in a column of single digits, and no others.

    Args:
        quads: N lines, each (4, 2) float32 corners on the page.
        readings: what each says.
    """
    result = list(readings)
    texts = [reading.text.strip() for reading in readings]
    doubtful = [
        index
        for index, (text, reading) in enumerate(zip(texts, readings, strict=True))
        if text in DIGITS and reading.confidence < CERTAIN
    ]
    single = [index for index, text in enumerate(texts) if len(text) == 1 and text.isalnum()]
    if not doubtful:
        return result
    boxes = level_boxes(np.stack(quads).astype(np.float64))
    for index in doubtful:
        known = [
            texts[other]
            for other in single
            if texts[other] not in DIGITS and _in_column(boxes[index], boxes[other])
        ]
        if len(known) >= FEWEST and all(map(str.isdecimal, known)):
            result[index] = _rewritten(readings[index], DIGITS[texts[index]])
    return result


def _in_column(box: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Return whether `other` stands above or below `box`, both (4,) x0, y0, x1, y1, near it and as high."""
    height = max(1e-3, box[3] - box[1])
    aside, away = np.abs(box[:2] + box[2:] - other[:2] - other[2:]) / 2 / height
    return bool(aside < ASIDE and away < AWAY and 1 / ALIKE < (other[3] - other[1]) / height < ALIKE)


def _rewritten(reading: Reading, sign: str) -> Reading:
    """Return `reading`, which is of one sign and perhaps spaces, with `sign` in its place."""
    old = reading.text.strip()
    characters = tuple(
        replace(character, text=sign) if character.text == old else character for character in reading.characters
    )
    return replace(reading, text=reading.text.replace(old, sign), characters=characters)
