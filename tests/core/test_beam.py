"""Prefix beam search: against the sum over all alignments, and with a language model that knows one word."""

import itertools
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ocr_core import beam
from ocr_core.alphabet import Alphabet
from ocr_core.beam import beam_search, candidates, log_add
from ocr_core.ctc import decode_steps, likeliest
from ocr_core.language_model import RAREST, LanguageModel
from training.alphabets import default_alphabet
from training.language import language_model

ALPHABET = Alphabet("ab")
SILENT = SimpleNamespace(reward=0.0, memory=9, gain=lambda before, character: 0.0)


def collapse(path: tuple[int, ...]) -> str:
    """Return what CTC makes of a path of classes."""
    return "".join(ALPHABET.signs[k] for k, _ in itertools.groupby(path) if k)


def by_enumeration(matrix: np.ndarray) -> str:
    """Return the text whose alignments add up to most."""
    totals: dict[str, float] = {}
    for path in itertools.product(range(matrix.shape[1]), repeat=len(matrix)):
        probability = math.prod(float(matrix[step, k]) for step, k in enumerate(path))
        totals[collapse(path)] = totals.get(collapse(path), 0.0) + probability
    return max(totals, key=lambda text: totals[text])


@pytest.mark.parametrize("seed", range(40))
def test_without_a_language_it_finds_the_text_of_most_probability(seed, monkeypatch):
    # nothing is cut off, so that the search is exact
    monkeypatch.setattr(beam, "WIDTH", 1000)
    monkeypatch.setattr(beam, "MARGIN", math.inf)
    monkeypatch.setattr(beam, "LEAST", math.inf)
    monkeypatch.setattr(beam, "CLEAR", 2.0)
    matrix = np.random.default_rng(seed).dirichlet([0.6, 0.6, 0.6], size=6).astype(np.float32)
    assert beam_search(*likeliest(matrix, 3), ALPHABET, SILENT) == by_enumeration(matrix)


def test_best_path_and_best_text_can_differ():
    # the best path is two blanks (0.36), yet the three paths of "a" add up to 0.64
    matrix = np.array([[0.6, 0.4, 0.0], [0.6, 0.4, 0.0]], np.float32)
    classes, probabilities = likeliest(matrix, 3)
    assert decode_steps(classes[:, 0], probabilities[:, 0], ALPHABET).text == ""
    assert beam_search(classes, probabilities, ALPHABET, SILENT) == "a"


def test_the_language_decides_between_equals():
    fond_of_b = SimpleNamespace(reward=0.0, memory=9, gain=lambda before, character: -0.1 * (character == "a"))
    classes, probabilities = likeliest(np.array([[0.1, 0.45, 0.45]], np.float32), 3)
    assert beam_search(classes, probabilities, ALPHABET, fond_of_b) == "b"


def test_of_prefixes_that_end_alike_the_best_goes_on(monkeypatch):
    monkeypatch.setattr(beam, "WIDTH", 2)
    asked = []
    language = SimpleNamespace(reward=0.0, memory=1, gain=lambda before, character: asked.append(before) or 0.0)
    matrix = np.array(
        [[0.0, 0.6, 0.4], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.4, 0.6]], np.float32
    )
    assert beam_search(*likeliest(matrix, 3), ALPHABET, language) == "aab"
    assert "aa" in asked
    assert "ba" not in asked  # it ends as "aa" does, and is less likely


def test_clear_steps_have_one_candidate_and_their_repeats_none():
    matrix = np.array([[0.99, 0.005, 0.005]] * 3 + [[0.1, 0.6, 0.3]] + [[0.0, 0.0, 1.0]] * 2, np.float32)
    steps = candidates(*likeliest(matrix, 3), ALPHABET)
    assert [[sign for sign, _ in step] for step in steps] == [[""], ["a", "b", ""], ["b"]]


def test_log_add():
    assert log_add(math.log(0.25), math.log(0.5)) == pytest.approx(math.log(0.75))
    assert log_add(-math.inf, -math.inf) == -math.inf
    assert log_add(-1.0, -math.inf) == -1.0


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> LanguageModel:
    """Return a model that has read one sentence many times."""
    path = Path(tmp_path_factory.mktemp("language")) / "language.npz"
    lines = ["the total is 12.50", "the tall man", "合计金额"] * 40
    with path.open("wb") as file:
        np.savez_compressed(file, **language_model(lines, lines, default_alphabet(), kept=2000))
    return LanguageModel(path)


def test_what_was_read_is_likely(taught):
    assert taught.log_probability("the tot", "a") > math.log(0.8)
    assert taught.log_probability("the tot", "q") < math.log(0.05)
    assert taught.log_probability("合计金", "额") > math.log(0.8)


def test_probabilities_after_a_context_add_up_to_one(taught):
    signs = [chr(code) for code in range(32, 127)] + list("合计金额") + ["\n"]
    seen = sum(math.exp(taught.log_probability("the t", sign)) for sign in signs)
    assert 0.85 < seen < 1.1  # steps of a sixteenth, and the Chinese characters left out


def test_digits_are_alike_and_capitals_no_other_language(taught):
    assert taught.log_probability("is 1", "2") == taught.log_probability("is 1", "7")
    assert taught.log_probability("THE TOT", "A") > taught.log_probability("THE TOT", "Q") + 2


def test_characters_outside_the_model_are_unlikely_not_an_error(taught):
    assert taught.log_probability("the ", "ж") == RAREST
    assert taught.log_probability("ж\u0301" * 9, "t") < 0


def test_what_is_seen_well_stays_however_rare_it_is(taught):
    alphabet = Alphabet("aehlmnt ж")
    text = "the tall manж"
    matrix = np.full((2 * len(text), len(alphabet)), 1e-4, np.float32)
    matrix[range(0, len(matrix), 2), alphabet.encode(text)] = 0.99
    matrix[1::2, 0] = 0.99
    matrix[-2, [0, *alphabet.encode("ж")]] = 0.016, 0.984
    assert beam_search(*likeliest(matrix, 4), alphabet, taught) == text


def test_a_taught_word_mends_a_doubtful_letter(taught):
    alphabet = Alphabet("aehlot 0q")
    text, wrong = "the total", "the t0tal"
    matrix = np.full((2 * len(text), len(alphabet)), 1e-4, np.float32)
    for place, (right, seen) in enumerate(zip(text, wrong, strict=True)):
        matrix[2 * place, alphabet.encode(right)] = 0.4
        matrix[2 * place, alphabet.encode(seen)] = 0.6 if seen != right else 0.99
        matrix[2 * place + 1, 0] = 0.99
    classes, probabilities = likeliest(matrix, 4)
    assert decode_steps(classes[:, 0], probabilities[:, 0], alphabet).text == wrong
    assert beam_search(classes, probabilities, alphabet, taught) == text
