"""Texts -> the language model that `ocr_core.language_model` reads: an interpolated, pruned n-gram model.

    python -m training.language --assets assets --output models/language.npz

Witten-Bell interpolation (Witten and Bell 1991) on the signs of `ocr_core.language_model.folded`. An n-gram is kept
where leaving it out would change the probability of the texts (Seymore and Rosenfeld 1996), until the file has the
size that was asked for.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ocr_core.alphabet import Alphabet
from ocr_core.language_model import (
    BOUNDARY,
    CASE_MEMORY,
    HASH_FACTOR,
    KINDS,
    QUANTUM,
    folded,
    kind,
)
from training.alphabets import default_alphabet
from training.corpora import distinct, wider_corpora
from training.manifest import update_manifest
from training.texts import Corpus, TextSource
from training.word_rows import SEED, word_rows

ORDERS = 6
"""Signs of the longest n-gram."""

KEPT = 2_500_000
"""N-grams of the file, four bytes each."""

DRAWN_LINES = 1_500_000
"""Lines drawn from `training.texts` beside the sentences: receipts, forms, headings, rare characters."""

DRAWN_ENTRIES = 400_000
"""Lines of forms and receipts drawn beside those: of their kind no sentence says anything."""

WEIGHT, REWARD = 0.4, 1.4
"""Share of the model's logarithm in a reading's score, and what each character adds: see `ocr_core.beam`. Chosen on
damaged lines in held-out fonts with texts from other sources; between 0.3 and 0.5 little changes."""


@dataclass(slots=True)
class Grams:
    """The distinct n-grams of one order, sorted by hash; G of them."""

    hashes: NDArray[np.uint64]
    """(G,)"""

    counts: NDArray[np.int64]
    """(G,)"""

    context: NDArray[np.int64]
    """(G,) place of all signs but the last in the next lower order; of no meaning for single signs."""

    lower: NDArray[np.int64]
    """(G,) place of all signs but the first in the next lower order."""

    probability: NDArray[np.float64]
    """(G,) of the last sign after the others, 0-1."""

    kept: NDArray[np.bool_]
    """(G,) whether it is written."""


def signs_of(alphabet: Alphabet) -> str:
    """Return the distinct signs of `alphabet`, the boundary first."""
    return BOUNDARY + "".join(dict.fromkeys(map(folded, alphabet.characters)))


def as_numbers(lines: Iterable[str], signs: str) -> NDArray[np.uint64]:
    """Return the numbers of all signs in a row, (L,) uint64, a boundary before, between and after the lines."""
    text = BOUNDARY + BOUNDARY.join(lines) + BOUNDARY
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    number_of = {sign: number for number, sign in enumerate(signs)}
    table = np.zeros(0x110000, np.uint64)
    for point in np.unique(points):
        table[point] = number_of.get(folded(chr(point)), 0)  # what is not in the alphabet ends a line
    return table[points]


def count(numbers: NDArray[np.uint64], orders: int) -> list[Grams]:
    """Return the n-grams of orders 1 to `orders` in `numbers`; a boundary may only be their first or last sign."""
    found: list[Grams] = []
    rolling = np.zeros(len(numbers), np.uint64)
    usable = np.ones(len(numbers), bool)
    usable[0] = False  # nothing is read before the first boundary
    boundary = numbers == 0
    for order in range(1, orders + 1):
        before = np.concatenate((np.zeros(1, np.uint64), rolling[:-1]))
        rolling_next = (before + numbers + np.uint64(1)) * np.uint64(HASH_FACTOR)
        if order > 1:
            # all but the first and last sign must lie inside a line
            inner = np.zeros(len(numbers), bool)
            for back in range(1, order - 1):
                inner[back:] |= boundary[:-back]
            usable &= ~inner
            usable[: order - 1] = False
        hashes, first, counts = np.unique(rolling_next[usable], return_index=True, return_counts=True)
        places = np.flatnonzero(usable)[first]
        if order == 1:
            context = lower = np.zeros(len(hashes), np.int64)
        else:
            # the longest row without its first sign is the same row of the lower order: both end at one place
            context = np.searchsorted(found[-1].hashes, before[places])
            lower = np.searchsorted(found[-1].hashes, rolling[places])
        found.append(Grams(hashes, counts, context, lower, np.zeros(len(hashes)), np.ones(len(hashes), bool)))
        rolling = rolling_next
    return found


def estimate(orders: list[Grams], signs: int) -> None:
    """Set the probabilities, each order's from the next lower one's."""
    lowest = orders[0]
    lowest.probability = (lowest.counts + 0.5) / (lowest.counts.sum() + 0.5 * signs)
    for below, grams in pairwise(orders):
        total, distinct = followers(below, grams)
        rest = distinct[grams.context]
        grams.probability = (grams.counts + rest * below.probability[grams.lower]) / (total[grams.context] + rest)


def followers(below: Grams, grams: Grams) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (signs, distinct signs) seen after each n-gram of `below`, (G,) each."""
    size = len(below.hashes)
    return (
        np.bincount(grams.context, grams.counts, size),
        np.bincount(grams.context, minlength=size).astype(np.float64),
    )


def prune(orders: list[Grams], kept: int) -> None:
    """Keep about `kept` n-grams beside the single signs: those whose loss would cost most, and their contexts."""
    gains = []
    for below, grams in pairwise(orders):
        total, distinct = followers(below, grams)
        left = distinct[grams.context] / (total[grams.context] + distinct[grams.context])
        without = left * below.probability[grams.lower]
        gains.append(grams.counts * np.log(grams.probability / without))
    everything = np.concatenate(gains)
    least = np.partition(everything, -kept)[-kept] if kept < len(everything) else -np.inf
    for grams, gain in zip(orders[1:], gains, strict=True):
        grams.kept = gain >= least
    for below, grams in reversed(list(pairwise(orders))):
        below.kept[grams.context[grams.kept]] = True
    orders[0].kept[:] = True


def backoff(below: Grams, grams: Grams) -> NDArray[np.float64]:
    """Return what is left to signs that are not kept after each n-gram of `below`, (G,), 0-1."""
    context, size = grams.context[grams.kept], len(below.hashes)
    used = np.bincount(context, grams.probability[grams.kept], size)
    used_below = np.bincount(context, below.probability[grams.lower[grams.kept]], size)
    left: NDArray[np.float64] = (1 - used) / np.maximum(1e-9, 1 - used_below)
    return np.clip(left, 1e-6, 1.0)


def as_byte(logarithms: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return negative natural logarithms in steps of `QUANTUM`."""
    return np.clip(np.rint(-logarithms / QUANTUM), 0, 255).astype(np.uint8)


def case_model(lines: Iterable[str]) -> NDArray[np.float32]:
    """Return the logarithms of (small letter, capital) after each three kinds of character, (216, 2) float32."""
    counts = np.ones((KINDS**CASE_MEMORY, 2))
    for line in lines:
        memory = 0  # three boundaries
        for character in line:
            if character.upper() != character.lower():
                counts[memory, int(character.isupper())] += 1
            memory = (memory * KINDS + kind(character)) % KINDS**CASE_MEMORY
    return np.log(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)


def language_model(
    lines: list[str], drawn: list[str], alphabet: Alphabet, kept: int
) -> dict[str, NDArray[np.generic]]:
    """Return the content of a model file.

    Args:
        lines: sentences and words.
        drawn: lines as they are printed, from which the case of letters is learnt, too.
        alphabet: of the recogniser.
        kept: n-grams of two signs and more, about.
    """
    signs = signs_of(alphabet)
    orders = count(as_numbers(lines + drawn, signs), ORDERS)
    estimate(orders, len(signs))
    prune(orders, kept)
    content: dict[str, NDArray[np.generic]] = {
        "signs": np.array(signs), "orders": np.array(ORDERS), "case": case_model(drawn),
        "weight": np.array(WEIGHT), "reward": np.array(REWARD),
    }  # fmt: skip
    for order, grams in enumerate(orders):
        left = backoff(grams, orders[order + 1]) if order + 1 < ORDERS else np.ones(len(grams.hashes))
        # sorted by the stored half of the hash as by the whole
        keys = (grams.hashes[grams.kept] >> np.uint64(32)).astype(np.uint32)
        content[f"steps{order}"] = np.diff(keys, prepend=np.uint32(0))  # half as large as the keys once compressed
        content[f"logs{order}"] = as_byte(np.log(grams.probability[grams.kept]))
        content[f"backoffs{order}"] = as_byte(np.log(left[grams.kept]))
    return content


def main() -> None:
    """Write the language model of an asset folder."""
    parser = argparse.ArgumentParser(prog="python -m training.language", description=__doc__.splitlines()[0])
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--output", type=Path, required=True, help=".npz file to write")
    parser.add_argument("--kept", type=int, default=KEPT, help=f"n-grams, four bytes each; default {KEPT:,}")
    parser.add_argument("--drawn", type=int, default=DRAWN_LINES, help="lines drawn as the recogniser's are")
    options = parser.parse_args()
    alphabet = default_alphabet()
    corpus = Corpus(options.assets, alphabet)
    source = TextSource(corpus, alphabet, SEED)
    drawn = [source.line() for _ in tqdm(range(options.drawn), desc="lines", unit=" lines")]
    drawn += [source.entry() for _ in tqdm(range(DRAWN_ENTRIES), desc="entries", unit=" lines")]
    more = distinct(tqdm(wider_corpora(), desc="sentences", unit=" lines"), alphabet)
    sentences = corpus.english + corpus.chinese + corpus.accents + more + word_rows(corpus)
    content = language_model(sentences, drawn, alphabet, options.kept)
    with options.output.open("wb") as file:
        np.savez_compressed(file, **content)
    update_manifest(options.output, "language model of the beam search")
    kept = sum(len(content[f"steps{order}"]) for order in range(ORDERS))
    print(f"wrote {options.output}: {kept:,} n-grams, {options.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
