"""The fonts of an asset folder: which characters each one draws, and which families are held out."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from fontTools.ttLib import TTFont
from PIL import ImageFont

HELD_OUT_PERCENT = 8
"""Share of Latin families that training never sees; they measure how well new print is read."""

HELD_OUT_CHINESE = ("ARPLSungtiLGB", "WenQuanYiMicroHei")
"""Chinese families are too few for a share; one with serifs and one without stand for the others."""

EVERYDAY = re.compile(
    r"Liberation|Tinos|Arimo|Cousine|TeXGyre(Termes|Heros|Cursor|Schola|Pagella|Bonum)|Nimbus|Free(Serif|Sans|Mono)|"
    r"CMU(Serif|SansSerif|TypewriterText)|LM(Roman|Sans|Mono)|DejaVu|Carlito|Caladea|C059|P052|URWBookman|"
    r"OldStandard|CourierPrime$|STIX$|GNUTypewriter|OCRB|NotoS(ans|erif)$"
)
"""Families in the manner of Times, Helvetica, Courier, Century and Computer Modern: most print is set in these."""

EVERYDAY_SHARE = 0.4
"""Share of Latin lines that are set in them; the others are drawn from every family alike."""

TYPED = re.compile(
    r".*(Mono|Code|Courier|Typewriter|Cousine|3270|VT323|OCR|Terminus|Inconsolata|Hack|Agave|Proggy|Doto|DotGothic|Tlwg)"
)
"""Families with one width for all characters, as typewriters and dot-matrix printers have them."""

FONT_FILES = (".woff2", ".woff", ".ttf", ".otf")
"""Ends of the names of fonts."""

LIGATURES = {"ffi": "\ufb03", "ffl": "\ufb04", "ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02"}
"""What books set in one piece, the longest first, and the character that draws it. It is read as letters."""

OPEN_FONTS = 300
"""Opened (font, size) pairs kept in memory by each process."""


@dataclass(frozen=True, slots=True)
class Font:
    """One face of the asset folder."""

    path: Path
    family: str
    covers: frozenset[str]

    def draws(self, text: str) -> bool:
        """Return whether every character of `text`, spaces aside, has a glyph."""
        return all(character in self.covers for character in text if character != " ")

    def ligated(self, text: str) -> str:
        """Return `text` with the ligatures that the font has."""
        for letters, piece in LIGATURES.items():
            if piece in self.covers:
                text = text.replace(letters, piece)
        return text

    @property
    def is_chinese(self) -> bool:
        """Whether common Chinese characters are drawn, of those that simplified and traditional print share."""
        return self.draws("的一是在")


@lru_cache(maxsize=OPEN_FONTS)
def opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return the font at `size` pixels per em."""
    return ImageFont.truetype(str(path), size)


def is_held_out(family: str) -> bool:
    """Return whether a family belongs to the held-out split; it depends on the name alone."""
    return family in HELD_OUT_CHINESE or crc32(family.encode()) % 100 < HELD_OUT_PERCENT


def held_out_of(families: set[str]) -> set[str]:
    """Return those of `families` that are held out: one at least, and never all."""
    chosen = {family for family in families if is_held_out(family)}
    if chosen and chosen != families:
        return chosen
    # of a handful of fonts, all names may fall on one side
    return {min(families, key=lambda family: crc32(family.encode()))}


def load_fonts(assets: Path, held_out: bool) -> list[Font]:
    """Return the fonts of one split; file names are `FAMILY--FACE.ttf`, and other files are passed over.

    Ends the program with a sentence where there are fewer than two families, or a font is damaged.
    """
    files = sorted((assets / "fonts").iterdir()) if (assets / "fonts").is_dir() else []
    paths = {path: path.stem.split("--")[0] for path in files if path.suffix.lower() in FONT_FILES}
    families = set(paths.values())
    if len(families) < 2:
        raise SystemExit(
            f"{assets}/fonts holds {len(families)} families of fonts, and training needs two, of which one only "
            "validates. A family is named before `--` in the name of a file; `python -m training.assets` gathers "
            "the installed ones."
        )
    apart = held_out_of(families)
    fonts = []
    for path, family in paths.items():
        if (family in apart) == held_out:
            try:
                with path.open("rb") as file, TTFont(file, lazy=True) as font:
                    fonts.append(Font(path, family, frozenset(map(chr, font.getBestCmap() or ()))))
            except Exception as error:  # a damaged file surfaces as whatever its first wrong number leads to
                raise SystemExit(f"The font {path} cannot be read; take it away or put it there anew.") from error
    return fonts


def undrawn(characters: Iterable[str], fonts: Iterable[Font]) -> str:
    """Return those of `characters`, spaces aside, for which none of `fonts` has a glyph, in their order."""
    drawn = frozenset(" ").union(*(font.covers for font in fonts))
    return "".join(character for character in characters if character not in drawn)


class FontPicker:
    """Picks fonts by family first, so that a family of twenty weights does not crowd out the others."""

    def __init__(self, fonts: list[Font]) -> None:
        self._families: dict[bool, list[list[Font]]] = {True: [], False: []}
        by_family: dict[str, list[Font]] = {}
        for font in fonts:
            by_family.setdefault(font.family, []).append(font)
        for members in by_family.values():
            self._families[members[0].is_chinese].append(members)
        self._typed = [m for m in self._families[False] if TYPED.match(m[0].family)]
        self._everyday = [m for m in self._families[False] if EVERYDAY.match(m[0].family)]
        # Chinese families are few, and their weights differ more: every face counts on its own.
        self._families[True] = [[font] for members in self._families[True] for font in members]

    def pick(self, text: str, rng: random.Random, tries: int = 12) -> Font | None:
        """Return a random font that draws all of `text`, or None when none of `tries` does."""
        chinese = any(ord(character) > 0x2E80 for character in text)
        for _ in range(tries):
            # One Latin line in six is set in a Chinese font: that is how Chinese print shows numbers.
            wanted = chinese or rng.random() < 1 / 6
            families = self._families[wanted] or self._families[not wanted]
            if not wanted and self._everyday and rng.random() < EVERYDAY_SHARE:
                families = self._everyday
            font = rng.choice(rng.choice(families))
            if font.draws(text):
                return font
        return None

    def pick_typed(self, text: str, rng: random.Random) -> Font | None:
        """Return a random font of one width for all characters, or None where there is none that draws `text`."""
        font = rng.choice(rng.choice(self._typed)) if self._typed else None
        return font if font and font.draws(text) else None
