"""Marks as wide as Chinese characters in lines of Latin print: `GST ID：0008` is `GST ID: 0008`.

A colon with the space behind it looks like one wide colon, and the network answers either. Nobody sets wide marks
among Latin words alone; in a line with a Chinese character they stay. So does the square of Chinese forms, which is
Unicode's ballot box beside Latin words.
"""

import re

from ocr_core.types import Character, Reading
from ocr_core.words import is_ideograph

NARROW = {"，": ",", "：": ":", "；": ";", "！": "!", "？": "?", "（": "(", "）": ")", "□": "☐"}
"""Marks of Chinese print and the same ones as Latin print has them."""

OPENING = "（"
"""The wide mark whose space stands in front of it."""

WORD = re.compile("[A-Za-z]{3}")
"""Letters in a row from which a line is Latin print; `A：` or `（1）` may stand in a Chinese text."""


def with_latin_marks(reading: Reading) -> Reading:
    """Return `reading` with narrow marks in the place of wide ones if it is a line of Latin print.

    The space that a wide mark brings along becomes a character where the line goes on without one. It has the
    confidence and the place of the mark, and the confidence of the line stays.
    """
    text = reading.text
    if NARROW.keys().isdisjoint(text) or not WORD.search(text):
        return reading
    if any(is_ideograph(sign) for sign in text if sign not in NARROW):
        return reading
    characters: list[Character] = []
    for index, seen in enumerate(reading.characters):
        if seen.text not in NARROW:
            characters.append(seen)
            continue
        before, after = text[:index][-1:], text[index + 1 :][:1]
        mark = [Character(NARROW[seen.text], seen.confidence, seen.position)]
        space = [Character(" ", seen.confidence, seen.position)]
        if seen.text == OPENING:
            characters += (space if before.strip() and before not in NARROW else []) + mark
        else:
            characters += mark + (space if after.strip() and after not in NARROW else [])
    return Reading("".join(character.text for character in characters), reading.confidence, tuple(characters))
