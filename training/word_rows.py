"""Words in rows, for the language model: what no sentence of the texts says can still be spelt."""

import random
from collections.abc import Sequence
from itertools import accumulate

from training.corpora import frequent_words
from training.texts import FREQUENCY_POWER, Corpus

COMMON = (("zh", 300_000, ""), ("en", 300_000, " "), ("ms", 28_000, " "))
"""Languages with the number of their commonest words, and what stands between two of them."""

DRAWN_WORDS = 300_000
"""Words of each list drawn by their frequency, beside each of them once."""

WORDS_A_ROW = 12

SEED = 30_000
"""Of what is drawn for the language model; no training worker uses it."""


def word_rows(corpus: Corpus) -> list[str]:
    """Return rows of Chinese, English and Malay words."""
    rows = rows_of(corpus.chinese_words, corpus.chinese_weights, DRAWN_WORDS, "")
    for language, count, space in COMMON:
        shares = frequent_words(language, count)
        weights = list(accumulate(share**FREQUENCY_POWER for share in shares.values()))
        rows += rows_of(list(shares), weights, DRAWN_WORDS, space)
    return rows


def rows_of(words: Sequence[str], cumulative: Sequence[float], drawn: int, space: str) -> list[str]:
    """Return words in rows, every one at least once and the common ones more often; the same at each call.

    Args:
        words: of one language.
        cumulative: their weights in drawing, each with all before it.
        drawn: words beside each of them once.
        space: between words.
    """
    rng = random.Random(SEED)
    row = [*words, *(rng.choices(words, cum_weights=cumulative, k=drawn) if words else ())]
    rng.shuffle(row)
    return [space.join(row[start : start + WORDS_A_ROW]) for start in range(0, len(row), WORDS_A_ROW)]
