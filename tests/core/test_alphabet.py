"""Characters <-> classes, and the form kept in model files."""

import pytest

from ocr_core.alphabet import Alphabet
from ocr_core.errors import ModelFileError


def test_classes_start_after_the_blank():
    alphabet = Alphabet(" 中a")
    assert alphabet.encode("a中 a") == [3, 2, 1, 3]
    assert alphabet.signs == ("", " ", "中", "a")
    assert len(alphabet) == 4
    assert "中" in alphabet
    assert "文" not in alphabet


def test_an_unknown_character_is_an_error():
    with pytest.raises(KeyError):
        Alphabet("ab").encode("c")


def test_character_twice_is_refused():
    with pytest.raises(ModelFileError, match="twice"):
        Alphabet("aba")


@pytest.mark.parametrize("characters", [" ab", "ab ", "中", "a\u3000b"])
def test_metadata_round_trip(characters):
    alphabet = Alphabet(characters)
    assert Alphabet.from_metadata(alphabet.to_metadata(), len(alphabet)).characters == tuple(characters)


def test_ppocr_metadata_ends_with_a_line_break_and_leaves_out_the_space():
    assert Alphabet.from_metadata("a\nb\n", 4).characters == ("a", "b", " ")
    assert Alphabet.from_metadata("a\nb", 4).characters == ("a", "b", " ")


@pytest.mark.parametrize("classes", [2, 5, 100])
def test_counts_that_do_not_agree_are_refused(classes):
    with pytest.raises(ModelFileError, match=f"2 characters, but the network has {classes} classes"):
        Alphabet.from_metadata("a\nb", classes)
