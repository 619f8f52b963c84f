"""Lines -> batches of one width each, made by worker processes."""

import multiprocessing as mp
import os
import queue
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr_core.alphabet import Alphabet
from ocr_core.preprocess import WIDTH_BUCKETS, bucket_width, pad_width
from training.hand_over import hand_over
from training.lines import MILD, WIDEST_LINE, LineMaker
from training.texts import NO_AIM, Aim

BATCH_PIXELS = 10_240
"""Pixels of width in a batch: one batch size for each bucket, as oneDNN builds kernels for every new shape."""

LARGEST_BATCH = 64
"""Lines."""

QUEUED_BATCHES = 24
"""Batches that wait ready-made; bounds the memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one bucket."""

    lines: NDArray[np.uint8]
    """(N, 1, 32, W) uint8, 0 = black."""

    texts: tuple[str, ...]

    def tensors(self, alphabet: Alphabet, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Return (lines (N, 1, 32, W) float in [-1, 1], classes of all texts in a row, lengths (N,))."""
        lines = torch.from_numpy(self.lines).to(device).float().div_(127.5).sub_(1)
        encoded = [alphabet.encode(text) for text in self.texts]
        targets = torch.tensor([k for row in encoded for k in row], device=device)
        lengths = torch.tensor([len(row) for row in encoded], device=device)
        return lines.contiguous(memory_format=torch.channels_last), targets, lengths


def batch_size(width: int, scale: int) -> int:
    """Return the lines in a batch of this bucket."""
    return min(LARGEST_BATCH, BATCH_PIXELS // width) * scale


def batches(maker: LineMaker, scale: int = 1) -> Iterator[Batch]:
    """Yield batches as their buckets fill up."""
    buckets: dict[int, list[tuple[NDArray[np.uint8], str]]] = {w: [] for w in WIDTH_BUCKETS if w <= WIDEST_LINE}
    while True:
        image, text = maker.line()
        width = bucket_width(image.shape[1])
        buckets[width].append((pad_width(image, width), text))
        if len(buckets[width]) == batch_size(width, scale):
            images, texts = zip(*buckets[width], strict=True)
            buckets[width] = []
            yield Batch(np.stack(images)[:, None], texts)


def _work(
    out: "mp.Queue[Batch]", mild: Event, assets: Path, alphabet: Alphabet, seed: int, scale: int, aim: Aim
) -> None:
    os.nice(5)  # the network's steps come first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to all; the trainer alone answers it
    maker = LineMaker(assets, alphabet, seed, aim=aim)
    for batch in batches(maker, scale):
        hand_over(out, batch)
        if mild.is_set():
            maker.severities = MILD


class BatchFeed:
    """Worker processes that keep a queue of batches filled. A context manager: leaving it stops them."""

    def __init__(
        self, assets: Path, alphabet: Alphabet, seed: int, workers: int, scale: int = 1, aim: Aim = NO_AIM
    ) -> None:
        context = mp.get_context("spawn")  # forking after OpenCV or torch has threads can hang
        self._queue: mp.Queue[Batch] = context.Queue(QUEUED_BATCHES)
        self._mild = context.Event()
        self._processes = [
            context.Process(
                target=_work, args=(self._queue, self._mild, assets, alphabet, seed + k, scale, aim), daemon=True
            )
            for k in range(workers)
        ]

    def __enter__(self) -> "BatchFeed":
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()

    def ease(self) -> None:
        """Damage the lines that are still to be drawn less."""
        self._mild.set()

    def __next__(self) -> Batch:
        """Return the next batch; raise `RuntimeError` once a worker has died."""
        while True:
            try:
                return self._queue.get(timeout=5)
            except queue.Empty:
                if not all(process.is_alive() for process in self._processes):
                    raise RuntimeError("A rendering process died; its message is above.") from None
