"""A page as one of its four sides is up: its lines, each read at most once, and how sure the reading is."""

from collections.abc import Callable, Sequence

import numpy as np

from ocr_core.crop import LineCrop, crop_line
from ocr_core.types import Color, Gray, Quad, Reading

SAMPLES = 8
"""Lines that are read to tell how sure the reading of a page is: the longest ones."""


class PageView:
    """A page after `turns` quarter turns to the right. Belongs to one reading; not shared between threads."""

    def __init__(
        self, gray: Gray, turns: int, recognize: Callable[[Sequence[Gray]], list[Reading]], quads: Sequence[Quad]
    ) -> None:
        """Take `gray`, (H, W) uint8, which is turned already, and the lines `quads` that were found on it.

        `recognize` reads lines, as `Recognizer.recognize` does.
        """
        self.gray = gray
        self.turns = turns
        self.quads = list(quads)
        self._recognize = recognize
        self._read: dict[int, tuple[LineCrop, Reading]] = {}

    def line(self, index: int) -> tuple[LineCrop, Reading]:
        """Return the image and the reading of one of `quads`."""
        if index not in self._read:
            crop = crop_line(self.gray, self.quads[index])
            self._read[index] = crop, self._recognize([crop.pixels])[0]
        return self._read[index]

    def sureness(self) -> float:
        """Return the confidence of the longest lines by the letter, 0-1; 0.0 without any."""
        return _by_letter([self.line(index)[1] for index in self._longest()])

    def sureness_upside_down(self) -> float:
        """Return the same with each of these lines turned on its head."""
        crops = [np.ascontiguousarray(self.line(index)[0].pixels[::-1, ::-1]) for index in self._longest()]
        return _by_letter([self._recognize([crop])[0] for crop in crops])

    def on_image(self, quad: Quad) -> Quad:
        """Return where `quad`, (4, 2) float32 on this view, lies on the image before the turn."""
        height, width = self.gray.shape
        x, y = quad[:, 0], quad[:, 1]
        back = {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[self.turns]
        return np.stack(back, axis=1).astype(np.float32)

    def _longest(self) -> list[int]:
        lengths = [float(np.linalg.norm(quad[1] - quad[0])) for quad in self.quads]
        return sorted(range(len(lengths)), key=lambda index: -lengths[index])[:SAMPLES]


def turned(image: Color, turns: int) -> Color:
    """Return `image`, (H, W, 3), after `turns` quarter turns to the right."""
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def _by_letter(readings: Sequence[Reading]) -> float:
    letters = sum(len(reading.text) for reading in readings)
    return sum(reading.confidence * len(reading.text) for reading in readings) / max(1, letters)
