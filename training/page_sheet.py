"""A page under the pen: grey pixels, the lines written so far, and the style that they are set in."""

import random
from dataclasses import dataclass, field
from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray

from training.fonts import Font
from training.page_texts import PageTexts
from training.page_type import LARGEST, SMALLEST, drawn, face_of
from training.render import dotted

LEAST_WIDTH = 0.65
"""Heights; a narrower line, a single digit, is taken as so wide."""

MIN_CONTRAST = 45.0
"""Grey levels between a text and what lies behind it; with less, nobody could be asked to find it."""

LEAST_GAP = 0.9
"""Ems between two texts in a row from which they are two lines; what would come nearer is not written."""

HIDDEN = 0.25
"""Share of a line that may be covered."""

DARK, PALE = 80.0, 190.0
"""Grey levels; coloured grounds between them, red, orange and green, carry light letters as well as dark ones."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A written line: the rectangle around its ink in pixels of the sheet, x0 < x1, y0 < y1."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


@dataclass(slots=True)
class Sheet:
    """A page in the making. Layouts write on it; nothing else changes it."""

    gray: NDArray[np.float32]
    """(H, W) float32, 0 = black, 255 = white."""

    rng: random.Random
    texts: PageTexts
    body: Font
    heading: Font

    size: int
    """Pixels per em of the running text."""

    tone: float
    """Grey level of the running text."""

    dot_matrix: bool = False
    stretch: float = 1.0
    """Width of the letters in units of their natural width."""

    strips: list[Strip] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Pixels."""
        return self.gray.shape[1]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.gray.shape[0]

    def scaled(self, factor: float) -> int:
        """Return `factor` times the size of the running text, as far as it can be drawn."""
        return min(LARGEST, max(SMALLEST, round(self.size * factor)))

    def length(self, text: str, size: int | None = None, font: Font | None = None) -> float:
        """Return the width of `text` in pixels."""
        face, reduction = face_of(font or self.body, size or self.size)
        return face.getlength(text) * reduction * self.stretch

    def fitted(self, text: str, width: float, size: int | None = None, font: Font | None = None) -> str:
        """Return as much of `text` as fits into `width` pixels, cut between words where there are any."""
        if self.length(text, size, font) <= width:
            return text
        ends = accumulate(self.length(character, size, font) for character in text)
        count = sum(end <= width for end in ends)
        cut = text[:count]
        if 0 < count < len(text) and text[count].isascii() and " " in cut:
            cut = cut[: cut.rindex(" ")]
        return cut.strip()

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: int | None = None,
        tone: float | None = None,
        font: Font | None = None,
        align: float = 0.0,
        tracking: float = 0.0,
        shadow: float | None = None,
    ) -> float:
        """Write one line and return the x at which it ends; what has no glyph or no room is left out.

        Args:
            x: where the line starts (`align` 0), is centred (0.5) or ends (1), in pixels.
            y: top of the em square.
            text: without line breaks.
            size: pixels per em; that of the running text if None.
            tone: grey level; that of the running text if None.
            font: that of the running text if None.
            align: share of the line's width that lies left of `x`.
            tracking: extra pixels between letters.
            shadow: grey level of a hard shadow behind the letters, if they have one.
        """
        font, size = font or self.body, size or self.size
        text = "".join(c for c in text if c in font.covers or c == " ").strip()
        if not text:
            return x
        ink, top = drawn(text, font, size, tracking)
        if self.stretch != 1.0:
            ink = cv2.resize(ink, (max(2, round(ink.shape[1] * self.stretch)), ink.shape[0]))
        if self.dot_matrix and min(ink.shape) > 8:
            ink = cv2.resize(dotted(ink, self.rng), ink.shape[::-1], interpolation=cv2.INTER_AREA)
        left = round(x - align * ink.shape[1])
        self._print(ink, left, round(y) + top, self.tone if tone is None else tone, size, text, shadow)
        return left + ink.shape[1]

    def _print(
        self, ink: NDArray[np.float32], left: int, top: int, tone: float, size: int, text: str, shadow: float | None
    ) -> None:
        """Print `ink` with its corner at (`left`, `top`) and note where it is, as far as it is on the sheet."""
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.width, left + ink.shape[1]), min(self.height, top + ink.shape[0])
        if x1 - x0 < 2 or y1 - y0 < 2 or self._taken(x0 - LEAST_GAP * size, y0, x1 + LEAST_GAP * size, y1):
            return
        window = self.gray[y0:y1, x0:x1]
        behind = float(np.median(window))
        if shadow is not None:
            reach = max(1, round(size * self.rng.uniform(0.02, 0.08)))
            self.lay(ink, left + reach * self.rng.choice((-1, 1)), top + reach, shadow)
        if abs(behind - tone) < MIN_CONTRAST:
            tone = behind - 120 if behind > 128 else behind + 120
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        window += (np.float32(tone) - window) * part
        if ink.shape[0] < size * 0.45:  # a hyphen alone stands for a line as high as letters
            middle = top + ink.shape[0] / 2
            y0, y1 = round(middle - 0.35 * size), round(middle + 0.35 * size)
        spare = 0.5 * (LEAST_WIDTH * (y1 - y0) - (x1 - x0))
        if spare > 0:  # a single 1 or I would have a core too thin to be found
            x0, x1 = max(0, x0 - spare), min(self.width, x1 + spare)
        y0, y1 = max(0, y0), min(self.height, y1)
        if y1 - y0 >= 2:
            self.strips.append(Strip(x0, y0, x1, y1, text))

    def _taken(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Return whether a line stands in this rectangle already; feet and heads may overlap a little."""
        return any(
            s.x0 < x1 and x0 < s.x1 and min(y1, s.y1) - max(y0, s.y0) > 0.2 * min(y1 - y0, s.y1 - s.y0)
            for s in self.strips
        )

    def paragraph(
        self, x: float, y: float, width: float, rows: int, size: int | None = None, leading: float = 1.4
    ) -> float:
        """Write `rows` lines of running text, the last one short, and return the y below them."""
        size = size or self.size
        indent = self.rng.choice([0, 0, 2 * size])
        for row in range(rows):
            if y + size > self.height:
                break
            room = (width - indent) * (self.rng.uniform(0.15, 1.0) if row == rows - 1 else 1.0)
            characters = max(2, int(3 * room / size))
            self.write(x + indent, y, self.fitted(self.texts.prose(characters), room, size), size)
            indent = 0
            y += size * leading
        return y

    def fill(self, x0: float, y0: float, x1: float, y1: float, tone: float) -> None:
        """Fill a rectangle with one grey level; what it covers by more than `HIDDEN` is no line any more."""
        cv2.rectangle(self.gray, (round(x0), round(y0)), (round(x1) - 1, round(y1) - 1), tone, -1)
        self.strips = [
            s for s in self.strips
            if max(0.0, min(x1, s.x1) - max(x0, s.x0)) * max(0.0, min(y1, s.y1) - max(y0, s.y0))
            <= HIDDEN * (s.x1 - s.x0) * (s.y1 - s.y0)
        ]  # fmt: skip

    def panel(self, x0: float, y0: float, x1: float, y1: float) -> float:
        """Fill a rectangle with a coloured ground and return the grey level of the letters on it."""
        ground, ink = coloured(self.rng)
        self.fill(x0, y0, x1, y1, ground)
        return ink

    def frame(self, x0: float, y0: float, x1: float, y1: float, tone: float, thickness: int = 1) -> None:
        """Draw the outline of a rectangle."""
        cv2.rectangle(self.gray, (round(x0), round(y0)), (round(x1), round(y1)), tone, thickness)

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, tone: float | None = None, thickness: int = 1
    ) -> None:
        """Draw a straight line."""
        tone = self.tone if tone is None else tone
        cv2.line(self.gray, (round(x0), round(y0)), (round(x1), round(y1)), tone, thickness)

    def ink_rows(self, text: str, size: int, font: Font | None = None) -> tuple[float, float]:
        """Return where the ink of `text` begins and ends, in pixels below the top of its em square."""
        face, reduction = face_of(font or self.body, size)
        _, top, _, bottom = face.getbbox(text)
        return top * reduction, bottom * reduction

    def lay(self, mask: NDArray[np.float32], x: float, y: float, tone: float) -> None:
        """Print `mask`, (h, w) float32 0-1, in one grey level; it is no line, and covers none."""
        left, top = round(x), round(y)
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self.width, left + mask.shape[1]), min(self.height, top + mask.shape[0])
        if x0 < x1 and y0 < y1:
            window = self.gray[y0:y1, x0:x1]
            window += (np.float32(tone) - window) * mask[y0 - top : y1 - top, x0 - left : x1 - left]

    def paste(self, picture: NDArray[np.float32], x: float, y: float) -> None:
        """Lay `picture`, (h, w) float32, on the sheet; what hangs over is cut off.

        Lines that it covers, in part or whole, are no lines any more.
        """
        left, top = max(0, round(x)), max(0, round(y))
        part = picture[: max(0, self.height - top), : max(0, self.width - left)]
        bottom, right = top + part.shape[0], left + part.shape[1]
        self.gray[top:bottom, left:right] = part
        self.strips = [
            s for s in self.strips if not (s.x0 < right and left < s.x1 and s.y0 < bottom and top < s.y1)
        ]


def coloured(rng: random.Random) -> tuple[float, float]:
    """Return the grey levels of a coloured ground and of the letters on it, both 0-255."""
    ground = rng.uniform(0, 255)
    light = ground < DARK or (ground < PALE and rng.random() < 0.6)
    return ground, rng.uniform(235, 255) if light else rng.uniform(0, 30)
