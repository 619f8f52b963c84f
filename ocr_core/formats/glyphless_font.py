"""A font that shows nothing: each character is an empty box of half the height, and keeps its meaning.

A searchable PDF needs a font in which its hidden text is written. One with the shapes of Chinese has tens of
megabytes; that text is never shown, so its shapes do not matter. Tesseract's PDFs do the same.
"""

from functools import lru_cache
from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

EM = 1000
"""Font units in the height of a line."""

ADVANCE = 500
"""Font units from each character to the next."""

DESCENT = 200
"""Font units from the bottom of a character to its baseline."""


@lru_cache(maxsize=8)
def glyphless_font(characters: frozenset[str]) -> bytes:
    """Return a TrueType font that holds `characters`, each a box of `ADVANCE` x `EM`."""
    names = {ord(character): f"u{ord(character):X}" for character in sorted(characters)}
    glyphs = [".notdef", *names.values()]
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(glyphs, _box()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=EM - DESCENT, descent=-DESCENT)
    builder.setupNameTable({"familyName": "Glyphless", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=EM - DESCENT, sTypoDescender=-DESCENT)
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


def _box() -> Glyph:
    """Return the outline by which readers of PDF tell where a character stands."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, -DESCENT))
    for corner in ((0, EM - DESCENT), (ADVANCE, EM - DESCENT), (ADVANCE, -DESCENT)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
