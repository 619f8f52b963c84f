"""What a finder of text lines is, and what it finds."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ocr_core.line_support import SecondLook
from ocr_core.types import Color, Quad


class Found(NamedTuple):
    """The lines of a page, each (4, 2) float32 corners x, y in pixels, clockwise from its text's top left."""

    level: list[Quad]
    """Lines that run to the right, in reading order."""

    down: list[Quad]
    """What may be lines that run down the page, or up it, or letters that stand one above the other."""


class Detector(Protocol):
    """Finds lines of text. Safe to call from many threads."""

    def find(self, image: Color) -> Found:
        """Return the text lines of `image` ((H, W, 3) uint8, BGR)."""


class SecondDetector(Protocol):
    """Finds lines of text on a page on which another finder has looked. Safe to call from many threads."""

    def detect_beside(self, image: Color, first: Sequence[Quad]) -> SecondLook:
        """Return what is on `image` ((H, W, 3) uint8, BGR); `first` are the lines that the other finder saw."""
