"""What more threads of a process read, and what more processes: `python -m benchmarks.processes [--seconds 3]`.

Python code in the threads of a process takes turns, so `OCR_WORKERS` and `OCR_THREADS` are not the same. Every
measurement runs the bare pipeline in processes that begin together; the drawn pictures of `locustfiles.samples`
come by turns. The table tells pictures a second, as multiples of what one thread alone reads.
"""

import argparse
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from statistics import median

from locustfiles.samples import draw_samples
from ocr_core import load_pipeline
from ocr_core.sizing import find_cpus

PATIENCE_S = 120.0
"""Until all processes must have begun or answered; one that died would leave the others waiting."""


def counts(cpus: int) -> list[int]:
    """Return 2, 4, 8 and so on, and `cpus` itself."""
    return [*(2**power for power in range(1, (cpus - 1).bit_length())), cpus]


def read(pictures: Sequence[bytes], threads: int, seconds: float, begin: Barrier, rates: "Queue[float]") -> None:
    """Read `pictures` by turns in `threads` threads, once all processes have `begin` behind them; put the rate."""
    pipeline = load_pipeline()
    for picture in pictures:
        pipeline.read(picture)
    begin.wait(PATIENCE_S)
    end = time.monotonic() + seconds

    def work(first: int) -> int:
        waiting, done = cycle([*pictures[first:], *pictures[:first]]), 0
        while time.monotonic() < end:
            pipeline.read(next(waiting))
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(work, (number % len(pictures) for number in range(threads))))
    rates.put(done / (time.monotonic() - began))


def measure(pictures: Sequence[bytes], processes: int, threads: int, seconds: float) -> float:
    """Return the pictures a second of `processes` with `threads` each."""
    context = multiprocessing.get_context("spawn")
    begin, rates = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=read, args=(pictures, threads, seconds, begin, rates), daemon=True)
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    total = sum(rates.get(timeout=seconds + PATIENCE_S) for _ in workers)
    for worker in workers:
        worker.join()
    return total


def table(pictures: Sequence[bytes], cpus: int, rounds: int, seconds: float) -> Iterator[tuple[int, float, float]]:
    """Yield (count, gain of so many threads, gain of so many processes), the median of interleaved rounds."""
    for count in counts(cpus):
        threads, processes = [], []
        for _ in range(rounds):
            one = measure(pictures, 1, 1, seconds)
            threads.append(measure(pictures, 1, count, seconds) / one)
            processes.append(measure(pictures, count, 1, seconds) / one)
        yield count, median(threads), median(processes)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processes", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cpus = find_cpus()
    print(f"CPUs: {cpus}; pictures a second / one thread, median of {options.rounds} rounds")
    pictures = [sample.image for sample in draw_samples()]
    for count, threads, processes in table(pictures, cpus.usable, options.rounds, options.seconds):
        print(f"{count:3}: in threads {threads:.2f}, in processes {processes:.2f}", flush=True)


if __name__ == "__main__":
    main()
