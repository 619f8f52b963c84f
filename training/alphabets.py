"""The alphabet that our recogniser is trained on: Chinese and English print, 8,586 classes with the blank."""

from functools import cache
from pathlib import Path

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
def traditional_forms() -> dict[str, str]:
    """Return the traditional forms of common simplified characters, most of them a single one.

    The forms are in the common part of Big5: those of the 2,500 commonest characters by kTraditionalVariant
    (Unicode 15, Unihan), and 620 more by it, the other variants of Unihan and the tables of OpenCC, first those
    that Debian's Taiwanese translations use. A character that traditional texts print, too, is among its forms.
    """
    rows = (Path(__file__).parent / "vocabulary" / "traditional.txt").read_text("utf8").splitlines()
    return dict(row.split("\t") for row in rows)


@cache
def default_alphabet() -> Alphabet:
    """Return space, ASCII, GB 2312, Latin-1 letters, marks of print, and common traditional characters."""
    simplified = " " + ASCII + CHINESE_PRINT + gb2312_characters() + LATIN_1_LETTERS + WESTERN_PRINT
    traditional = dict.fromkeys("".join(traditional_forms().values()))
    return Alphabet(simplified + "".join(c for c in traditional if c not in simplified))


def read_alphabet(path: Path) -> Alphabet:
    """Return the alphabet of a text file: its characters in their order, once each, and the space.

    Ends the program with a sentence where the file cannot be read or holds nothing but spaces.
    """
    try:
        characters = dict.fromkeys(" " + "".join(path.read_text("utf-8-sig").split()))
    except OSError as error:
        raise SystemExit(f"The alphabet {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SystemExit(f"The alphabet {path} is not in UTF-8; save it so.") from error
    if len(characters) == 1:
        raise SystemExit(f"The alphabet {path} holds no character; write those that are to be read into it.")
    return Alphabet(characters)


def cleaned(text: str, alphabet: Alphabet) -> str:
    """Return `text` with look-alikes folded, characters outside `alphabet` dropped and spaces single.

    A character that the alphabet has stays as it is: one's own may tell ¥ from ￥, or have but one of them.
    """
    folded = (c if c in alphabet else c.translate(LOOK_ALIKES) for c in text)
    return " ".join("".join(c for c in folded if c in alphabet).split())
