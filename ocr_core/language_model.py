"""How likely a character is after those before it: a backed-off n-gram model in a few compact arrays.

Digits count as one sign and letters are looked up without their case, which a second, small model adds: print in
capitals is then no other language. `training.language` makes the file.
"""

import hashlib
import io
import math
from array import array
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ocr_core.errors import ModelFileError

BOUNDARY = "\n"
"""Stands before the first and after the last character of a line."""

DIGIT = "0"
"""Stands for all digits, none of which is likelier than another."""

LOG_DIGIT = math.log(0.05)
"""What a digit gets of their sign, half of a tenth: the model would else see one in codes where a letter stands."""

CASE_MEMORY = 3
"""Characters before a letter that tell whether it is a capital."""

KINDS = 6
"""Boundary, capital, small letter, digit, space, and everything else."""

QUANTUM = 1 / 16
"""Step of the stored logarithms, natural; they are kept in a byte each."""

RAREST = -10.0
"""Natural logarithm, less than which no character gets: how unlikely a name or a code is tells nothing of what
stands there, and more would only take away what is seen well."""

UNKNOWN = -1
"""Stands for the number of what is no sign of the model."""

HASH_FACTOR = 0x9E3779B97F4A7C15
HASH_MASK = (1 << 64) - 1
LOOK_UPS_KEPT = 1 << 14
"""Contexts whose look-ups are remembered, and characters after them: some 15 MB once all are taken."""


class Context(NamedTuple):
    """The last characters of a line, as far as the model knows them."""

    length: int
    """Characters."""

    hashed: int
    """Of their signs."""

    backoff: float
    """Natural logarithm of the probability that is left for what was never seen after them."""


def folded(character: str) -> str:
    """Return the sign under which `character` is looked up."""
    if character.isdecimal():
        return DIGIT
    small = character.lower()
    return small if len(small) == 1 else character


def kind(character: str) -> int:
    """Return the kind of `character`, 0 to `KINDS` - 1, in the order that `KINDS` tells."""
    if character == BOUNDARY:
        return 0
    if character.isupper():
        return 1
    if character.islower():
        return 2
    if character.isdecimal():
        return 3
    return 4 if character == " " else 5


def extended(hashed: int, sign: int) -> int:
    """Return the hash of a row of signs with one more at its end (Horner's rule, modulo 2**64)."""
    return ((hashed + sign + 1) * HASH_FACTOR) & HASH_MASK


def key(hashed: int) -> int:
    """Return the 32 bits of a hash that are stored: the upper ones, which every sign has mixed."""
    return hashed >> 32


class Numbers(dict[str, int]):
    """The number of each character's sign, -1 where it has none; worked out once for each character."""

    def __init__(self, signs: str) -> None:
        super().__init__()
        self._of_sign = {sign: number for number, sign in enumerate(signs)}

    def __missing__(self, character: str) -> int:
        return self.setdefault(character, self._of_sign.get(folded(character), UNKNOWN))


class LanguageModel:
    """Log-probabilities of characters in their context. Safe to call from many threads."""

    def __init__(self, path: Path) -> None:
        """Load a file of `training.language`; raise `ModelFileError` where it is none."""
        try:
            data = path.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as content:
                signs = str(content["signs"])
                self._case: list[list[float]] = content["case"].tolist()
                self.weight, self.reward = float(content["weight"]), float(content["reward"])
                orders = int(content["orders"])
                tables = [[content[f"{name}{k}"] for name in ("steps", "logs", "backoffs")] for k in range(orders)]
        except (OSError, ValueError, KeyError) as error:
            raise ModelFileError(f"The language model {path} cannot be read.") from error
        self.digest = hashlib.sha256(data).hexdigest()
        self._number = Numbers(signs)
        # arrays of the standard library: `bisect` on them is several times as fast as on NumPy's
        self._keys = [array("I", np.cumsum(steps, dtype=np.uint32).tobytes()) for steps, _, _ in tables]
        self._logs = [logs.tobytes() for _, logs, _ in tables]
        self._backoffs = [backoffs.tobytes() for _, _, backoffs in tables]
        self.memory = len(tables) - 1
        self._contexts = lru_cache(LOOK_UPS_KEPT)(self._look_up)
        # a beam asks the same at several steps, and a page says the same in several lines
        self._remembered = lru_cache(LOOK_UPS_KEPT)(self._after)
        self._unknown = -math.log(len(signs)) * 2

    def gain(self, before: str, character: str) -> float:
        """Return what the language adds to the score of a line that goes on with `character`: 0 at most."""
        return self.weight * self.log_probability(before, character)

    def log_probability(self, before: str, character: str) -> float:
        """Return the natural logarithm of the probability of `character` after `before`.

        Args:
            before: the line so far, from its start.
            character: the next one; `BOUNDARY` for the end of the line.
        """
        return self._remembered((BOUNDARY + before[-self.memory :])[-self.memory :], character)

    def _after(self, context: str, character: str) -> float:
        """Return the same, worked out; `context` is as much of the line as matters."""
        score = self._sign(context, self._number[character])
        if character.isdecimal():
            score += LOG_DIGIT
        elif character.upper() != character.lower():
            score += self._case[_case_index(context)][int(character.isupper())]
        return max(score, RAREST)

    def _sign(self, context: str, number: int) -> float:
        """Return the natural logarithm of the probability of a sign after `context`, whatever its case or digit."""
        passed = self._unknown
        if number == UNKNOWN:
            return passed
        for length, hashed, backoff in self._contexts(tuple(map(self._number.__getitem__, context))):
            found = self._find(length, extended(hashed, number))
            if found is not None:
                return float(passed - self._unknown - self._logs[length][found] * QUANTUM)
            passed += backoff
        return passed

    def _find(self, length: int, hashed: int) -> int | None:
        """Return the place of an n-gram with `length` signs before its last one, None where it is not kept."""
        keys, wanted = self._keys[length], key(hashed)
        place = bisect_left(keys, wanted)
        return place if place < len(keys) and keys[place] == wanted else None

    def _look_up(self, numbers: tuple[int, ...]) -> tuple[Context, ...]:
        """Return the endings of a context of the signs `numbers` that the model knows, the longest first."""
        known = [Context(0, 0, 0.0)]
        hashed, power = 0, 1
        for place, number in enumerate(reversed(numbers)):
            # one more sign in front: what Horner's rule multiplies most often
            power = power * HASH_FACTOR & HASH_MASK
            hashed = hashed + (number + 1) * power & HASH_MASK
            found = self._find(place, hashed)
            if found is not None:
                known.append(Context(place + 1, hashed, -self._backoffs[place][found] * QUANTUM))
        return tuple(reversed(known))


def _case_index(context: str) -> int:
    """Return the row of the case model for the last characters of `context`."""
    index = 0
    for character in context[-CASE_MEMORY:].rjust(CASE_MEMORY, BOUNDARY):
        index = index * KINDS + kind(character)
    return index
