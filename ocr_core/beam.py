"""Class probabilities -> the likeliest text, with a language model's help: CTC prefix beam search.

Hannun et al. 2014 (arXiv 1408.2873): a prefix is kept with the probability of all its alignments, told apart by
whether they end in a blank. The score of a prefix is

    log P(prefix | line)  +  weight x log P(prefix | language)  +  reward x its length

Most steps of a clear line leave one class only; they cost next to nothing. Prefixes that end alike, as far back as
the language looks, have one future: only the best of them is kept, which leaves room for others.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import Alphabet
from ocr_core.language_model import BOUNDARY, LanguageModel

WIDTH = 8
"""Prefixes that are kept after each step."""

MARGIN = 5.0
"""Natural logarithm; a prefix that lies further behind the best one is dropped."""

LEAST = 6.0
"""Natural logarithm; a class that lies further behind its step's best one is not tried."""

CLEAR = 0.99
"""Probability from which a step has no second candidate."""

FAINT = 30.0
"""Natural logarithm; what lies further behind is lost in the rounding of a sum."""

NEVER = -math.inf

Prefix = tuple[float, float, float]
"""Log-probabilities of the alignments that end in a blank and in the last character, and the language's score."""

Step = list[tuple[str, float]]
"""The candidates of one time step, the best first: characters, "" for the blank, with their log-probabilities."""


def beam_search(
    classes: NDArray[np.int64], probabilities: NDArray[np.float32], alphabet: Alphabet, language: LanguageModel
) -> str:
    """Return the best text of a line.

    Args:
        classes: (T, K) int64, the K likeliest classes of each step, the best first; without padding.
        probabilities: (T, K) float32, 0-1, of those classes.
        alphabet: the meaning of the classes.
        language: of the text.
    """
    beam: dict[str, Prefix] = {"": (0.0, NEVER, 0.0)}
    for step in candidates(classes, probabilities, alphabet):
        beam = _without_choice(beam, step) or _best(_advanced(beam, step, language), language.memory)
    return max(beam, key=lambda text: _total(beam[text]) + language.gain(text, BOUNDARY))


def candidates(classes: NDArray[np.int64], probabilities: NDArray[np.float32], alphabet: Alphabet) -> list[Step]:
    """Return what is tried at each step, of `classes` and `probabilities`, (T, K) each; see `beam_search`.

    Of equal steps in a row with a single candidate only the first is returned: the others change nothing.
    """
    logs = np.log(np.maximum(probabilities, 1e-30))
    tried = logs > logs[:, :1] - LEAST
    tried[probabilities[:, 0] >= CLEAR, 1:] = False
    counts = tried.sum(axis=1)  # the candidates come first in each row
    repeated = np.zeros(len(counts), bool)
    repeated[1:] = (counts[1:] == 1) & (counts[:-1] == 1) & (classes[1:, 0] == classes[:-1, 0])
    rows = zip(counts[~repeated].tolist(), classes[~repeated].tolist(), logs[~repeated].tolist(), strict=True)
    signs = alphabet.signs
    return [[(signs[row[k]], log[k]) for k in range(count)] for count, row, log in rows]


def _without_choice(beam: dict[str, Prefix], step: Step) -> dict[str, Prefix] | None:
    """Return what `step` makes of `beam` where there is one prefix and one candidate, None where there are more.

    How likely the only prefix is compares with nothing: neither the language is asked nor sums are kept.
    """
    if len(beam) > 1 or len(step) > 1:
        return None
    (text,), ((character, _),) = beam, step
    if not character:
        return {text: (0.0, NEVER, 0.0)}
    return None if text.endswith(character) else {text + character: (NEVER, 0.0, 0.0)}


def _advanced(beam: dict[str, Prefix], step: Step, language: LanguageModel) -> dict[str, Prefix]:
    """Return every prefix that `step` makes of those in `beam`, the best first, and that is not hopeless."""
    new: dict[str, Prefix] = {}
    least = NEVER
    for text, (blank, ended, score) in beam.items():
        either = log_add(blank, ended)
        for character, log in step:
            if not character:
                old = new.get(text)
                new[text] = (either + log, NEVER if old is None else old[1], score)
                least = max(least, either + log + score - MARGIN)
                continue
            source = either
            if text.endswith(character):
                # without a blank between them, two equal characters are one
                old = new.get(text)
                new[text] = (
                    (NEVER, ended + log, score) if old is None else (old[0], log_add(old[1], ended + log), score)
                )
                source = blank
            longer = text + character
            old = new.get(longer)
            if old is not None:
                new[longer] = (old[0], log_add(old[1], source + log), old[2])
            elif source + log + score + language.reward >= least and source > NEVER:
                # the language only takes away: what is too far behind already need not be looked up
                grown = score + language.gain(text, character) + language.reward
                new[longer] = (NEVER, source + log, grown)
                least = max(least, source + log + grown - MARGIN)
    return new


def _best(beam: dict[str, Prefix], memory: int) -> dict[str, Prefix]:
    """Return the prefixes that are kept; of those that the language cannot tell apart any more, the best one.

    Args:
        beam: the prefixes so far.
        memory: characters that the language looks back on.
    """
    if len(beam) == 1:
        return beam
    ranked = sorted(((_total(prefix), text) for text, prefix in beam.items()), reverse=True)
    least = ranked[0][0] - MARGIN
    kept: dict[str, str] = {}
    for total, text in ranked:
        if total < least or len(kept) == WIDTH:
            break
        kept.setdefault(text[-memory:], text)
    return {text: beam[text] for text in kept.values()}


def _total(prefix: Prefix) -> float:
    return log_add(prefix[0], prefix[1]) + prefix[2]


def log_add(a: float, b: float) -> float:
    """Return log(exp(a) + exp(b))."""
    if a < b:
        a, b = b, a
    return a + math.log1p(math.exp(b - a)) if b > a - FAINT else a
