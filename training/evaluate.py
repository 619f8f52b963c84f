"""Test folders -> error rates and readings, through the production pipeline and without torch.

    python -m training.evaluate DIR... [--out FILE] [--model M] [--pages] [--errors N]

A folder holds `labels.tsv` (name<TAB>text) and `crops/`, and for `--pages` `pages.jsonl` and `pages/`.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ocr_core.errors import SHOWN, InputError, ModelFileError
from ocr_core.pipeline import load_pipeline
from ocr_core.types import Mode, PageReader, ReadOptions, Threshold
from training.error_report import report_errors
from training.metrics import bag_f1, loose, score, strict

INPUTS: dict[str, Threshold] = {"grey": "off", "binarised": "on"}
"""What each row of the table reads: the option `threshold` that stands for it."""

Item = TypeVar("Item")

OUT_HELP = """write the readings to this file: name<TAB>text, or with --pages JSON lines {"file", "lines":
[{"box": [8 numbers], "text"}]}. Names repeat between folders, so several DIRs make one file each:
OUT-DIR.tsv for OUT.tsv. The readings are those of the grey image."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One line image with its truth."""

    name: str
    path: Path
    text: str


def read_labels(folder: Path) -> list[Sample]:
    """Return the line samples of `folder`, in the order of `labels.tsv`.

    Ends the program with a sentence where there is no such file, a row has neither a tab nor a picture, or
    pictures are missing.
    """
    labels = folder / "labels.tsv"
    try:
        rows = [row for row in labels.read_text(encoding="utf-8-sig").split("\n") if row.strip()]
    except OSError as error:
        raise SystemExit(
            f"{labels} cannot be read: {error.strerror}. It holds a row (name, tab, text) a line."
        ) from error
    except UnicodeDecodeError as error:
        raise SystemExit(f"{labels} is not in UTF-8; save it so.") from error
    if not rows:
        raise SystemExit(f"{labels} is empty; it holds a row (name, tab, text) a line.")
    samples = []
    for row in rows:
        name, tab, text = row.rstrip("\r").partition("\t")
        if not tab and not (folder / "crops" / name).is_file():
            raise SystemExit(f"{labels} has a row without a tab between name and text: {row[:SHOWN]!r}.")
        samples.append(Sample(name, folder / "crops" / name, text))
    if missing := [sample.name for sample in samples if not sample.path.is_file()]:
        some = ", ".join(missing[:5])
        raise SystemExit(
            f"{len(missing)} of the {len(samples)} pictures of {labels} are not in {folder / 'crops'}: {some}."
        )
    return samples


def read_pages(folder: Path) -> list[tuple[Path, str]]:
    """Return the page images of `folder` with their texts, lines joined by line breaks."""
    pages = map(json.loads, (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines())
    return [(folder / "pages" / page["file"], _page_text(page)) for page in pages]


def _page_text(page: dict[str, Any]) -> str:
    """Return the text of a row of `pages.jsonl`, which holds either lines or the text alone."""
    lines = page.get("lines")
    return str(page["text"]) if lines is None else "\n".join(line["text"] for line in lines)


def recognise_lines(pipeline: PageReader, samples: Sequence[Sample], options: ReadOptions) -> list[str]:
    """Return the text of each sample, "" where nothing was read; end the program at a picture that is none."""
    texts = []
    for sample in _with_progress(samples, "lines"):
        try:
            texts.append(pipeline.read(sample.path.read_bytes(), options).text.replace("\n", " "))
        except InputError as error:
            raise SystemExit(f"{sample.path} cannot be read: {error}") from error
    return texts


def recognise_page(pipeline: PageReader, path: Path, options: ReadOptions) -> list[dict[str, object]]:
    """Return the lines of a page as `{"box": [x1, y1, ..., x4, y4], "text": ...}`."""
    lines = pipeline.read(path.read_bytes(), options).lines
    return [{"box": [v for point in line.polygon for v in point], "text": line.text} for line in lines]


def evaluate_lines(pipeline: PageReader, folder: Path, out: Path | None, errors: int, mode: Mode) -> None:
    """Print the scores of a folder's line images, and write the readings of the grey ones."""
    samples = read_labels(folder)
    for name, threshold in INPUTS.items():
        started = time.perf_counter()
        texts = recognise_lines(pipeline, samples, ReadOptions(threshold, mode))
        per_line = (time.perf_counter() - started) / max(1, len(samples)) * 1e3
        pairs = [(sample.text, text) for sample, text in zip(samples, texts, strict=True)]
        a, b = score(pairs, loose), score(pairs, strict)
        print(
            f"{folder.name:10s} {name:10s} {a.lines:5d} lines   "
            f"CER {a.cer:7.2%} lines right {a.accuracy:6.1%}   "
            f"strict CER {b.cer:7.2%} lines right {b.accuracy:6.1%}   {per_line:6.1f} ms a line"
        )
        if name == "grey":
            _write(out, [f"{s.name}\t{text}" for s, text in zip(samples, texts, strict=True)])
            if errors:
                report_errors([s.path for s in samples], pairs, errors, Path(f"errors-{folder.resolve().name}.png"))


def evaluate_pages(pipeline: PageReader, folder: Path, out: Path | None, threshold: Threshold) -> None:
    """Print how much of the text of a folder's pages is found, and write the readings."""
    rows, pairs = [], []
    started = time.perf_counter()
    pages = read_pages(folder)
    for path, truth in _with_progress(pages, "pages"):
        lines = recognise_page(pipeline, path, ReadOptions(threshold, "page"))
        rows.append(json.dumps({"file": path.name, "lines": lines}, ensure_ascii=False))
        pairs.append((truth, "\n".join(str(line["text"]) for line in lines)))
    per_page = (time.perf_counter() - started) / max(1, len(pages))
    found = bag_f1(pairs)
    print(f"{folder.name:10s} {len(pages):5d} pages   characters F1 {found:.3f}   {per_page:6.2f} s a page")
    _write(out, rows)


def output_path(out: Path | None, folder: Path, folders: Sequence[Path]) -> Path | None:
    """Return the file for the readings of `folder`: `out`, or one beside it if there are several folders."""
    if out is None or len(folders) == 1:
        return out
    return out.with_name(f"{out.stem}-{folder.name}{out.suffix}")


def _write(out: Path | None, rows: Sequence[str]) -> None:
    """Write `rows` to `out`, one a line."""
    if out is not None:
        out.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def _with_progress(items: Sequence[Item], unit: str) -> Iterator[Item]:
    """Yield `items`, and keep one line on stderr up to date if a person sees it."""
    seen = sys.stderr.isatty()
    for done, item in enumerate(items):
        if seen and done % 10 == 0:
            print(f"\r{done}/{len(items)} {unit}", end="", file=sys.stderr, flush=True)
        yield item
    if seen:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate the folders named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a test folder")
    parser.add_argument("--out", type=Path, metavar="FILE", help=OUT_HELP)
    parser.add_argument("--model", type=Path, metavar="M", help="ONNX file to test; else the shipped one")
    parser.add_argument("--pages", action="store_true", help="read whole pages instead of line images")
    parser.add_argument("--mode", choices=("line", "auto"), default="line", help="how line images are read")
    parser.add_argument("--threshold", choices=("off", "on", "auto"), default="off", help="for --pages")
    parser.add_argument(
        "--errors", type=int, default=0, metavar="N",
        help="print the N commonest confusions and worst lines, and draw those into errors-DIR.png",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.out and not options.out.parent.is_dir():
        parser.error(f"the folder of --out {options.out} does not exist")
    try:
        pipeline = load_pipeline(options.model)
    except ModelFileError as error:
        parser.error(str(error))
    print(pipeline.name)
    for folder in options.folders:
        out = output_path(options.out, folder, options.folders)
        if options.pages:
            evaluate_pages(pipeline, folder, out, options.threshold)
        else:
            evaluate_lines(pipeline, folder, out, options.errors, options.mode)


if __name__ == "__main__":
    main()
