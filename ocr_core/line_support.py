"""How far a network bears out what another finder took for lines: how likely it takes their middle for text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Quad

ACROSS = (0.3, 0.5, 0.7)
"""Shares of a line's height at which it is looked at: its core."""

ALONG = 64
"""Places along a line at which it is looked at."""


class Support(NamedTuple):
    """What a network thinks of lines, each (N,) float64, 0-1."""

    mean: NDArray[np.float64]
    """Mean probability of text along them."""

    most: NDArray[np.float64]
    """The greatest one."""


@dataclass(frozen=True, slots=True)
class Glance:
    """The answer of a network on a page, at one scale."""

    cells: NDArray[np.float32]
    """(h, w), 0-1, the probability of lying in the core of a line."""

    per_pixel: NDArray[np.float32]
    """(2,) cells for each pixel of the page, along x and y."""

    def along(self, quads: Sequence[Quad]) -> NDArray[np.float32]:
        """Return (N, 3 x 64) probabilities in the core of `quads`, each (4, 2) float32, on the page; N >= 1."""
        top_left, top_right, bottom_right, bottom_left = np.stack(quads, axis=1)[:, :, np.newaxis, np.newaxis]
        u = np.linspace(0, 1, ALONG, dtype=np.float32)[:, np.newaxis]
        v = np.array(ACROSS, np.float32)[:, np.newaxis, np.newaxis]
        places = (1 - v) * ((1 - u) * top_left + u * top_right) + v * ((1 - u) * bottom_left + u * bottom_right)
        height, width = self.cells.shape
        x, y = np.moveaxis((places * self.per_pixel).astype(np.intp), -1, 0)
        found: NDArray[np.float32] = self.cells[y.clip(0, height - 1), x.clip(0, width - 1)]
        return found.reshape(len(quads), -1)


class SecondLook(NamedTuple):
    """What a network found on a page on which another finder has looked."""

    lines: list[Quad]
    """Level lines, each (4, 2) float32, in reading order."""

    glances: list[Glance]
    """Where they come from."""

    def support(self, quads: Sequence[Quad]) -> Support:
        """Return how far the network takes `quads`, each (4, 2) float32, for text: what it saw best counts."""
        if not quads or not self.glances:
            return Support(np.zeros(len(quads)), np.zeros(len(quads)))
        seen = [glance.along(quads).astype(np.float64) for glance in self.glances]
        return Support(
            np.max([values.mean(axis=1) for values in seen], axis=0),
            np.max([values.max(axis=1) for values in seen], axis=0),
        )
