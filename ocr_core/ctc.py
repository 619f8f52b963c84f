"""Last step: classes along a line -> text. Greedy CTC decoding (Graves et al. 2006, best path), and alignment."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import BLANK, Alphabet
from ocr_core.types import Character, Reading
from ocr_core.words import geometric_mean

EMPTY = Reading(text="", confidence=0.0)
"""The reading of a line on which every step is blank."""

NARROW = frozenset("iljtfrI1!|'\"`‘’“”.,:;·…()[]{}/\\-–—一_=+~^*° ")
"""Characters that fit into a line twice within three time steps, and strokes: two short ones may be a long one."""

SHOULDER = 2
"""Steps beside a character at which it is still thought of."""

FAINT = 0.02
"""Probability, 0-1, up to which what the best path leaves out is not looked at, to save time; below any doubt."""

UNLIKELY = 1e-7
"""Probability of a class at a step where it is not among the likeliest ones."""


def likeliest(probabilities: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the `count` most probable classes of each step, (T, K) int64, best first, and their probabilities.

    Args:
        probabilities: (T, C) float32, 0-1.
        count: K at most; fewer where there are fewer classes.
    """
    count = min(count, probabilities.shape[1])
    some = np.argpartition(probabilities, -count, axis=1)[:, -count:]
    order = np.argsort(-np.take_along_axis(probabilities, some, axis=1), axis=1, kind="stable")
    classes = np.take_along_axis(some, order, axis=1)
    return classes.astype(np.int64), np.take_along_axis(probabilities, classes, axis=1)


def without_echo(
    classes: NDArray[np.int64], probabilities: NDArray[np.float32], alphabet: Alphabet
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return `classes` and `probabilities`, both (T, K), without an echo of the line's first character.

    Where a line is cut close to its first character, our network now and then sees it at the first step and again
    at the third, and nothing between them or in the next two. Only narrow characters fit in twice there. The second
    step then becomes the surer one beside it, so that the best path has the character once.

    Args:
        classes: (T, K) int64, the likeliest classes of each step, best first, 0 = blank.
        probabilities: (T, K) float32, 0-1, of those classes.
        alphabet: the meaning of the classes.
    """
    best = classes[:5, 0].tolist()
    if len(best) < 3 or best[0] != best[2] or any(step != BLANK for step in (best[1], *best[3:])):
        return classes, probabilities
    if best[0] == BLANK or alphabet.signs[best[0]] in NARROW:
        return classes, probabilities
    order = np.arange(len(classes))
    order[1] = 0 if probabilities[0, 0] > probabilities[2, 0] else 2
    return classes[order], probabilities[order]


def nearly_seen(classes: NDArray[np.int64], probabilities: NDArray[np.float32], alphabet: Alphabet) -> float:
    """Return how probable, 0-1, the likeliest letter or digit is that the best path leaves out.

    A letter counts where the blank alone is likelier, and no step within `SHOULDER` of it shows the same one. The
    confidence of the letters that are seen does not tell of it.

    Args:
        classes: (T, K) int64, the likeliest classes of each step, best first, 0 = blank.
        probabilities: (T, K) float32, 0-1, of those classes.
        alphabet: the meaning of the classes.
    """
    if classes.shape[1] < 2:
        return 0.0
    best, second, chances = classes[:, 0], classes[:, 1], probabilities[:, 1]
    thought_of = np.flatnonzero((best == BLANK) & (chances > FAINT))
    for step in sorted(thought_of.tolist(), key=lambda step: -chances[step]):
        shown = best[max(0, step - SHOULDER) : step + SHOULDER + 1]
        if second[step] not in shown and alphabet.signs[second[step]].isalnum():
            return float(chances[step])
    return 0.0


def decode_steps(
    classes: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    alphabet: Alphabet,
    width: float | None = None,
) -> Reading:
    """Return the reading: runs of one class are one character, blanks separate.

    A character's confidence is its probability at its strongest step, and its position the centre of its
    run as a share of `width`. The line's confidence is the geometric mean of its characters'.

    Args:
        classes: (T,) int64, the most probable class at each step, 0 = blank; without the line's padding.
        probabilities: (T,) float32, 0-1, the probability of that class.
        alphabet: the meaning of the classes.
        width: the line's width in steps, with a fraction; T if None.
    """
    ends = [*(np.flatnonzero(classes[1:] != classes[:-1]) + 1).tolist(), len(classes)]
    width = float(len(classes)) if width is None else width
    # lists: one step at a time they are many times as fast as arrays
    steps, sureness = classes.tolist(), probabilities.tolist()
    characters = tuple(
        Character(
            alphabet.signs[steps[start]],
            min(1.0, max(sureness[start:end])),
            min(1.0, (start + end) / 2 / width),
        )
        for start, end in pairwise([0, *ends])
        if start < end and steps[start] != BLANK
    )
    if not characters:
        return EMPTY
    confidence = geometric_mean([c.confidence for c in characters])
    return Reading("".join(c.text for c in characters), confidence, characters)


def align(
    text: str,
    classes: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    alphabet: Alphabet,
    width: float | None = None,
) -> Reading:
    """Return the reading of `text`, which is known already: where its characters stand and how sure they are.

    The best path among those that spell `text` (Viterbi), its blanks and characters in turn.

    Args:
        text: characters of the alphabet.
        classes: (T, K) int64, the likeliest classes of each step, 0 = blank; without the line's padding.
        probabilities: (T, K) float32, 0-1, of those classes.
        alphabet: the meaning of the classes.
        width: see `decode_steps`.
    """
    if not text:
        return EMPTY
    states = np.full(2 * len(text) + 1, BLANK)
    states[1::2] = alphabet.encode(text)
    here = classes[:, :, np.newaxis] == states
    emitted = np.maximum((probabilities[:, :, np.newaxis] * here).max(axis=1), UNLIKELY)
    path = best_path(np.log(emitted), states)
    # a character stands for the steps of its own state; what the path passes by is as good as not there
    own = range(1, len(states), 2)
    starts, ends = (np.searchsorted(path, own, side).tolist() for side in ("left", "right"))
    characters = []
    width = float(len(classes)) if width is None else width
    for character, state, start, end in zip(text, own, starts, ends, strict=True):
        confidence = float(emitted[start:end, state].max(initial=0.0))
        centre = (start + end) / 2 / width if start < end else 1.0
        characters.append(Character(character, min(1.0, confidence), min(1.0, centre)))
    return Reading(text, geometric_mean([c.confidence for c in characters]), tuple(characters))


def best_path(logs: NDArray[np.float32], states: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the state of each step, (T,) int64, on the likeliest way through all characters.

    Args:
        logs: (T, S) float32 log-probabilities of each state at each step.
        states: (S,) int64 classes: blank, first character, blank, ..., last character, blank.
    """
    length = len(states)
    # from a character straight to the next one, if it is another
    skips = np.full(length, -np.inf, np.float32)
    skips[3::2][states[3::2] != states[1:-2:2]] = 0
    # two columns in front, from which nothing comes: no state needs a case of its own
    scores = np.full((len(logs), length + 2), -np.inf, np.float32)
    scores[0, 2:4] = logs[0, :2]
    for before, now, here in zip(scores[:-1], scores[1:, 2:], logs[1:], strict=True):
        np.add(before[:-2], skips, out=now)
        np.maximum(now, before[1:-1], out=now)
        np.maximum(now, before[2:], out=now)
        now += here
    path = np.empty(len(logs), np.int64)
    state = length - 1 if scores[-1, -1] >= scores[-1, -2] else length - 2
    for step in range(len(logs) - 1, 0, -1):
        path[step] = state
        skip, pass_on, stay = scores[step - 1, state : state + 3].tolist()
        skip += float(skips[state])
        if stay < max(pass_on, skip):
            state -= 1 if pass_on >= skip else 2
    path[0] = state
    return path
