"""Target: classes and probabilities -> a reading, compared with the collapse written out step by step."""

import itertools
import math

import numpy as np

from ocr_core.alphabet import BLANK, Alphabet
from ocr_core.ctc import align, decode_steps, likeliest
from ocr_core.types import Reading

ALPHABET = Alphabet("abcdefg总计 ")
CLASSES = len(ALPHABET.characters) + 1


def one_input(data: bytes) -> None:
    """Decode `data` as steps of one byte class and two bytes probability; raise where a promise breaks."""
    steps = len(data) // 3
    raw = np.frombuffer(data[: 3 * steps], np.uint8).reshape(steps, 3)
    classes = raw[:, 0].astype(np.int64) % CLASSES
    probabilities = (raw[:, 1].astype(np.float32) * 256 + raw[:, 2]) / 65535
    width = None if len(data) % 3 == 0 else max(0.5, steps - 0.25 * (len(data) % 3))
    _check(decode_steps(classes, probabilities, ALPHABET, width), classes, probabilities)

    matrix = np.zeros((steps, CLASSES), np.float32)
    matrix[np.arange(steps), classes] = np.maximum(probabilities, np.float32(1e-6))
    best, values = likeliest(matrix, 3)
    reading = decode_steps(best[:, 0], values[:, 0], ALPHABET, width)
    _check(reading, classes, matrix.max(axis=1, initial=0.0))
    assert align(reading.text, best, values, ALPHABET, width).text == reading.text


def _check(reading: Reading, classes: np.ndarray, probabilities: np.ndarray) -> None:
    runs = [
        (key, [at for _, at in run])
        for key, run in itertools.groupby(
            zip(classes, range(len(classes)), strict=True), key=lambda step: int(step[0])
        )
    ]
    expected = [(key, places) for key, places in runs if key != BLANK]
    assert reading.text == "".join(ALPHABET.signs[key] for key, _ in expected)
    assert len(reading.characters) == len(expected)
    assert 0.0 <= reading.confidence <= 1.0
    assert not math.isnan(reading.confidence)
    positions = [character.position for character in reading.characters]
    assert positions == sorted(positions)
    assert all(0.0 < position <= 1.0 for position in positions)
    for character, (_, places) in zip(reading.characters, expected, strict=True):
        assert math.isclose(character.confidence, float(probabilities[places].max()), abs_tol=1e-6)
