"""Trains the recogniser: one loop over rendered lines. Interrupt it with Ctrl-C; the same command goes on.

    python -m training.train --assets assets --minutes 120 --start training/checkpoints/crnn.pt

RUN/best.pt is the averaged network with its history, ready for `training.export`; RUN/state.pt is what going on
needs.
"""

import argparse
import os
import signal
import sys
import time
from collections import deque
from dataclasses import fields
from pathlib import Path

import torch
from tqdm import tqdm

from ocr_core.alphabet import Alphabet
from training.allocator import keep_freed_memory
from training.alphabets import default_alphabet, read_alphabet
from training.batches import BatchFeed
from training.fonts import load_fonts, undrawn
from training.recipe import mean_loss
from training.trainer import TrainConfig, Trainer
from training.validation import held_out_lines

SHOWN = 40
"""Characters without a font that are told."""


def train(config: TrainConfig, alphabet: Alphabet) -> Path:
    """Run until the time is over or Ctrl-C, and return the path of the best checkpoint."""
    folder, assets = Path(config.run), Path(config.assets)
    folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, alphabet)
    resumed = trainer.resume(folder)
    weights = sum(p.numel() for p in trainer.network.parameters())
    print(f"{weights:,} weights, {len(alphabet)} classes, {trainer.device}, bfloat16 {trainer.amp}")
    print(f"{'resumed at' if resumed else 'from'} step {trainer.steps}")
    if trainer.progress >= 1:
        print(f"The run in {folder} is over. --minutes or --steps makes it longer; --run begins another one.")
        return folder / "best.pt"
    if lacking := undrawn(alphabet.characters, load_fonts(assets, held_out=False)):
        print(
            f"{len(lacking)} characters are in no font that trains, and will not be learnt: "
            f"{lacking[:SHOWN]}{'...' * (len(lacking) > SHOWN)}"
        )
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
                if trainer.progress >= 1 - config.mild_share:
                    feed.ease()
                batches = (next(feed).tensors(alphabet, trainer.device) for _ in range(trainer.batches_at_once))
                losses.append(trainer.step(*batches))
                trainer.seconds = before + time.monotonic() - started
                mean = mean_loss(losses)
                bar.n = min(trainer.seconds / 60, config.minutes)  # more than all would end in an error
                bar.set_postfix_str(f"loss {mean:.3f} {trainer.lines / trainer.seconds:.0f} lines/s", refresh=False)
                bar.update(0)
                if time.monotonic() - saved > config.checkpoint_minutes * 60:
                    saved = time.monotonic()
                    tqdm.write(str(trainer.record(mean, held_out)))
                    trainer.save(folder)
        except KeyboardInterrupt:
            tqdm.write("Interrupted; the same command goes on from here.")
    trainer.save(folder)  # before the validation, which takes a while: a second Ctrl-C costs a row, not the run
    trainer.record(mean_loss(losses), held_out)
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
    alphabet = read_alphabet(file) if file else default_alphabet()
    try:
        config = TrainConfig(**values)
    except ValueError as error:
        parser.error(str(error))
    # A shell starts background jobs with Ctrl-C ignored; both signals are to save and stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    keep_freed_memory()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    try:
        train(config, alphabet)
    except KeyboardInterrupt:
        sys.exit(f"Interrupted outside of the training; what {config.run} held is still there.")
    except OSError as error:
        sys.exit(f"The run could not go on: {error}")


if __name__ == "__main__":
    main()
