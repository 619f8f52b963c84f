"""What a model's file says about itself, in its metadata."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import onnx

from ocr_core.alphabet import BLANK, Alphabet
from ocr_core.preprocess import LINE_HEIGHT

MEAN = SCALE = 127.5
"""Grey levels; black becomes -1 and white 1."""


def describe(model: onnx.ModelProto, metadata: Mapping[str, str]) -> None:
    """Write `metadata` into `model`, in place of what it held."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(metadata))


def recogniser_metadata(
    alphabet: Alphabet, step: int, commit: str, cer: Mapping[str, float], version: str
) -> dict[str, str]:
    """Return what a recogniser's file says about itself; `ocr_core.model_spec` reads it.

    Args:
        alphabet: characters of the classes from 1.
        step: pixels of width per time step.
        commit: of the training code.
        cer: character error rate per test set, 0-1.
        version: of the weights.
    """
    return {
        "name": "ocr-pair recogniser",
        "version": version,
        "character": alphabet.to_metadata(),
        "classes": str(len(alphabet)),
        "blank": str(BLANK),
        "height": str(LINE_HEIGHT),
        "step": str(step),
        "mean": str(MEAN),
        "scale": str(SCALE),
        "training_commit": commit,
        "cer": json.dumps(dict(cer)),
    }


def current_commit() -> str:
    """Return the commit that is checked out, "unknown" outside a git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
