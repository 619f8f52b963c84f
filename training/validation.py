"""How well a network in training reads fonts that it has never seen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ocr_core.alphabet import Alphabet
from ocr_core.ctc import decode_steps
from ocr_core.preprocess import bucket_width, normalize, pad_width
from ocr_core.types import Gray
from training.lines import LineMaker
from training.metrics import Score, score
from training.network import TIME_STEP_PX, Crnn

VALIDATION_SEED = 20_26
"""One seed for all runs, so that their figures compare."""


def held_out_lines(assets: Path, alphabet: Alphabet, count: int, clean: bool) -> list[tuple[Gray, str]]:
    """Return `count` lines in held-out fonts, always the same ones."""
    maker = LineMaker(assets, alphabet, VALIDATION_SEED, held_out=True, clean=clean)
    return [maker.line() for _ in range(count)]


@torch.inference_mode()
def read(network: Crnn, alphabet: Alphabet, line: Gray) -> str:
    """Return the text that `network`, in evaluation mode, reads on `line` ((32, W) uint8)."""
    padded = normalize(pad_width(line, bucket_width(line.shape[1])))
    logits = network(torch.from_numpy(padded)[None, None])[0]
    probabilities, classes = logits.softmax(-1).max(-1)
    steps = -(-line.shape[1] // TIME_STEP_PX)
    return decode_steps(classes.numpy().astype(np.int64)[:steps], probabilities.numpy()[:steps], alphabet).text


def validate(network: Crnn, alphabet: Alphabet, lines: Sequence[tuple[Gray, str]]) -> Score:
    """Return the loose score of `network`, in evaluation mode on the CPU, on `lines`."""
    return score((text, read(network, alphabet, image)) for image, text in lines)
