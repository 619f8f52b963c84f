"""Checkpoints of one training run after the other -> one with the mean of their weights.

    python -m training.average runs/a/best.pt runs/b/best.pt runs/c/best.pt --output training/checkpoints/crnn.pt

Networks that come one from the other lie around one minimum, and their mean is nearer to it than each of them
(Izmailov et al. 2018, arXiv 1803.05407; Wortsman et al. 2022, arXiv 2203.05482). Reading takes no more time for it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


def average(checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """Return the last of `checkpoints` with the mean of all weights; raise `ValueError` where they do not fit."""
    last = checkpoints[-1]
    for other in checkpoints:
        if (other.config, other.alphabet.characters) != (last.config, last.alphabet.characters):
            raise ValueError("Checkpoints of other sizes or alphabets have no mean.")
    weights = {
        name: torch.stack([checkpoint.weights[name] for checkpoint in checkpoints]).mean(dim=0)
        if value.is_floating_point()
        else value
        for name, value in last.weights.items()
    }
    return replace(last, weights=weights)


def main(arguments: Sequence[str] | None = None) -> None:
    """Average the checkpoints of the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.average", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", type=Path, help="as written by training.train, the newest last")
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write")
    options = parser.parse_args(arguments)
    try:
        found = average([load_checkpoint(path) for path in options.checkpoints])
        names = [f"{path.resolve().parent.name}/{path.name}" for path in options.checkpoints]
        found = replace(found, settings=found.settings | {"mean_of": names})
    except ValueError as error:
        parser.error(str(error))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(options.output, found)
    print(f"wrote {options.output}, the mean of {len(options.checkpoints)} checkpoints")


if __name__ == "__main__":
    main()
