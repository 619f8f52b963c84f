"""Wide marks in lines of Latin print."""

import pytest

from ocr_core.latin_marks import with_latin_marks
from ocr_core.types import Character, Reading


def reading(text: str) -> Reading:
    characters = [Character(sign, 0.5 + 0.01 * k, (k + 0.5) / len(text)) for k, sign in enumerate(text)]
    return Reading(text, 0.7, tuple(characters))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GST ID：0008", "GST ID: 0008"),
        ("Whatsapps：+6012", "Whatsapps: +6012"),
        ("CHERAS，55100", "CHERAS, 55100"),
        ("Item ： 1", "Item : 1"),
        ("Total：", "Total:"),
        ("Really！？", "Really!?"),
        ("Tax（RM）and more", "Tax (RM) and more"),
        ("（Tax）", "(Tax)"),
        ("□ Trial", "☐ Trial"),
        ("□Urgent □For Review", "☐ Urgent ☐ For Review"),
        ("Sum（（Tax））：1", "Sum ((Tax)): 1"),
    ],
)
def test_latin_print_has_narrow_marks(text, expected):
    assert with_latin_marks(reading(text)).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "编号：ABC123",
        "Latin：の",
        "（1）",
        "A：B",
        "10：30",
        "TAX: 1, 2; (3)!",
        "Tax、Fee。",
        "「Quoted」，",
        "□ 男 □ 女",
        "□",
    ],
)
def test_all_else_stays_as_it_is_read(text):
    given = reading(text)
    assert with_latin_marks(given) is given


def test_each_character_keeps_its_place_and_its_confidence():
    given = reading("Tel：6")
    made = with_latin_marks(given)
    assert made.text == "".join(character.text for character in made.characters) == "Tel: 6"
    assert made.confidence == given.confidence
    mark, space = made.characters[3:5]
    assert (mark.confidence, mark.position) == (space.confidence, space.position)
    assert (mark.confidence, mark.position) == (given.characters[3].confidence, given.characters[3].position)
    assert [*made.characters[:3], made.characters[5]] == [*given.characters[:3], given.characters[4]]
