"""What `ocr bulk` costs beside the bare engine: inputs a second per core, and the price of a million pages.

    python -m benchmarks.bulk [--lines 1000] [--pages 16] [--rounds 2] [--folder PAGES] [--price 0.04] [--no-ray]

Bare: as many processes as CPUs, each calling the pipeline in a loop. Local and Ray: whole jobs, from files to a
Parquet table, on the same CPUs; Ray on a cluster of one node that is started for it. Time counts from the first
quarter of the inputs on, so without the start of processes. The arms take turns; look at the ratios.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import cv2

from benchmarks.crops import drawn_crops
from ocr_core.bulk.batch_reader import BatchReader, Plan
from ocr_core.bulk.bulk_job import BulkJob
from ocr_core.bulk.local_pool import LocalPool
from ocr_core.bulk.ray_tasks import RayTasks
from ocr_core.bulk.sources import inputs
from ocr_core.bulk.target import Target
from ocr_core.sizing import find_cpus
from ocr_core.types import ReadOptions

EXAMPLES = Path(__file__).parents[1] / "examples"
GOALS = {"local": 0.90, "ray": 0.80}
"""Share of the bare engine's speed that is asked of a job."""

SHARD = 64


class Stopwatch:
    """A progress that takes the time from the first quarter of the inputs to the last."""

    def __init__(self, count: int) -> None:
        """Expect `count` inputs."""
        self._left, self._first = count, count - max(1, count // 4)
        self._started = 0.0
        self.speed = 0.0
        """Inputs a second."""

    def ended(self, failed: bool, before: bool) -> None:
        """Count an input."""
        if failed or before:
            raise SystemExit("An input of the benchmark was not read.")
        self._left -= 1
        if self._left == self._first:
            self._started = time.perf_counter()
        if self._left == 0:
            self.speed = self._first / (time.perf_counter() - self._started)


def bare(folder: Path, plan: Plan, cpus: int) -> float:
    """Return the pictures of `folder` that `cpus` processes read in a second, with nothing around the engine."""
    context = multiprocessing.get_context("spawn")
    ready, speeds = context.Barrier(cpus), context.SimpleQueue()
    readers = [context.Process(target=_read, args=(folder, plan, cpus, ready, speeds)) for _ in range(cpus)]
    for reader in readers:
        reader.start()
    total = sum(speeds.get() for _ in readers)
    for reader in readers:
        reader.join()
    return float(total)


def _read(folder: Path, plan: Plan, cpus: int, ready: object, speeds: object) -> None:
    """Put the speed of this process into `speeds`; it reads its share of the pictures."""
    pipeline = plan.load()
    pictures = [path.read_bytes() for path in sorted(folder.iterdir())]
    pipeline.read(pictures[0], plan.options)
    ready.wait()  # type: ignore[attr-defined]
    started = time.perf_counter()
    share = pictures[: len(pictures) // cpus]
    for picture in share:
        pipeline.read(picture, plan.options)
    speeds.put(len(share) / (time.perf_counter() - started))  # type: ignore[attr-defined]


def job(start: Callable[[], object], folder: Path, plan: Plan) -> float:
    """Return the pictures of `folder` that a job reads in a second, with the engine that `start` makes."""
    stopwatch = Stopwatch(len(list(folder.iterdir())))
    with (
        tempfile.TemporaryDirectory() as target,
        closing(Target(f"{target}/out", str(folder), plan, SHARD)) as kept,
    ):
        BulkJob(inputs(str(folder)), kept, SHARD, stopwatch).run(start)  # type: ignore[arg-type]
    return stopwatch.speed


def compare(what: str, folder: Path, plan: Plan, cpus: int, rounds: int, address: str | None) -> float:
    """Print what each arm reads in a second per core and its share of the bare engine; return the local speed."""
    arms: dict[str, Callable[[], float]] = {
        "bare": partial(bare, folder, plan, cpus),
        "local": partial(job, partial(LocalPool, partial(BatchReader, plan), cpus), folder, plan),
    }
    if address:
        arms["ray"] = partial(job, partial(RayTasks, plan, address), folder, plan)
    speeds: dict[str, list[float]] = {name: [] for name in arms}
    names = list(arms)
    for index in range(rounds):
        for name in names[index % len(names) :] + names[: index % len(names)]:
            speeds[name].append(arms[name]() / cpus)
    for name in names:
        share = median(own / reference for own, reference in zip(speeds[name], speeds["bare"], strict=True))
        rounds_shown = " ".join(f"{speed:.2f}" for speed in speeds[name])
        goal = f"  goal {GOALS[name]:.2f}" if name in GOALS else ""
        print(f"{what:6s} {name:6s} {median(speeds[name]):8.2f} /s per core  ({rounds_shown})  {share:5.2f}x{goal}")
    return median(speeds["local"])


def fill(folder: Path, pictures: Sequence[bytes], count: int) -> None:
    """Write `count` files into `folder`, of `pictures` in turn."""
    folder.mkdir()
    for index in range(count):
        (folder / f"{index:06}.png").write_bytes(pictures[index % len(pictures)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the arms and print their table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1000, help="line images of each arm")
    parser.add_argument("--pages", type=int, default=16, help="pages of each arm; 0 leaves them out")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="pages to measure with; those of examples/ by default")
    parser.add_argument("--price", type=float, default=0.04, help="of a core for an hour, in any currency")
    parser.add_argument("--no-ray", action="store_true")
    given = parser.parse_args(arguments)
    cpus = find_cpus().usable
    print(f"{cpus} processes; {given.lines} lines, {given.pages} pages, {given.rounds} rounds")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = None if given.no_ray else stack.enter_context(_cluster(cpus))
        crops = [cv2.imencode(".png", crop.image)[1].tobytes() for crop in drawn_crops(min(given.lines, 200))]
        fill(folder / "lines", crops, given.lines)
        lines = Plan(options=ReadOptions(mode="line"))
        compare("lines", folder / "lines", lines, cpus, given.rounds, address)
        if given.pages:
            shown = given.folder or EXAMPLES
            pages = [path.read_bytes() for path in sorted(shown.iterdir()) if _is_page(path)]
            fill(folder / "pages", pages, given.pages)
            speed = compare("pages", folder / "pages", Plan(), cpus, given.rounds, address)
            hours = 1e6 / speed / 3600
            print(f"a million such pages: {hours:.0f} core-hours, {hours * given.price:.2f} at {given.price} each")


def _is_page(path: Path) -> bool:
    return path.suffix in {".png", ".jpg", ".jpeg", ".tif"} and not path.name.startswith("line-")


@contextmanager
def _cluster(cpus: int) -> Iterator[str]:
    """Give the address of a Ray cluster of one node."""
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": cpus, "object_store_memory": 200 << 20, "include_dashboard": False}
    started = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield str(started.address)
    finally:
        ray.shutdown()
        started.shutdown()


if __name__ == "__main__":
    main()
