"""Endless rendered lines with their texts: the only data that the recogniser is trained on."""

import random
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import Alphabet
from ocr_core.preprocess import fit_height
from ocr_core.types import Gray
from training.askew import hung_askew, is_short
from training.damage import INK_DAMAGES, PICTURE_DAMAGES, damage
from training.fonts import FontPicker, load_fonts
from training.lettering import lettered
from training.network import TIME_STEP_PX
from training.render import Ink, draw_dots, draw_ink, printed, ruled, slanted, stretched
from training.texts import NO_AIM, Aim, Corpus, TextSource

CLEAN_SHARE = 0.15
"""Share of lines that stay as drawn."""

DOTTED_SHARE = 0.06
"""Of the lines in ASCII, set dot by dot."""

LETTERED_SHARE, LETTERED_SHORT_SHARE = 0.08, 0.2
"""Of the damaged lines and of the short ones among them, set as signs and posters are, and little damaged besides:
their own looks are enough."""

LEAST_CONTRAST = 24
"""Grey levels between the darkest and the lightest pixel; below, the damage has left nothing to read."""

SEVERITIES = (0.3, 0.6, 1.0)
"""Shares of the damages' full probabilities; most real print suffers one thing or two, not six."""

MILD = (0.15, 0.3, 0.6)
"""The same, for the last lines of a run: what a network sees while its rate falls, it reads best."""

TRIES = 10_000
"""Texts that are tried for one line, before it is said that none can be drawn."""

WIDEST_LINE = 800
"""Pixels at height 32; the widest training bucket."""


def steps_needed(text: str) -> int:
    """Return the time steps that CTC needs for `text`: one a character, a blank between equal neighbours."""
    return len(text) + sum(a == b for a, b in pairwise(text))


class LineMaker:
    """Draws lines; the same seed draws the same lines."""

    def __init__(
        self,
        assets: Path,
        alphabet: Alphabet,
        seed: int,
        held_out: bool = False,
        clean: bool = False,
        aim: Aim = NO_AIM,
    ) -> None:
        cv2.setNumThreads(0)  # one process a core already
        self._rng = random.Random(seed)
        self._texts = TextSource(Corpus(assets, alphabet), alphabet, seed, aim)
        fonts = load_fonts(assets, held_out)
        self._fonts = FontPicker(fonts)
        self._families = sorted({font.family for font in fonts})
        self._clean = clean
        self.severities = SEVERITIES

    def line(self) -> tuple[Gray, str]:
        """Return ((32, W) uint8, 0 = black, 8 <= W <= `WIDEST_LINE`, and its text).

        Ends the program with a sentence where the fonts draw none of the texts.
        """
        for _ in range(TRIES):
            text = self._texts.line()
            image = self._drawn(text)
            if image is not None and image.shape[1] // TIME_STEP_PX > steps_needed(text):
                return image, text
        some = ", ".join(self._families[:5])
        raise SystemExit(
            f"Of {TRIES:,} texts in this alphabet, the last of them {text!r}, none could be drawn with the font "
            f"families {some}. Both those that train and those that validate, one family at least, must hold its "
            "characters; add such fonts to the asset folder."
        )

    def _drawn(self, text: str) -> Gray | None:
        rng = self._rng
        ink = self._inked(text)
        if ink is None:
            return None
        clean = self._clean or rng.random() < CLEAN_SHARE
        grey = printed(ink, rng) if clean else self._damaged(ink, text)
        if grey.shape[1] * 32 > WIDEST_LINE * grey.shape[0]:
            return None
        line = fit_height(np.clip(grey, 0, 255).astype(np.uint8))
        return line if np.ptp(line) >= LEAST_CONTRAST else None

    def _inked(self, text: str) -> Ink | None:
        if text.isascii() and self._rng.random() < DOTTED_SHARE:
            font = self._fonts.pick_typed(text, self._rng)
            return font and draw_dots(text, font, self._rng)
        font = self._fonts.pick(text, self._rng)
        return font and draw_ink(text, font, self._rng)

    def _damaged(self, ink: Ink, text: str) -> NDArray[np.float32]:
        """Return (H, W) grey, 0-255, of `ink` after what happens to print."""
        rng = self._rng
        for probability, shape in ((0.14, stretched), (0.07, slanted), (0.10, ruled)):
            if rng.random() < probability:
                ink = shape(ink, rng)
        lettered_share = LETTERED_SHORT_SHARE if is_short(ink) else LETTERED_SHARE
        ink = hung_askew(ink, rng)
        severity = rng.choice(self.severities)
        ink = damage(ink, INK_DAMAGES, rng, severity)
        if rng.random() < lettered_share:
            return damage(lettered(ink, rng), PICTURE_DAMAGES, rng, min(SEVERITIES))
        return damage(printed(ink, rng), PICTURE_DAMAGES, rng, severity)
