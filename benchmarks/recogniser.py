"""Speed of our recogniser beside RapidOCR's: one thread, the same crops, the same run.

    python -m benchmarks.recogniser [LINES] [--count 200] [--rounds 5]

LINES is a folder with labels.tsv (name<TAB>text) and crops/; without it, lines are drawn. The peers take
part where they are installed (the extra `bench`). Times depend on the machine; look at the ratios.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import onnxruntime

from benchmarks.contenders import (
    LINES_OF_A_PAGE,
    Contender,
    Unavailable,
    by_page,
    opencv_version,
    our_fp32,
    our_greedy_int8,
    our_int8,
    ours,
    rapidocr_v4,
    rapidocr_v6,
)
from benchmarks.crops import Crop, drawn_crops, folder_crops, without_color
from benchmarks.rounds import Row, Timing, differences, run_rounds, table
from training.metrics import score

OURS: tuple[Callable[[], Contender], ...] = (our_int8, our_greedy_int8, our_fp32)
PEERS: tuple[Callable[[], Contender], ...] = (rapidocr_v6, rapidocr_v4)

BUSY = 0.95
"""Share of the wall-clock time below which a contender did not have a processor to itself."""

SHOWN_DIFFERENCES = 5


def load(makers: Sequence[Callable[[], Contender]]) -> list[Contender]:
    """Return the contenders that can take part; say of the others why not."""
    found = []
    for make in makers:
        try:
            found.append(make())
        except Unavailable as reason:
            print(f"left out: {reason}")
    return found


def print_table(rows: Sequence[Row], timings: Mapping[str, Timing], crops: Sequence[Crop]) -> None:
    """Print a line for each contender."""
    print(f"{'':45s} {'ms a line':>9s} {'(rounds)':>15s} {'lines/s':>8s} {'time':>7s} {'CER':>7s} {'right':>6s}")
    for row in rows:
        result = score((crop.text, text) for crop, text in zip(crops, timings[row.name].texts, strict=True))
        spread = f"({row.low:.2f}-{row.high:.2f})"
        print(
            f"{row.name:45s} {row.ms:9.2f} {spread:>15s} {row.lines_a_second:8.1f} {row.ratio:6.2f}x "
            f"{result.cer:7.2%} {result.accuracy:6.1%}"
        )
    if min(min(timing.processor_shares) for timing in timings.values()) < BUSY:
        print("Other work was running: in some round a contender got less than 95 % of a processor.")


def print_agreement(peers: Sequence[Contender], timings: Mapping[str, Timing], crops: Sequence[Crop]) -> None:
    """Print how often our engine with a peer's weights reads what the peer reads with them.

    Our engine takes grey images and RapidOCR coloured ones, so the crops are compared in grey, where both
    see the same pixels, and as they are.
    """
    for peer in peers:
        engine = ours("ours", peer.weights)
        texts = [engine.read([crop.image])[0] for crop in crops]
        in_grey = differences([peer.read([without_color(crop.image)])[0] for crop in crops], texts)
        as_is = differences(timings[peer.name].texts, texts)
        print(
            f"{peer.weights.name} in our engine, of {len(crops)} texts: {len(crops) - len(in_grey)} equal "
            f"on grey crops, {len(crops) - len(as_is)} on the crops as they are"
        )
        for theirs, our in in_grey[:SHOWN_DIFFERENCES]:
            print(f"  {theirs!r} there, {our!r} here")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recogniser", description=__doc__.splitlines()[0])
    parser.add_argument("lines", nargs="?", type=Path, metavar="LINES", help="folder with labels.tsv and crops/")
    parser.add_argument("--count", type=int, default=200, help="lines to read")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender reads them")
    options = parser.parse_args(arguments)
    if min(options.count, options.rounds) < 1:
        parser.error("--count and --rounds are at least 1")

    cv2.setNumThreads(1)
    try:
        crops = folder_crops(options.lines, options.count) if options.lines else drawn_crops(options.count)
        own, peers = [make() for make in OURS], load(PEERS)
    except (FileNotFoundError, Unavailable) as error:
        sys.exit(str(error))
    print(f"ONNX Runtime {onnxruntime.__version__}, OpenCV {opencv_version()}, one thread, one line at a time")
    print(f"{len(crops)} lines ({options.lines.name if options.lines else 'drawn'}), {options.rounds} rounds")
    print(f"'by page': {LINES_OF_A_PAGE} lines at once")
    pages = [by_page(contender) for contender in (own[0], *peers[:1])]
    timings = run_rounds([*own, *peers, *pages], crops, options.rounds)
    rows = table({name: timing.ms_a_line for name, timing in timings.items()}, own[0].name)
    print_table(rows, timings, crops)
    print_agreement(peers, timings, crops)


if __name__ == "__main__":
    main()
