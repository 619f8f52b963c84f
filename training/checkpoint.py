"""Checkpoints: weights with everything needed to go on, to export, and to know what was done."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ocr_core.alphabet import Alphabet
from training.network import Crnn, NetworkConfig


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained network with its past."""

    weights: dict[str, Tensor]
    """Float32 state dict of `Crnn`."""

    alphabet: Alphabet
    config: NetworkConfig

    history: list[dict[str, Any]]
    """One row per validation: lines seen, hours, loss, CER."""

    settings: dict[str, Any]
    """The training settings of the last run, and under `mean_of` the files of which the weights are the mean."""

    def network(self) -> Crnn:
        """Return the network with these weights, in evaluation mode."""
        network = Crnn(len(self.alphabet), self.config)
        network.load_state_dict(self.weights)
        return network.eval()


def write_halved(path: Path, weights: dict[str, Tensor], content: dict[str, Any]) -> None:
    """Write `weights` in half precision beside `content`; the old file stays whole until the new one is."""
    halved = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    partial = path.with_suffix(".partial")
    torch.save({"weights": halved, **content}, partial)
    partial.replace(path)


def read_content(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return what `torch.save` wrote into `path`, tensors on `device`; no code in the file is run.

    Ends the program with a sentence where the file cannot be read or is no such file.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except OSError as error:
        raise SystemExit(f"The checkpoint {path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # a RuntimeError, EOFError or UnpicklingError, by where the damage is
        raise SystemExit(f"{path} is no checkpoint, or a damaged one.") from error
    if not isinstance(content, dict):
        raise SystemExit(f"{path} is no checkpoint of a training.")
    return content


def read_widened(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return (weights in single precision, everything in the file); no code in the file is run."""
    content = read_content(path)
    if "weights" not in content:
        raise SystemExit(f"{path} holds no result of a training; that is in the file best.pt of a run.")
    return {k: v.float() if v.is_floating_point() else v for k, v in content["weights"].items()}, content


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` with weights in half precision; the old file stays whole until the new one is."""
    content = {
        "alphabet": "".join(checkpoint.alphabet.characters),
        "config": asdict(checkpoint.config),
        "history": checkpoint.history,
        "settings": checkpoint.settings,
    }
    write_halved(path, checkpoint.weights, content)


def load_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint in `path`; no code in the file is run. See `read_content` for errors."""
    weights, content = read_widened(path)
    if "alphabet" not in content:
        raise SystemExit(f"{path} is no checkpoint of a recogniser, as training.train writes them.")
    return Checkpoint(
        weights=weights,
        alphabet=Alphabet(content["alphabet"]),
        config=NetworkConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in content["config"].items()}),
        history=content["history"],
        settings=content["settings"],
    )


def fitted_to(checkpoint: Checkpoint, alphabet: Alphabet) -> dict[str, Tensor]:
    """Return the weights for another alphabet: the rows of shared characters are kept.

    New characters start as the mean of the old ones, whose logit lies far below any winner's: they are not
    guessed before they are learnt.
    """
    weights = dict(checkpoint.weights)
    rows, bias = weights["classifier.weight"], weights["classifier.bias"]
    new_rows = rows[1:].mean(0) + torch.randn(len(alphabet), rows.shape[1]) * rows.std() * 0.1
    new_bias = bias[1:].mean().repeat(len(alphabet))
    new_rows[0], new_bias[0] = rows[0], bias[0]
    for index, character in enumerate(alphabet.characters, start=1):
        if character in checkpoint.alphabet:
            (old,) = checkpoint.alphabet.encode(character)
            new_rows[index], new_bias[index] = rows[old], bias[old]
    return weights | {"classifier.weight": new_rows, "classifier.bias": new_bias}
