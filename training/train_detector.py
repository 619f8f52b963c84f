"""Trains the detector: one loop over rendered pages. Interrupt it with Ctrl-C; the same command goes on.

    python -m training.train_detector --assets assets --minutes 60 --start training/checkpoints/detector.pt

RUN/best.pt is the averaged network with its history, ready for `training.export_detector`; RUN/state.pt is what
going on needs.
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

from training.allocator import keep_freed_memory
from training.alphabets import default_alphabet
from training.detector_feed import PageFeed
from training.detector_network import parameters
from training.detector_trainer import DetectorTrainConfig, DetectorTrainer
from training.detector_validation import held_out_pages, validate_detector
from training.recipe import mean_loss


def train(config: DetectorTrainConfig) -> Path:
    """Run until the time is over or Ctrl-C, and return the path of the best checkpoint."""
    folder, assets, alphabet = Path(config.run), Path(config.assets), default_alphabet()
    folder.mkdir(parents=True, exist_ok=True)
    trainer = DetectorTrainer(config)
    resumed = trainer.resume(folder)
    print(f"{parameters(trainer.network):,} weights, {trainer.device}, bfloat16 {trainer.amp}")
    print(f"{'resumed at' if resumed else 'from'} step {trainer.steps}")
    if trainer.progress >= 1:
        print(f"The run in {folder} is over. --minutes or --steps makes it longer; --run begins another one.")
        return folder / "best.pt"
    held_out = held_out_pages(assets, alphabet, config.validation_pages)
    losses: deque[float] = deque(maxlen=50)
    before = trainer.seconds
    started = saved = time.monotonic()

    def record() -> None:
        trainer.save(folder)  # before the validation, which takes a while: Ctrl-C in it costs a row, not the run
        scores = validate_detector(trainer.checkpoint().network(), held_out)
        tqdm.write(str(trainer.record(mean_loss(losses), scores)))
        trainer.save(folder)

    bar_format = "{l_bar}{bar}| {n:.1f}/{total:.0f} min {postfix}"
    feed = PageFeed(assets, alphabet, config.seed + trainer.steps * 1000 + 1)  # other pages after a resume
    with feed, tqdm(total=config.minutes, bar_format=bar_format, mininterval=10) as bar:
        try:
            while trainer.progress < 1:
                losses.append(trainer.step(*feed.batch(config.batch)))
                trainer.seconds = before + time.monotonic() - started
                bar.n = min(config.minutes, trainer.seconds / 60)  # tqdm forgets its total beyond it
                bar.set_postfix_str(
                    f"loss {mean_loss(losses):.3f} step {trainer.steps} drawn {feed.pages}", refresh=False
                )
                bar.update(0)
                if time.monotonic() - saved > config.checkpoint_minutes * 60:
                    saved = time.monotonic()
                    record()
        except KeyboardInterrupt:
            tqdm.write("Interrupted; the same command goes on from here.")
    record()
    print(f"{folder / 'best.pt'}: {trainer.history[-1]}")
    return folder / "best.pt"


def main() -> None:
    """Read the flags, one for each field of `DetectorTrainConfig`, and train."""
    parser = argparse.ArgumentParser(
        prog="python -m training.train_detector",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for field in fields(DetectorTrainConfig):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(
            name, type=type(field.default), default=field.default, help=f"default {field.default!r}"
        )
    # A shell starts background jobs with Ctrl-C ignored; both signals are to save and stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    keep_freed_memory()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    try:
        config = DetectorTrainConfig(**vars(parser.parse_args()))
    except ValueError as error:
        parser.error(str(error))
    try:
        train(config)
    except KeyboardInterrupt:
        sys.exit(f"Interrupted outside of the training; what {config.run} held is still there.")
    except OSError as error:
        sys.exit(f"The run could not go on: {error}")


if __name__ == "__main__":
    main()
