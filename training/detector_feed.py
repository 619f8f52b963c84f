"""Pages -> batches of square cuts. One process renders; every page is cut several times, each time elsewhere."""

import multiprocessing as mp
import os
import queue
import random
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr_core.alphabet import Alphabet
from training.detector_network import STRIDE
from training.detector_targets import targets
from training.hand_over import hand_over
from training.page_maker import WINDOW, Page, PageMaker

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Grey (WINDOW, WINDOW), core and weight (WINDOW / STRIDE, WINDOW / STRIDE), all uint8."""

POOL = 4000
"""Pages kept, the newest ones; 0.2 MB each."""

REUSE = 3
"""Cuts made of a page on the average. Rendering a page takes as long as learning from three cuts, and they share
the processor."""

FIRST = 24
"""Pages that the first batch waits for."""

LOT = 8
"""Pages that are handed over at once: one overfills a pipe, and only what has arrived is taken at a step."""

CUT = 320
"""Pixels; side of a cut, a multiple of 32."""


def _work(out: "mp.Queue[list[Planes]]", assets: Path, alphabet: Alphabet, seed: int) -> None:
    os.nice(2)  # the network's steps come first
    maker = PageMaker(assets, alphabet, seed)
    while True:
        hand_over(out, [_planes(maker.page()) for _ in range(LOT)])


def _planes(page: Page) -> Planes:
    truth = targets(page)
    return page.gray, truth.core, truth.weight


class PageFeed:
    """A rendering process and the pool that it fills. A context manager: leaving it stops the process."""

    def __init__(self, assets: Path, alphabet: Alphabet, seed: int) -> None:
        context = mp.get_context("spawn")  # forking after OpenCV or torch has threads can hang
        self._queue: mp.Queue[list[Planes]] = context.Queue(8)
        self._process = context.Process(target=_work, args=(self._queue, assets, alphabet, seed), daemon=True)
        self._rng = random.Random(seed)
        self._pool: list[Planes] = []
        self.pages = 0
        """Pages received so far."""

        self._cuts = 0

    def __enter__(self) -> "PageFeed":
        self._process.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.join()

    def batch(self, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return grey (N, 1, CUT, CUT) uint8, core and weight (N, 1, CUT / STRIDE, CUT / STRIDE) float.

        Raises:
            RuntimeError: the rendering process has died.
        """
        self._take()
        self._cuts += size
        cuts = [cut(self._rng.choice(self._pool), self._rng) for _ in range(size)]
        gray, core, weight = (torch.from_numpy(np.stack(planes)[:, None]) for planes in zip(*cuts, strict=True))
        return gray, core.float().div_(255), weight.float()

    def _take(self) -> None:
        """Move what has been rendered into the pool, up to the reuse that is wanted; wait only at the start."""
        while self.pages < 2 * FIRST + self._cuts / REUSE:
            try:
                pages = self._queue.get(timeout=5) if len(self._pool) < FIRST else self._queue.get_nowait()
            except queue.Empty:
                if not self._process.is_alive():
                    raise RuntimeError("The rendering process died; its message is above.") from None
                if len(self._pool) >= FIRST:
                    return
                continue
            for page in pages:
                if len(self._pool) < POOL:
                    self._pool.append(page)
                else:
                    self._pool[self.pages % POOL] = page
                self.pages += 1


def cut(page: Planes, rng: random.Random) -> Planes:
    """Return a random cut of `page`, sometimes mirrored: letters stay letters, and layouts double."""
    room = (WINDOW - CUT) // STRIDE
    top, left = rng.randint(0, room), rng.randint(0, room)
    mirrored = rng.random() < 0.25
    result = []
    for plane, step in zip(page, (STRIDE, 1, 1), strict=True):
        side = CUT * step // STRIDE
        part = plane[top * step : top * step + side, left * step : left * step + side]
        result.append(np.ascontiguousarray(part[:, ::-1] if mirrored else part))
    return result[0], result[1], result[2]
