"""Draws the history of a checkpoint: loss and held-out CER over the lines seen."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display is needed to write a file

from matplotlib import pyplot as plt

from training.checkpoint import load_checkpoint


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the picture and print the history as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m training.curve", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--output", type=Path, default=Path("curve.png"))
    args = parser.parse_args(arguments)
    history = load_checkpoint(args.checkpoint).history
    if not history:
        parser.error(f"{args.checkpoint} has no history; a row is added at the end of a run and every some minutes")
    lines = [row["lines"] / 1e6 for row in history]
    figure, (upper, lower) = plt.subplots(2, 1, sharex=True, figsize=(7, 5), layout="constrained")
    upper.plot(lines, [row["loss"] for row in history], marker=".")
    upper.set_ylabel("CTC loss per character")
    lower.plot(lines, [100 * row["cer"] for row in history], marker=".", color="tab:red")
    lower.set(ylabel="CER on held-out fonts, %", xlabel="rendered lines seen, millions", ylim=(0, None))
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    figure.savefig(args.output, dpi=110)
    print("| lines | hours | loss | held-out CER | line accuracy |\n|---|---|---|---|---|")
    for row in history:
        print(
            f"| {row['lines']:,} | {row['hours']:.2f} | {row['loss']:.3f} | {row['cer']:.2%} "
            f"| {row['line_accuracy']:.1%} |"
        )


if __name__ == "__main__":
    main()
