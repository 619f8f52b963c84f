"""Trains the recogniser: one loop over rendered lines. Interrupt it with Ctrl-C; the same command goes on.

    python -m training.train --assets assets --minutes 120 --start training/checkpoints/crnn.pt

RUN/best.pt is the averaged network with its history, ready for `training.export`; RUN/state.pt is what going on
needs.
"""

import argparse
import math
import os
import signal
import time
from collections import deque
from dataclasses import fields
from pathlib import Path

import torch
from tqdm import tqdm

from ocr_core.alphabet import Alphabet
from training.alphabets import default_alphabet
from training.batches import BatchFeed
from training.trainer import TrainConfig, Trainer
from training.validation import held_out_lines


def train(config: TrainConfig, alphabet: Alphabet) -> Path:
    """Run until the time is over or Ctrl-C, and return the path of the best checkpoint."""
    folder, assets = Path(config.run), Path(config.assets)
    folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, alphabet)
    resumed = trainer.resume(folder)
    weights = sum(p.numel() for p in trainer.network.parameters())
    print(f"{weights:,} weights, {len(alphabet)} classes, {trainer.device}, bfloat16 {trainer.amp}")
    print(f"{'resumed at' if resumed else 'from'} step {trainer.steps}")
    held_out = held_out_lines(assets, alphabet, config.validation_lines, clean=False)
    losses: deque[float] = deque(maxlen=200)
    seed = config.seed + trainer.steps * 1000 + 1  # other lines after a resume
    feed = BatchFeed(assets, alphabet, seed, config.workers, config.batch_scale, trainer.aim)
    with (
        feed,
        tqdm(
            total=config.minutes, bar_format="{l_bar}{bar}| {n:.1f}/{total:.0f} min {postfix}", mininterval=10
        ) as bar,
    ):
        saved = started = time.monotonic()
        before = trainer.seconds
        try:
            while trainer.progress < 1:
                losses.append(trainer.step(*next(feed).tensors(alphabet, trainer.device)))
                trainer.seconds = before + time.monotonic() - started
                mean = sum(x for x in losses if math.isfinite(x)) / len(losses)
                bar.n = min(trainer.seconds / 60, config.minutes)  # more than all would end in an error
                bar.set_postfix_str(f"loss {mean:.3f} {trainer.lines / trainer.seconds:.0f} lines/s", refresh=False)
                bar.update(0)
                if time.monotonic() - saved > config.checkpoint_minutes * 60:
                    saved = time.monotonic()
                    tqdm.write(str(trainer.record(mean, held_out)))
                    trainer.save(folder)
        except KeyboardInterrupt:
            tqdm.write("Interrupted; the same command goes on from here.")
    trainer.record(sum(losses) / max(1, len(losses)), held_out)
    trainer.save(folder)
    print(f"{folder / 'best.pt'}: {trainer.history[-1]}")
    return folder / "best.pt"


def main() -> None:
    """Read the flags, one for each field of `TrainConfig`, and train."""
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for field in fields(TrainConfig):
        name = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(name, action="store_true")
        else:
            kind = type(field.default)
            parser.add_argument(name, type=kind, default=field.default, help=f"default {field.default!r}")
    parser.add_argument(
        "--alphabet",
        type=Path,
        help="text file whose characters are the alphabet; default: Chinese and English",
    )
    values = vars(parser.parse_args())
    file = values.pop("alphabet")
    alphabet = (
        Alphabet(dict.fromkeys(" " + "".join(file.read_text("utf8").split()))) if file else default_alphabet()
    )
    # A shell starts background jobs with Ctrl-C ignored; both signals are to save and stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    train(TrainConfig(**values), alphabet)


if __name__ == "__main__":
    main()
