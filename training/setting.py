"""How the characters of a line are set: in one size or two, with the gaps that print has between some of them.

A line becomes runs of characters that share a size, a height and a gap; `training.render` draws them.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import ImageFont

from training.fonts import Font, opened

LIGATURE_SHARE = 0.6
"""Of the lines without wider spacing in a font that has ligatures; typewriters and receipts have none."""

SPACED, SPACED_CAPITALS = 0.1, 0.28
"""Greatest gap between letters, in sizes of the type. Capitals and Chinese are set so wide in headings; other
letters and digits that stand as far apart have spaces between them."""

RAISED = re.compile(
    r"\[\d{1,3}\]"  # references of encyclopedias and papers
    r"|(?<=[”’。，；？！》）])\d{1,2}(?![\d.,:/%])|(?<=[a-z][.,;”\"])\d{1,2}(?![\w.,:/%])"  # numbers of notes
    r"|(?<=\d)(?:st|nd|rd|th)\b"
)
"""What stands small and high in some print."""

RAISED_SHARE = 0.5
"""Of the lines in which there is such a thing."""

RAISED_SIZES = (0.55, 0.62, 0.7)
"""Of the size of the others; few, as each opens a font."""

AFTER_CAPITAL = re.compile(r"(?<=\b[A-Z])[A-Z]+")
"""What small capitals are set for, in a line of capitals."""

SMALL_CAPITAL_SHARE = 0.08
"""Of the lines of capitals."""

SMALL_CAPITAL_SIZES = (0.72, 0.78, 0.84)

WIDE_MARKS = re.compile("[、，。；：！？”’）》】]")
"""Marks that take the width of a Chinese character and fill a half of it or less."""

MOVED_MARK_SHARE = 0.2
"""Of the lines with such marks in a font that sets them wide: closed up after the mark, or the mark moved."""

BULLET = re.compile(r"^(?:[•■●▲★※○□◆·*–-]|\(?(?:\d{1,2}|[a-zA-Z])[.)]) ")
"""What stands before an entry of a list."""

BULLET_GAP_SHARE = 0.5
"""Of such lines, in which the entry begins far from it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are set in one size, on one height."""

    text: str
    face: ImageFont.FreeTypeFont

    rise: int = 0
    """Pixels above the line that the others stand on."""

    gap: float = 0.0
    """Pixels after the run, beside what its characters take; below 0 the next one comes nearer."""

    def width(self, spaces: float) -> float:
        """Return the pixels to where the next run begins, with a space `spaces` times as wide as the font's."""
        return self.face.getlength(self.text) * (spaces if self.text == " " else 1.0) + self.gap

    def letters(self, tracking: float = 0.0) -> list["Run"]:
        """Return the run character by character, each `tracking` pixels further from the next."""
        alone = [replace(self, text=character, gap=tracking) for character in self.text]
        alone[-1] = replace(alone[-1], gap=self.gap + tracking)
        return alone


def set_runs(text: str, font: Font, size: int, rng: random.Random) -> list[Run]:
    """Return `text` in runs, at `size` pixels per em, as one of the ways that print sets it."""
    widest = SPACED if any(c.islower() or c.isdigit() for c in text) else SPACED_CAPITALS
    tracking = 0.0 if rng.random() < 0.75 else rng.uniform(-0.05, widest) * size
    if not tracking and (ligated := font.ligated(text)) != text and rng.random() < LIGATURE_SHARE:
        text = ligated
    line = Run(text, opened(font.path, size))
    runs = [line]
    if RAISED.search(text) and rng.random() < RAISED_SHARE:
        small, rise = opened(font.path, round(size * rng.choice(RAISED_SIZES))), int(size * rng.uniform(0.25, 0.42))
        runs = _split(line, RAISED, lambda run: replace(run, face=small, rise=rise))
    elif text.isupper() and AFTER_CAPITAL.search(text) and rng.random() < SMALL_CAPITAL_SHARE:
        small = opened(font.path, round(size * rng.choice(SMALL_CAPITAL_SIZES)))
        runs = _split(line, AFTER_CAPITAL, lambda run: replace(run, face=small))
    elif BULLET.search(text) and rng.random() < BULLET_GAP_SHARE:
        wide = rng.uniform(0.3, 2.0) * size
        runs = _split(line, BULLET, lambda run: replace(run, gap=wide))
    elif WIDE_MARKS.search(text) and rng.random() < MOVED_MARK_SHARE:
        runs = _marks_moved(line, size, rng)
    # Glyph by glyph: each starts where the ones before it, their gaps included, end.
    return [letter for run in runs for letter in run.letters(tracking)] if tracking else runs


def _split(line: Run, what: re.Pattern[str], change: Callable[[Run], Run]) -> list[Run]:
    """Return `line` as runs, those that `what` finds in it changed by `change`."""
    runs, end = [], 0
    for found in what.finditer(line.text):
        runs += [replace(line, text=line.text[end : found.start()]), change(replace(line, text=found.group()))]
        end = found.end()
    return [run for run in (*runs, replace(line, text=line.text[end:])) if run.text]


def _marks_moved(line: Run, size: int, rng: random.Random) -> list[Run]:
    """Return `line` with less room after its wide marks, or with its marks moved towards what follows them."""
    if any(line.face.getlength(mark) < 0.9 * size for mark in WIDE_MARKS.findall(line.text)):
        return [line]
    closer = rng.uniform(0.15, 0.48) * size
    runs = _split(line, WIDE_MARKS, lambda run: replace(run, gap=-closer))
    if rng.random() < 0.4:
        moved = rng.uniform(0.1, 0.45) * size
        for place, run in enumerate(runs):
            if WIDE_MARKS.match(run.text):
                runs[place] = replace(run, gap=-moved)
                if place and not WIDE_MARKS.match(runs[place - 1].text):
                    runs[place - 1] = replace(runs[place - 1], gap=moved)
    return runs
