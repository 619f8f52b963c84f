"""Would it pay to read lines of different requests together? `python -m benchmarks.batching [--seconds 4]`.

The network runs on lines of one width, for 1, 8 and 32 clients who each send one line after another: once
every line by itself, once all lines that are waiting together, up to 8. Nobody waits for company, which is
the best case for batches. The outputs are compared to the bit.
"""

import argparse
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from statistics import median

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr_core.engine import open_session
from ocr_core.pipeline import INT8_RECOGNIZER
from ocr_core.shipped import shipped_model
from ocr_core.sizing import find_cpus

Tensor = NDArray[np.float32]
Outputs = list[NDArray[np.generic]]
MAX_BATCH = 8
CLIENTS = (1, 8, 32)
SHAPE = (1, 32, 320)
"""Channels, height and width of a short line as the network gets it."""


class Network:
    """The recogniser's network, run by as many threads as there are CPUs."""

    def __init__(self, session: onnxruntime.InferenceSession, threads: int, largest: int) -> None:
        """Take the session, the threads, and the most lines that are run at once."""
        self._session, self._largest = session, largest
        self._name = session.get_inputs()[0].name
        self._waiting: queue.SimpleQueue[tuple[Tensor, Future[Outputs]] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def read(self, line: Tensor) -> Outputs:
        """Return the outputs for `line`, (1, 1, H, W) float32."""
        future: Future[Outputs] = Future()
        self._waiting.put((line, future))
        return future.result()

    def close(self) -> None:
        """End the threads."""
        for _ in self._threads:
            self._waiting.put(None)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < self._largest:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._waiting.put(None)
                    break
                batch.append(more)
            tensor = np.concatenate([line for line, _ in batch])
            outputs = self._session.run(None, {self._name: tensor})
            for index, (_, future) in enumerate(batch):
                future.set_result([output[index : index + 1] for output in outputs])


def measure(read: Callable[[Tensor], Outputs], lines: Sequence[Tensor], clients: int, seconds: float) -> float:
    """Return the lines a second that `clients` get read in a closed loop."""
    end = time.monotonic() + seconds
    counts = [0] * clients

    def client(number: int) -> None:
        while time.monotonic() < end:
            read(lines[(number + counts[number]) % len(lines)])
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def main() -> None:
    """Print lines a second with and without batches, the median of interleaved rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batching")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    path = shipped_model(INT8_RECOGNIZER)
    session = open_session(path.read_bytes(), path, 1)
    rng = np.random.default_rng(1)
    lines = [rng.uniform(-1, 1, (1, *SHAPE)).astype(np.float32) for _ in range(32)]
    name = session.get_inputs()[0].name
    together = session.run(None, {name: np.concatenate(lines[:MAX_BATCH])})
    for index, line in enumerate(lines[:MAX_BATCH]):
        alone = session.run(None, {name: line})
        if not all(np.array_equal(one[0], all_[index]) for one, all_ in zip(alone, together, strict=True)):
            print(f"line {index} differs when it is read together with others")
    cpus = find_cpus()
    print(f"CPUs: {cpus}; lines a second, median of {options.rounds} rounds")
    for clients in CLIENTS:
        rates: dict[int, list[float]] = {1: [], MAX_BATCH: []}
        for _ in range(options.rounds):
            for largest, found in rates.items():
                network = Network(session, cpus.usable, largest)
                found.append(measure(network.read, lines, clients, options.seconds))
                network.close()
        single, batched = median(rates[1]), median(rates[MAX_BATCH])
        print(f"{clients:2} clients: single {single:.1f}, batches {batched:.1f}, gain {batched / single - 1:+.1%}")


if __name__ == "__main__":
    main()
