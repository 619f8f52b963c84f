"""The command line: `ocr IMAGE...` prints the text of pictures. The last stop of the pipeline."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from ocr_core.errors import OcrError, UnreadableImage
from ocr_core.types import (
    Decoder,
    Granularity,
    LineResult,
    Mode,
    PageReader,
    PageResult,
    ReadOptions,
    Span,
    Threshold,
)

STDIN = "-"

EXIT_READ = 0
EXIT_BAD_INPUT = 1  # at least one picture could not be read; argparse itself exits with 2

_EPILOG = """\
exit code: 0 every image was read, 1 an image could not be read (the others still are), 2 wrong usage.
Warnings and errors go to stderr, so that stdout holds nothing but text or JSON."""


def main(argv: Sequence[str] | None = None, reader: PageReader | None = None) -> int:
    """Return the exit code after printing the text of every image named in `argv`.

    Args:
        argv: the arguments without the program's name; `sys.argv` if None.
        reader: reads the images; the shipped model is loaded if None.
    """
    arguments = _parser().parse_args(argv)
    options = ReadOptions(arguments.threshold, arguments.mode, arguments.granularity, arguments.decoder)
    if reader is None:
        from ocr_core.pipeline import load_pipeline  # --help and usage errors need no model

        try:
            reader = load_pipeline()
        except OcrError as error:
            print(f"ocr: {error}", file=sys.stderr)
            return EXIT_BAD_INPUT
    try:
        code = _print_all(arguments, reader, options)
        sys.stdout.flush()
    except BrokenPipeError:
        # `ocr ... | head` has seen enough; the interpreter must not fail once more on its last flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_READ
    return code


def _print_all(arguments: argparse.Namespace, reader: PageReader, options: ReadOptions) -> int:
    """Return the exit code after printing what each image says."""
    code = EXIT_READ
    for index, name in enumerate(arguments.image):
        try:
            page = reader.read(_read_bytes(name), options)
        except OcrError as error:
            print(f"ocr: {name}: {error}", file=sys.stderr)
            code = EXIT_BAD_INPUT
            continue
        for warning in page.warnings:
            print(f"ocr: {name}: warning: {warning}", file=sys.stderr)
        if arguments.json:
            print(json.dumps(_as_json(name, page), ensure_ascii=False))
        else:
            _print_text(name, page, headed=len(arguments.image) > 1, first=index == 0)
    return code


def _parser() -> argparse.ArgumentParser:
    """Return the parser; its help is the documentation of the command."""
    parser = argparse.ArgumentParser(
        prog="ocr",
        description="Print the Chinese and English text of images, in reading order.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "image", nargs="+", metavar="IMAGE", help="JPEG, PNG, WebP, BMP, TIFF or GIF file; - reads stdin"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object a line for each image: text, boxes, confidences, warnings and timings",
    )
    parser.add_argument(
        "--mode",
        choices=get_args(Mode),
        default=ReadOptions().mode,
        help="line: the image is one line of text; page: look for lines; auto: decide by shape (%(default)s)",
    )
    parser.add_argument(
        "--threshold",
        choices=get_args(Threshold),
        default=ReadOptions().threshold,
        help="turn lines to black on white before reading; auto: only on uneven light (%(default)s)",
    )
    parser.add_argument(
        "--granularity",
        choices=get_args(Granularity),
        default=ReadOptions().granularity,
        help="with --json: add the places of words, or of words and characters, to each line (%(default)s)",
    )
    parser.add_argument(
        "--decoder",
        choices=get_args(Decoder),
        default=ReadOptions().decoder,
        help="beam: weigh what is seen with how likely it is as text; greedy: take what is seen (%(default)s)",
    )
    return parser


def _read_bytes(name: str) -> bytes:
    """Return the content of a file or of stdin; raise `UnreadableImage` with the system's own reason."""
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableImage(f"{error.strerror or error}.") from error


def _print_text(name: str, page: PageResult, headed: bool, first: bool) -> None:
    """Print the text, under a header in the manner of `tail` where there are several images."""
    if headed:
        print(f"{'' if first else chr(10)}==> {name} <==")
    if page.text:
        print(page.text)


def _as_json(name: str, page: PageResult) -> dict[str, object]:
    """Return the page as the services' JSON, with the file's name in front."""
    return {
        "file": name,
        "text": page.text,
        "results": [_line_json(line) for line in page.lines],
        "image": {"width": page.width, "height": page.height},
        "model": page.model,
        "warnings": list(page.warnings),
        "timings_ms": {stage: round(value, 1) for stage, value in asdict(page.timings).items()},
    }


def _line_json(line: LineResult) -> dict[str, object]:
    """Return a line with its place, and those of its words and characters where they were asked for."""
    found: dict[str, object] = {
        "text": line.text,
        **_place_json(line),
        "confidence": round(line.reading.confidence, 4),
    }
    for name, spans in (("words", line.words), ("characters", line.characters)):
        if spans:
            found[name] = [
                {"text": s.text, "start": s.start, **_place_json(s), "confidence": round(s.confidence, 4)}
                for s in spans
            ]
    return found


def _place_json(found: LineResult | Span) -> dict[str, object]:
    """Return where a line, a word or a character is."""
    box = found.box
    return {"bbox": [box.x0, box.y0, box.x1, box.y1], "polygon": [list(corner) for corner in found.polygon]}
