"""Whole pages: what is found and how fast, beside RapidOCR and Tesseract; one thread, the same run.

    python -m benchmarks.pages FOLDER... [--rotate 90] [--skew 5] [--every 1] [--ours] [--detector both]

A folder holds pages.jsonl and pages/ (see `benchmarks.page_set`). The peers take part where they are
installed. Times depend on the machine; look at the ratios.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import get_args

import cv2

from benchmarks.contenders import Unavailable
from benchmarks.page_readers import PageReader, our_pages, rapidocr_pages, tesseract_pages
from benchmarks.page_scores import score_pages
from benchmarks.page_set import QUARTER_TURNS, Line, Page, load_pages
from ocr_core.types import LineDetector

PEERS: tuple[Callable[[], PageReader], ...] = (rapidocr_pages, tesseract_pages)


def run(
    readers: Sequence[PageReader], pages: Sequence[Page], rounds: int
) -> tuple[dict[str, list[list[Line]]], dict[str, list[float]]]:
    """Return what each reader found, and its seconds a page in each round; page by page in turn.

    Readers that take turns at each page share the machine's slow moments, which leaves ratios alone.
    """
    found: dict[str, list[list[Line]]] = {}
    seconds: dict[str, list[float]] = {reader.name: [] for reader in readers}
    for _ in range(rounds):
        found = {reader.name: [] for reader in readers}
        spent = dict.fromkeys(found, 0.0)
        for page in pages:
            for reader in readers:
                started = time.perf_counter()
                found[reader.name].append(reader.read(page.data))
                spent[reader.name] += time.perf_counter() - started
        for name, total in spent.items():
            seconds[name].append(total / max(1, len(pages)))
    return found, seconds


def print_table(
    title: str,
    pages: Sequence[Page],
    found: dict[str, list[list[Line]]],
    seconds: dict[str, list[float]],
) -> None:
    """Print a row of scores, seconds and the ratio to our time for each reader; ours is the first."""
    print(f"{title:36s} token F1 (P / R)          char F1  lines  order   s a page   time")
    base = next(iter(seconds.values()))
    for name, times in seconds.items():
        score = score_pages(pages, found[name])
        ratio = median(own / other for own, other in zip(times, base, strict=True))
        print(
            f"{name:36s} {score.token_f1:.4f} ({score.token_precision:.4f} / {score.token_recall:.4f}) "
            f"{score.character_f1:8.4f} {score.line_recall:.4f} {score.order:.4f} "
            f"{median(times):8.3f} {ratio:6.2f}x"
        )


def load(makers: Sequence[Callable[[], PageReader]]) -> list[PageReader]:
    """Return the readers that can take part; say of the others why not."""
    readers = []
    for make in makers:
        try:
            readers.append(make())
        except Unavailable as reason:
            print(f"left out: {reason}")
    return readers


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="with pages.jsonl and pages/")
    parser.add_argument("--rotate", type=int, default=0, choices=[0, *QUARTER_TURNS], help="degrees clockwise")
    parser.add_argument("--skew", type=float, default=0.0, help="degrees clockwise, after the rotation")
    parser.add_argument("--every", type=int, default=1, help="take every n-th page only")
    parser.add_argument("--rounds", type=int, default=1, help="how often each page is read")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--model", type=Path, help="another recogniser for ours")
    parser.add_argument("--detector", choices=get_args(LineDetector), default="both", help="line finder of ours")
    options = parser.parse_args(arguments)

    cv2.setNumThreads(1)
    readers = load([lambda: our_pages(options.model, options.detector), *(() if options.ours else PEERS)])
    for folder in options.folders:
        try:
            pages = load_pages(folder, options.rotate, options.skew, options.every)
        except FileNotFoundError as error:
            sys.exit(str(error))
        turned = f", turned by {options.rotate + options.skew:g}" if options.rotate or options.skew else ""
        print_table(f"{folder.name}, {len(pages)} pages{turned}", pages, *run(readers, pages, options.rounds))


if __name__ == "__main__":
    main()
