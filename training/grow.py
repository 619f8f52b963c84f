"""Adds residual blocks to a trained recogniser; training then goes on with the larger network.

    python -m training.grow CHECKPOINT --blocks 1 2 1 1 --output GROWN

A new block adds nothing at first, as its last scale is zero (Goyal et al. 2017, arXiv 1706.02677, section 5.1): the
grown network answers what the old one did, and learns from there (Net2Net: Chen et al. 2016, arXiv 1511.05641).
`training.train --start GROWN` goes on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn

from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.network import Crnn, NetworkConfig, Residual, feature_layers


def grown(checkpoint: Checkpoint, blocks: tuple[int, int, int, int]) -> Checkpoint:
    """Return the same function as `checkpoint` with `blocks` residual blocks at 8, 4, 2 and 1 rows.

    Raises:
        ValueError: fewer blocks than there are.
    """
    if any(new < old for new, old in zip(blocks, checkpoint.config.blocks, strict=True)):
        raise ValueError(f"The network has {checkpoint.config.blocks} blocks; none can be taken away.")
    config = replace(checkpoint.config, blocks=blocks)
    network = Crnn(len(checkpoint.alphabet), config)
    place = _places(checkpoint.config)
    fresh = {
        name: layer for name, layer in zip(_places(config), network.features, strict=True) if name not in place
    }
    for layer in fresh.values():
        assert isinstance(layer, Residual)
        norm = layer.second[-1]
        assert isinstance(norm, nn.BatchNorm2d)
        nn.init.zeros_(norm.weight)
    new_place = {str(place[name]): str(at) for name, at in _places(config).items() if name in place}
    weights = network.state_dict()
    for key, value in checkpoint.weights.items():
        part, *rest = key.split(".")
        if part == "features":
            at, *rest = rest
            key = ".".join((part, new_place[at], *rest))
        weights[key] = value
    return replace(checkpoint, weights=weights, config=config)


def _places(config: NetworkConfig) -> dict[str, int]:
    """Return the place of each layer in the network's features, by its name."""
    return {name: place for place, name in enumerate(feature_layers(config))}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the grown network as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m training.grow", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--blocks", type=int, nargs=4, required=True, metavar=("EIGHT", "FOUR", "TWO", "ONE"),
        help="residual blocks where the line is so many rows high",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write")
    options = parser.parse_args(arguments)
    try:
        result = grown(load_checkpoint(options.checkpoint), tuple(options.blocks))
    except ValueError as error:
        parser.error(str(error))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(options.output, result)
    weights = sum(p.numel() for p in result.network().parameters())
    print(f"{weights:,} weights in {options.output}")


if __name__ == "__main__":
    main()
