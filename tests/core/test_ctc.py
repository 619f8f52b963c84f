"""Greedy decoding and alignment on matrices made by hand."""

import numpy as np
import pytest

from ocr_core.alphabet import Alphabet
from ocr_core.ctc import align, decode_steps, likeliest, nearly_seen, without_echo

ALPHABET = Alphabet("ab")
CLASS = {"-": 0, "a": 1, "b": 2}


def steps(path: str) -> np.ndarray:
    """Return the classes of `path`, "-" the blank."""
    return np.array([CLASS[c] for c in path], np.int64)


def read(path: str, probabilities: list[float] | None = None, width: float | None = None):
    values = np.array(probabilities if probabilities else [1.0] * len(path), np.float32)
    return decode_steps(steps(path), values, ALPHABET, width)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", ""),
        ("-", ""),
        ("----", ""),
        ("a", "a"),
        ("aaaa", "a"),
        ("a-aab", "aab"),
        ("aab", "ab"),
        ("aba", "aba"),
        ("-a-", "a"),
        ("a-a-a", "aaa"),
        ("--bb--ab", "bab"),
    ],
)
def test_runs_collapse_and_blanks_separate(path, text):
    reading = read(path)
    assert reading.text == text
    assert "".join(c.text for c in reading.characters) == text
    assert reading.confidence == (1.0 if text else 0.0)


def test_confidence_is_the_strongest_step_and_the_line_their_geometric_mean():
    reading = read("aa-b", [0.25, 0.5, 0.9, 0.125])
    assert [c.confidence for c in reading.characters] == [0.5, 0.125]
    assert reading.confidence == pytest.approx(0.25)


def test_position_is_the_centre_of_the_run():
    assert [c.position for c in read("aa-b").characters] == [0.25, 0.875]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a-a--b", "ab"),
        ("a-a--", "a"),
        ("a-a", "a"),
        ("aa-a-b", "aab"),  # print, as all that follows
        ("a-a-b", "aab"),
        ("a-ab", "aab"),
        ("a-aa--b", "aab"),
        ("a--a-b", "aab"),
        ("-a-a-b", "aab"),
        ("a-b-ab", "abab"),
        ("---a", "a"),
        ("a-", "a"),
        ("", ""),
    ],
)
def test_a_character_at_the_first_step_and_again_at_the_third_is_an_echo(path, text):
    classes, probabilities = without_echo(steps(path)[:, np.newaxis], np.ones((len(path), 1), np.float32), ALPHABET)
    assert decode_steps(classes[:, 0], probabilities[:, 0], ALPHABET).text == text


@pytest.mark.parametrize(("first", "third", "taken"), [(0.6, 0.7, 2), (0.7, 0.6, 0)])
def test_between_an_echo_and_its_character_the_surer_one_is_seen(first, third, taken):
    classes = np.array([[1, 0], [0, 1], [1, 2]])
    probabilities = np.array([[first, 0.3], [0.9, 0.1], [third, 0.3]], np.float32)
    joined = without_echo(classes, probabilities, ALPHABET)
    order = [0, taken, 2]
    assert [part.tolist() for part in joined] == [part[order].tolist() for part in (classes, probabilities)]


@pytest.mark.parametrize("text", ["ll", "ii", "11", "ff", "!!", "//", "--"])
def test_narrow_characters_are_no_echo(text):
    alphabet = Alphabet(text[0])
    classes = np.array([[1], [0], [1], [0], [0]])
    assert without_echo(classes, np.ones((5, 1), np.float32), alphabet)[0].tolist() == classes.tolist()


def test_position_is_a_share_of_the_given_width():
    # the third step is half covered by the line
    assert [c.position for c in read("a-b", width=2.5).characters] == pytest.approx([0.2, 1.0])


def test_probability_of_zero_does_not_break_the_mean():
    assert 0.0 <= read("a", [0.0]).confidence < 1e-6


MATRIX = np.array([[0.1, 0.7, 0.2], [0.8, 0.1, 0.1], [0.2, 0.15, 0.65], [0.1, 0.0, 0.9]], np.float32)


def test_likeliest_classes_come_best_first():
    classes, probabilities = likeliest(MATRIX, 2)
    assert classes[:, 0].tolist() == [1, 0, 2, 2]
    assert probabilities[:, 0].tolist() == pytest.approx([0.7, 0.8, 0.65, 0.9])
    assert (np.diff(probabilities, axis=1) <= 0).all()


def test_more_classes_than_there_are_become_all():
    assert likeliest(MATRIX, 8)[0].shape == (4, 3)


def test_no_steps_have_no_classes():
    classes, probabilities = likeliest(np.zeros((0, 3), np.float32), 2)
    assert decode_steps(classes[:, 0], probabilities[:, 0], ALPHABET).text == ""


def test_alignment_of_the_greedy_text_is_the_greedy_reading():
    classes, probabilities = likeliest(MATRIX, 3)
    reading = align("ab", classes, probabilities, ALPHABET)
    greedy = decode_steps(classes[:, 0], probabilities[:, 0], ALPHABET)
    assert reading.text == greedy.text
    assert [c.position for c in reading.characters] == [c.position for c in greedy.characters]
    assert [c.confidence for c in reading.characters] == pytest.approx([c.confidence for c in greedy.characters])


def test_alignment_gives_a_second_choice_its_own_probability():
    classes, probabilities = likeliest(MATRIX, 3)
    reading = align("bb", classes, probabilities, ALPHABET)
    assert [c.confidence for c in reading.characters] == pytest.approx([0.2, 0.9])
    assert [c.position for c in reading.characters] == [0.125, 0.75]


def test_equal_neighbours_keep_a_blank_between_them():
    classes, probabilities = likeliest(np.tile(np.array([[0.1, 0.8, 0.1]], np.float32), (3, 1)), 3)
    assert [c.position for c in align("aa", classes, probabilities, ALPHABET).characters] == [1 / 6, 5 / 6]


def test_text_that_the_steps_hardly_show_is_aligned_without_confidence():
    classes, probabilities = likeliest(np.array([[0.9, 0.1, 0.0]] * 2, np.float32), 1)
    reading = align("ba", classes, probabilities, ALPHABET)
    assert reading.text == "ba"
    assert reading.confidence < 0.01


def naive(path: str) -> str:
    """Return what the definition says: drop repeats, then blanks."""
    return "".join(c for i, c in enumerate(path) if c != "-" and (i == 0 or path[i - 1] != c))


def test_vectorised_decoding_equals_the_definition():
    rng = np.random.default_rng(0)
    for _ in range(300):
        path = "".join(rng.choice(list("-ab"), rng.integers(0, 12)))
        assert read(path).text == naive(path)


def doubted(path: str, rivals: dict[int, tuple[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes and probabilities, both (T, 2), of `path` with a rival at some steps."""
    second = np.array([CLASS[rivals[step][0]] if step in rivals else (c == "-") for step, c in enumerate(path)])
    chances = np.array([rivals[step][1] if step in rivals else 0.0 for step in range(len(path))], np.float32)
    return np.column_stack([steps(path), second]), np.column_stack([1 - chances, chances])


@pytest.mark.parametrize(
    ("path", "rivals", "expected"),
    [
        ("--a--", {}, 0.0),
        ("-----b", {0: ("a", 0.4)}, 0.4),
        ("-----b", {0: ("a", 0.2), 2: ("a", 0.4)}, 0.4),
        ("-a----", {0: ("a", 0.4)}, 0.0),  # the shoulder of what is seen
        ("-a----", {3: ("a", 0.4)}, 0.0),
        ("-a----", {4: ("a", 0.4)}, 0.4),  # far enough to be another one
        ("----a-", {3: ("a", 0.4)}, 0.0),
        ("----a-", {2: ("a", 0.4)}, 0.0),
        ("----a-", {1: ("a", 0.4)}, 0.4),
        ("-a----", {3: ("a", 0.4), 5: ("b", 0.1)}, 0.1),
        ("-a----", {1: ("b", 0.4)}, 0.0),  # a rival of what is seen lowers its confidence already
        ("-----b", {0: ("a", 0.01)}, 0.0),
        ("-----b", {0: ("a", 0.03)}, 0.03),
    ],
)
def test_what_is_nearly_seen_is_told(path, rivals, expected):
    assert nearly_seen(*doubted(path, rivals), ALPHABET) == pytest.approx(expected)


def test_marks_and_spaces_that_are_nearly_seen_do_not_count():
    classes, probabilities = doubted("-----", {1: ("a", 0.4), 3: ("b", 0.3)})
    assert nearly_seen(classes, probabilities, Alphabet(".b")) == pytest.approx(0.3)
    assert nearly_seen(classes, probabilities, Alphabet(". ")) == 0.0
    assert nearly_seen(classes, probabilities, Alphabet("7 ")) == pytest.approx(0.4)


def test_of_the_likeliest_class_alone_nothing_is_told():
    assert nearly_seen(steps("--a--")[:, np.newaxis], np.ones((5, 1), np.float32), ALPHABET) == 0.0
