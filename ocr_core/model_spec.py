"""What a recogniser's file says about itself: its alphabet, and how a line becomes its input.

Two kinds of file are read:

    ours     lines (N, 1, H, W) -> classes (N, T, K), probabilities (N, T, K): the K likeliest, best first;
             metadata complete
    PP-OCR   x (N, 3, 48, W) -> (N, T, C) after softmax; metadata holds `character` only, T and C are
             counted, and the rest are the conventions of PP-OCR v3 to v6 as RapidOCR exports them
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import BLANK, Alphabet
from ocr_core.errors import ModelFileError
from ocr_core.preprocess import bucket_width, fit_height, normalize, pad_width
from ocr_core.types import Gray

REQUIRED_KEYS = ("character", "classes", "blank", "height", "step", "mean", "scale", "training_commit", "cer")
"""Metadata keys without which a file of ours is refused."""

PPOCR_HEIGHT = 48
PPOCR_MIN_WIDTH = 320
"""Pixels; PP-OCR pads shorter lines to this width."""

PPOCR_MAX_WIDTH = 9600
"""Pixels; a longer line is squeezed into this width. PP-OCR knows no bound, and what its networks take grows with
the square of the width: a picture of 1 x 5,000 pixels would become a line of 240,000."""


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line as the network takes it."""

    tensor: NDArray[np.float32]
    """(1, channels, H, W) float32, normalised and padded."""

    width: float
    """Width of the line itself in time steps, with a fraction; the rest of the tensor is padding."""

    valid_steps: int
    """Time steps to decode, from the left."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The recogniser's conventions. Subclasses turn a line into its input."""

    alphabet: Alphabet
    """One character per class; class 0 is the blank."""

    height: int
    """Pixels; lines are scaled to this height."""

    step: int
    """Pixels of width per time step."""

    mean: float
    """Grey level that becomes 0."""

    scale: float
    """Grey levels that become 1."""

    def to_input(self, line: Gray) -> LineInput:
        """Return `line`, (H, W) uint8, 0 = black, as one gray channel padded to a width bucket with paper."""
        fitted = fit_height(line, self.height)
        padded = pad_width(fitted, bucket_width(fitted.shape[1]))
        tensor = normalize(padded, self.mean, self.scale)[np.newaxis, np.newaxis]
        width = fitted.shape[1] / self.step
        return LineInput(tensor, width, math.ceil(width))


@dataclass(frozen=True, slots=True)
class PpocrSpec(ModelSpec):
    """The conventions of PP-OCR recognisers."""

    def to_input(self, line: Gray) -> LineInput:
        """Return `line`, (H, W) uint8, 0 = black, in three equal channels padded with zeros.

        Every step counts, padding included: that is how PP-OCR decodes, and its users compare. Only a line of more
        than `PPOCR_MAX_WIDTH` is not as there.
        """
        rows, columns = line.shape
        ratio = min(columns / rows, PPOCR_MAX_WIDTH / self.height)
        width = max(PPOCR_MIN_WIDTH, int(self.height * ratio))
        fitted_width = min(width, math.ceil(self.height * ratio))
        fitted = np.asarray(cv2.resize(line, (fitted_width, self.height)), np.uint8)
        plane = np.zeros((self.height, width), np.float32)
        plane[:, :fitted_width] = normalize(fitted, self.mean, self.scale)
        tensor = np.repeat(plane[np.newaxis, np.newaxis], 3, axis=1)
        return LineInput(tensor, fitted_width / self.step, math.ceil(width / self.step))


def read_spec(metadata: Mapping[str, str]) -> ModelSpec:
    """Return what a file of ours says of itself in `metadata`; raise `ModelFileError` naming a bad key."""
    for key in REQUIRED_KEYS:
        if key not in metadata:
            raise ModelFileError(f"The model file's metadata lacks the key {key!r}.")
    if metadata["blank"] != str(BLANK):
        raise ModelFileError(f"The model file's blank is class {metadata['blank']}; only {BLANK} is supported.")
    return ModelSpec(
        alphabet=Alphabet.from_metadata(metadata["character"], _integer(metadata, "classes")),
        height=_integer(metadata, "height"),
        step=_integer(metadata, "step"),
        mean=_number(metadata, "mean"),
        scale=_scale(metadata),
    )


def ppocr_spec(metadata: Mapping[str, str], steps: int, classes: int) -> ModelSpec:
    """Return the conventions of a PP-OCR recogniser.

    Args:
        metadata: of the file.
        steps: that it answers to a line of `PPOCR_MIN_WIDTH` pixels.
        classes: numbers that it answers for each step.

    Raises:
        ModelFileError: there is no alphabet, or it has not as many characters as the network has classes.
    """
    if "character" not in metadata:
        raise ModelFileError(
            "The model file's metadata lacks the key 'character', which lists the network's characters, one a "
            "line. A list from beside the file can be written into it, as docs/training.md shows."
        )
    alphabet = Alphabet.from_metadata(metadata["character"], classes, repeats=True)
    step = max(1, round(PPOCR_MIN_WIDTH / steps))
    return PpocrSpec(alphabet, height=PPOCR_HEIGHT, step=step, mean=127.5, scale=127.5)


def _integer(metadata: Mapping[str, str], key: str) -> int:
    """Return a metadata value as a positive integer."""
    if not (metadata[key].isdecimal() and int(metadata[key]) > 0):
        raise ModelFileError(f"The model file's {key}={metadata[key]!r} is not a positive integer.")
    return int(metadata[key])


def _number(metadata: Mapping[str, str], key: str) -> float:
    """Return a metadata value as a finite number."""
    try:
        value = float(metadata[key])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ModelFileError(f"The model file's {key}={metadata[key]!r} is not a number.")
    return value


def _scale(metadata: Mapping[str, str]) -> float:
    """Return the metadata's scale, by which grey levels are divided."""
    value = _number(metadata, "scale")
    if value == 0:
        raise ModelFileError("The model file's scale is 0; grey levels are divided by it.")
    return value
