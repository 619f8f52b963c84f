"""The alphabet that our recogniser is trained on: Chinese and English print, 7,042 classes with the blank."""

from functools import cache

from ocr_core.alphabet import Alphabet

ASCII = "".join(map(chr, range(33, 127)))
CHINESE_PRINT = (
    "，。、；：？！“”‘’（）《》【】…—·￥℃°×÷±→←↑↓①②③④⑤⑥⑦⑧⑨⑩〈〉「」『』〔〕～％＋－＝／©®™€£§†•■□●○★☆▲△√"
)
LATIN_1_LETTERS = "".join(chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7))
WESTERN_PRINT = "ŒœŠšŽž–‹›«»¡¿¢ªº²³¹¼½¾µ¶‡‰≤≥≠≈∞αβγδλμπσφωΔΣΩ◆◇▼▽✓※"

LOOK_ALIKES = str.maketrans(
    {"¥": "￥", "\u00a0": " ", "\u3000": " ", "\u2010": "-", "\u2011": "-", "\u2212": "-", "―": "—"}
)
"""Characters that print alike are taught as one, so that the network is not asked to tell them apart."""


@cache
def gb2312_characters() -> str:
    """Return the 6,763 Chinese characters of GB 2312 in code order."""
    cells = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return "".join(cell.decode("gb2312", "ignore") for cell in cells)


@cache
def default_alphabet() -> Alphabet:
    """Return space, ASCII, GB 2312, Latin-1 letters and the marks of Chinese and English print."""
    return Alphabet(" " + ASCII + CHINESE_PRINT + gb2312_characters() + LATIN_1_LETTERS + WESTERN_PRINT)


def cleaned(text: str, alphabet: Alphabet) -> str:
    """Return `text` with look-alikes folded, characters outside `alphabet` dropped and spaces single."""
    kept = "".join(c for c in text.translate(LOOK_ALIKES) if c in alphabet)
    return " ".join(kept.split())
