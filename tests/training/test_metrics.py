"""Error rates on texts whose distance is known."""

import pytest

from training.metrics import alignment, bag_f1, confusions, edit_distance, loose, score, strict


@pytest.mark.parametrize(
    ("truth", "guess", "edits"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("中文字", "中文", 1),
        ("ab", "ba", 2),
    ],
)
def test_edit_distance(truth, guess, edits):
    assert edit_distance(truth, guess) == edits
    assert edit_distance(guess, truth) == edits


def test_alignment_pairs_what_was_read_with_what_was_wanted():
    assert alignment("abc", "axc") == [("a", "a"), ("b", "x"), ("c", "c")]
    assert alignment("ac", "abc") == [("a", "a"), ("", "b"), ("c", "c")]
    assert alignment("abc", "ac") == [("a", "a"), ("b", ""), ("c", "c")]
    assert alignment("", "") == []


@pytest.mark.parametrize(("truth", "guess"), [("kitten", "sitting"), ("", "ab"), ("total 19.90", "totai l990")])
def test_alignment_is_complete_and_shortest(truth, guess):
    pairs = alignment(truth, guess)
    assert "".join(a for a, _ in pairs) == truth
    assert "".join(b for _, b in pairs) == guess
    assert sum(a != b for a, b in pairs) == edit_distance(truth, guess)


def test_loose_and_strict_texts():
    assert loose("Ｔotal  19，90 ") == "total19,90"
    assert strict(" Ｔotal \t 19.90 ") == "Total 19.90"


def test_score_counts_characters_of_the_truth():
    result = score([("ABC d", "abcd"), ("xyz", "xy"), ("", "q")])
    assert (result.lines, result.characters, result.edits, result.right) == (3, 7, 2, 1)
    assert result.cer == pytest.approx(2 / 7)
    assert result.accuracy == pytest.approx(1 / 3)


def test_strict_score_sees_case_and_spaces():
    result = score([("ABC d", "abcd")], strict)
    assert (result.characters, result.edits, result.right) == (5, 4, 0)


def test_score_of_nothing_is_zero():
    result = score([])
    assert (result.cer, result.accuracy) == (0.0, 0.0)


def test_confusions_are_counted_by_kind():
    found = confusions([("O0l", "00l"), ("OK", "0K"), ("a.", "a")])
    assert found == {("o", "0"): 2, (".", ""): 1}


def test_bag_f1_ignores_the_order():
    assert bag_f1([("abc", "c b a")]) == 1.0
    assert bag_f1([("abcd", "ab")]) == pytest.approx(2 * 2 / 6)
    assert bag_f1([("ab", "xy")]) == 0.0
