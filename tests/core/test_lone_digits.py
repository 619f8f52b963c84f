"""Letters that are digits, by the company they keep."""

import numpy as np
import pytest
from stand_ins import quad

from ocr_core.lone_digits import DIGITS, with_digits
from ocr_core.types import Character, Reading


def column(*texts: str, confidence: float = 0.9, pitch: float = 25, drift: float = 0.0) -> list[str]:
    """Return what is made of `texts`, each 20 high, one below the other."""
    quads = [quad(300 + drift * row, pitch * row, 312 + drift * row, pitch * row + 20) for row in range(len(texts))]
    readings = [
        Reading(text, confidence, tuple(Character(sign, confidence, 0.5) for sign in text)) for text in texts
    ]
    result = with_digits(quads, readings)
    for reading in result:
        assert "".join(character.text for character in reading.characters) == reading.text
        assert reading.confidence == confidence
    return [reading.text for reading in result]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param("1 2 S 4", "1 2 5 4", id="among digits"),
        pytest.param("S S 4 1", "5 5 4 1", id="two of them"),
        pytest.param("O 0 0", "0 0 0", id="a zero"),
        pytest.param("S 4", "S 4", id="a single digit is no column"),
        pytest.param("S S S S", "S S S S", id="no digit at all"),
        pytest.param("1 2 S G", "1 2 S G", id="a letter among them"),
        pytest.param("1 2 。 S", "1 2 。 5", id="a speck among them"),
        pytest.param("36 38 S 40", "36 38 S 40", id="sizes"),
        pytest.param("1 2 SO", "1 2 SO", id="two letters"),
        pytest.param("1 2 X", "1 2 X", id="like no digit"),
        pytest.param("120 250 S", "120 250 S", id="longer figures"),
        *(pytest.param(f"3 {sign} 4", f"3 {digit} 4", id=sign) for sign, digit in DIGITS.items()),
    ],
)
def test_a_letter_is_a_digit_among_digits_alone(texts, expected):
    assert column(*texts.split()) == expected.split()


def test_a_letter_that_is_certain_stays():
    assert column("1", "2", "S", confidence=0.995) == ["1", "2", "S"]


def test_a_letter_away_from_the_column_stays():
    assert column("1", "2", "S", pitch=200) == ["1", "2", "S"]
    assert column("1", "2", "S", drift=15) == ["1", "2", "S"]
    assert column("1", "2", "S", pitch=70) == ["1", "2", "5"]
    skewed = column("1", "2", "S", "4", drift=3)
    assert skewed == ["1", "2", "5", "4"]


def test_nothing_is_read():
    assert with_digits([], []) == []
    assert with_digits([np.zeros((4, 2), np.float32)], [Reading("", 0.0)]) == [Reading("", 0.0)]


def test_lines_of_another_height_are_no_company():
    low = [quad(300, 25 * row, 306, 25 * row + 10) for row in range(2)]
    readings = [Reading(text, 0.9) for text in "12S"]
    assert [reading.text for reading in with_digits([*low, quad(300, 50, 312, 70)], readings)] == ["1", "2", "S"]


def test_spaces_beside_the_letter_stay():
    signs = tuple(Character(sign, 0.9, 0.5) for sign in " S ")
    readings = [Reading("1", 0.9), Reading("2", 0.9), Reading(" S ", 0.9, signs)]
    (*_, last) = with_digits([quad(0, 25 * row, 12, 25 * row + 20) for row in range(3)], readings)
    assert last.text == "".join(character.text for character in last.characters) == " 5 "
