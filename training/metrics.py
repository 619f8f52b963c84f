"""How far a reading is from the truth: edit distance, character error rate, exact lines."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Normalize = Callable[[str], str]


def loose(text: str) -> str:
    """Return `text` for a comparison of what is read: NFKC, lower case, no white space.

    Some truth is upper-cased or spaced freely; the figures quoted as CER are loose.
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).lower())


def strict(text: str) -> str:
    """Return `text` for a comparison of case and spaces too: NFKC, runs of white space as one space."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def edit_distance(truth: str, guess: str) -> int:
    """Return the least number of inserted, deleted and replaced characters from `truth` to `guess`."""
    row = list(range(len(guess) + 1))
    for i, wanted in enumerate(truth, start=1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(guess, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != found))
    return row[-1]


@dataclass(frozen=True, slots=True)
class Score:
    """Errors over a set of lines."""

    lines: int
    characters: int
    """Of the truth."""

    edits: int
    right: int
    """Lines without an error."""

    @property
    def cer(self) -> float:
        """Edits per character of the truth, 0 or more; 0.0 for an empty set."""
        return self.edits / max(1, self.characters)

    @property
    def accuracy(self) -> float:
        """Share of lines without an error, 0-1; 0.0 for an empty set."""
        return self.right / max(1, self.lines)


def score(pairs: Iterable[tuple[str, str]], normalize: Normalize = loose) -> Score:
    """Return the score of (truth, guess) pairs after `normalize`."""
    lines = characters = edits = right = 0
    for truth, guess in pairs:
        wanted, found = normalize(truth), normalize(guess)
        lines += 1
        characters += len(wanted)
        edits += edit_distance(wanted, found)
        right += wanted == found
    return Score(lines, characters, edits, right)


def alignment(truth: str, guess: str) -> list[tuple[str, str]]:
    """Return the pairs (wanted, found) along a shortest way from `truth` to `guess`.

    Where one of them lacks a character, its member is "". Equal characters are paired with themselves, so
    that the first members join to `truth` and the second to `guess`.
    """
    table = [list(range(len(guess) + 1))]
    for i, wanted in enumerate(truth, start=1):
        above, row = table[-1], [i]
        for j, found in enumerate(guess, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (wanted != found)))
        table.append(row)

    pairs = []
    i, j = len(truth), len(guess)
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (truth[i - 1] != guess[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], guess[j]))
        elif i and table[i][j] == table[i - 1][j] + 1:
            i -= 1
            pairs.append((truth[i], ""))
        else:
            j -= 1
            pairs.append(("", guess[j]))
    return pairs[::-1]


def confusions(pairs: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Return how often each character was read as another, over (truth, guess) pairs of loose texts."""
    found: Counter[tuple[str, str]] = Counter()
    for truth, guess in pairs:
        found.update((a, b) for a, b in alignment(loose(truth), loose(guess)) if a != b)
    return found


def bag_f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the F1 of the characters of (truth, guess) pairs, whatever their order, 0-1."""
    hits = wanted = found = 0
    for truth, guess in pairs:
        a, b = Counter(loose(truth)), Counter(loose(guess))
        hits += (a & b).total()
        wanted += a.total()
        found += b.total()
    return 2 * hits / max(1, wanted + found)
