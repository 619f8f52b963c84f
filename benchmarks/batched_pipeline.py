"""What of the gain of `benchmarks.batching` is left around the network? `python -m benchmarks.batched_pipeline`.

Threads read a one-line image with the whole pipeline, one after another: as it is shipped, and with a recogniser
that takes the lines of all threads that are waiting together. Nobody waits for company, the best case for batches.
"""

import argparse
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from statistics import mean, median

from locustfiles.samples import draw_samples
from ocr_core.detect import LineFinder
from ocr_core.engine import CrnnEngine
from ocr_core.language_model import LanguageModel
from ocr_core.pipeline import INT8_RECOGNIZER, LANGUAGE_MODEL, OcrPipeline
from ocr_core.recognizer import Recognizer, Sight
from ocr_core.shipped import shipped_model
from ocr_core.sizing import find_cpus
from ocr_core.types import Decoder, Gray, Reading

MAX_BATCH = 8
CLIENTS = (1, 8, 32)

Item = tuple[Sequence[Gray], "Future[list[Reading]]"]


class Together:
    """Reads the lines of all threads that wait for it together. Is a `Recognizer` for one set of options."""

    def __init__(self, recognizer: Recognizer, leaders: int) -> None:
        """Take what reads, and how many batches may be read at once."""
        self.name = recognizer.name
        self.sizes: list[int] = []
        self._recognizer = recognizer
        self._waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
        for _ in range(leaders):
            threading.Thread(target=self._lead, daemon=True).start()

    def see(self, lines: Sequence[Gray]) -> list[Sight]:
        """Return each of `lines` as it is seen first; the one-line images here are only read."""
        return self._recognizer.see(lines)

    def recognize(
        self, lines: Sequence[Gray], decoder: Decoder = "beam", seen: Sequence[Sight | None] = ()
    ) -> list[Reading]:
        """Return one reading per line, in the same order."""
        future: Future[list[Reading]] = Future()
        self._waiting.put((lines, future))
        return future.result()

    def _lead(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < MAX_BATCH:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self.sizes.append(len(batch))
            readings = iter(self._recognizer.recognize([line for lines, _ in batch for line in lines]))
            for lines, future in batch:
                future.set_result([next(readings) for _ in lines])


def rate(read: Callable[[], object], clients: int, seconds: float) -> float:
    """Return the readings a second of `clients` threads in a closed loop."""
    started = time.monotonic()

    def client() -> int:
        count = 0
        while time.monotonic() < started + seconds:
            read()
            count += 1
        return count

    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(lambda _: client(), range(clients)))
    return total / (time.monotonic() - started)


def main() -> None:
    """Print readings a second with and without batches, rounds in turn."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batched_pipeline")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cpus, image = find_cpus(), draw_samples()[0].image
    engine = CrnnEngine(shipped_model(INT8_RECOGNIZER), 1, LanguageModel(shipped_model(LANGUAGE_MODEL)))
    print(f"CPUs: {cpus}; one-line images a second, median of {options.rounds} rounds")

    def measured(recognizer: Recognizer, clients: int) -> float:
        pipeline = OcrPipeline(recognizer, LineFinder())
        return rate(lambda: pipeline.read(image), clients, options.seconds)

    for clients in CLIENTS:
        found: dict[str, list[float]] = {}
        sizes: list[int] = []
        for _ in range(options.rounds):
            # as many readings at once as there are CPUs, as the services do it: the other clients wait
            found.setdefault("as shipped", []).append(measured(engine, min(clients, cpus.usable)))
            for leaders in range(1, cpus.usable + 1):
                together = Together(engine, leaders)
                found.setdefault(f"{leaders} at a time, in batches", []).append(measured(together, clients))
                sizes += together.sizes
        rows = [f"{name}: {median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})" for name, rates in found.items()]
        print(f"{clients:2} clients: {'; '.join(rows)}; mean batch {mean(sizes):.1f}")


if __name__ == "__main__":
    main()
