"""A line that is read with doubt is looked at again, and where that reads another text, a third time.

Boxes are not always tight, and receipts are set in narrow faces; both leave the network fewer pixels of a character
than it learnt from. So the line is cut to its ink, then stretched as well; one that is tight already is stretched,
then squeezed. What most of the looks read counts, and where each reads something else, the surest of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_core.preprocess import ink_of
from ocr_core.types import Gray, Reading

DOUBT = 0.95
"""Sureness, 0-1, below which a line is looked at again: 0.9 left mistakes that another look mends, and higher
ones cost time for few more."""

DOUBT_OF_CONFIRMED = 0.9
"""The same where the language has nothing to mend in what was seen."""

FURTHER_LOOKS = 2
"""At most, after the first."""

WIDER, NARROWER = 1.15, 0.85
"""Widths of a line that is stretched and of one that is squeezed, of its own."""

LEAST_INK = 0.01
"""Share of a row's pixels that is ink, from which the row belongs to the text."""

LEAST_ROWS = 6
"""Pixels; what is lower is no line of text, and is not cut."""

MARGIN = 0.08
"""Paper that is left above and below, as a share of the text's height."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a line once."""

    seen: Reading
    """By the network, no language helping."""

    read: Reading
    """With the language's help, where it was wanted."""

    confirmed: bool
    """Whether a language was asked and took what was seen as it is."""

    left_out: float
    """How probable, 0-1, the likeliest letter is that was nearly seen, see `ocr_core.ctc.nearly_seen`."""

    @property
    def sureness(self) -> float:
        """Of what was seen and of there being no more, 0-1."""
        return min(self.seen.confidence, 1 - self.left_out)


def is_open(looks: Sequence[Look]) -> bool:
    """Return whether a line that was looked at once or twice is worth another look; one that is bare is not."""
    first = looks[0]
    if len(looks) > 1:
        return looks[1].read.text != first.read.text
    return bool(first.seen.text) and first.sureness < _doubt(first)


def decided(looks: Sequence[Look]) -> Reading:
    """Return what most of a line's `looks` read; the surest of them where they are as many.

    Where nothing but a letter that may have been left out led to further looks, they can only add to the text: what
    was seen surely stays.
    """
    first = looks[0]
    if first.seen.confidence >= _doubt(first):
        same, longer = first.read.text, len(first.read.text) + 1
        looks = [look for look in looks if look.read.text == same or len(look.read.text) >= longer]
    votes = Counter(look.read.text for look in looks)
    return max(looks, key=lambda look: (votes[look.read.text], look.sureness)).read


def _doubt(look: Look) -> float:
    """Return the sureness below which a first look leaves doubt, 0-1."""
    return DOUBT_OF_CONFIRMED if look.confirmed else DOUBT


def view(line: Gray, turn: int) -> Gray:
    """Return how `line` is looked at again for the first time, `turn` 0, or for the second, `turn` 1.

    What is found from left to right lies at the same share of the width as in `line`.

    Args:
        line: (H, W) uint8, 0 = black, H and W >= 1.
        turn: 0 or 1.

    Returns:
        (h, w) uint8 with 1 <= h <= H.
    """
    cut = _cut(line)
    widths = (1.0, WIDER) if len(cut) < len(line) else (WIDER, NARROWER)
    return np.asarray(cv2.resize(cut, None, fx=widths[turn], fy=1, interpolation=cv2.INTER_LINEAR), np.uint8)


def _cut(line: Gray) -> Gray:
    """Return `line` without the paper above and below its text, (h, W) uint8 with 1 <= h <= H."""
    rows = np.flatnonzero(ink_of(line).mean(axis=1) > LEAST_INK)
    if len(rows) < LEAST_ROWS:
        return line
    margin = max(1, round(MARGIN * (rows[-1] - rows[0])))
    return line[max(0, rows[0] - margin) : rows[-1] + 1 + margin]
