"""What was read where a line was found, and is no line: textures, rules, stains, pictures."""

from ocr_core.crop import LineCrop
from ocr_core.types import Reading

LEAST_CONFIDENCE = 0.3
"""Confidence below which a line that was found on a page is taken for texture or a picture and left out. On 60
drawn pages of `benchmarks.drawn_pages` this leaves out 32 % of the wrong letters and 0.2 % of the right ones; 0.4
would leave out 42 % and 0.4 %, but real print is read less surely than drawn print, and lost text is the worse."""

LEAST_MARKS_CONFIDENCE = 0.7
"""The same for a line of marks without a letter or digit: a rule, a box or a stain. On those pages 557 such lines
held 15 right characters; this leaves out nine in ten of them."""

STAINS = frozenset(",.，。、;；'`‘’·")
"""Marks that are no line by themselves, however sure: a speck or a leaf of an ornament is read as one."""

BORDER = 20
"""Times that one letter or digit stands in a line of nothing else from which it is a border of leaves or scales."""


def is_believed(crop: LineCrop, reading: Reading, is_page: bool) -> bool:
    """Return whether `crop` says what was read.

    Args:
        crop: what was looked at.
        reading: of `crop`.
        is_page: whether lines were looked for; if not, all but a bare picture is believed.
    """
    text = reading.text.strip()
    if not is_page:
        return bool(text) and crop.pixels.min() < crop.pixels.max()
    if len(text) >= BORDER and text.isalnum() and len(set(text)) == 1:
        return False
    least = LEAST_CONFIDENCE if any(map(str.isalnum, text)) else LEAST_MARKS_CONFIDENCE
    return bool(text) and text not in STAINS and reading.confidence >= least
