"""What a reader of text lines is, and what it sees before any language is asked."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ocr_core.types import Decoder, Gray, Reading


class Sight(NamedTuple):
    """A line at a first sight: what its network answers."""

    reading: Reading
    """The likeliest class of each step (greedy)."""

    classes: NDArray[np.int64]
    """(T, K), the likeliest classes of each step, the best first; without the line's padding."""

    probabilities: NDArray[np.float32]
    """(T, K), 0-1, of those classes."""

    width: float
    """Of the line in time steps, with a fraction."""


class Recognizer(Protocol):
    """Reads cropped lines. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """Name and digest of the model, for `PageResult.model`."""

    def see(self, lines: Sequence[Gray]) -> list[Sight]:
        """Return each of `lines`, (H, W) uint8, 0 = black, as it is seen first, in the same order."""

    def recognize(
        self, lines: Sequence[Gray], decoder: Decoder = "beam", seen: Sequence[Sight | None] = ()
    ) -> list[Reading]:
        """Return one reading per line, in the same order; lines that are seen with doubt may be looked at again.

        Args:
            lines: N images, each (H, W) uint8, 0 = black, any height and width >= 1.
            decoder: see `ReadOptions.decoder`.
            seen: N sights of those lines, or None where there is none yet; empty where there are none at all.
        """
