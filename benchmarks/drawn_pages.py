"""Draws whole pages with their truth, in the format that `benchmarks.pages` reads.

    python -m benchmarks.drawn_pages ASSETS FOLDER [--count 60] [--seed 1]

ASSETS is the folder that `python -m training.assets` makes. What is measured on these pages may also be chosen
by them: constants of the line finder and of the pipeline were.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ocr_core.types import Gray
from training import page_layouts, page_screens, page_slips
from training.alphabets import default_alphabet
from training.fonts import FontPicker, load_fonts
from training.page_damage import damaged
from training.page_sheet import Sheet
from training.page_texts import Language, PageTexts
from training.texts import Corpus

LAYOUTS = (
    page_layouts.prose,
    page_layouts.prose,
    page_layouts.table,
    page_slips.receipt,
    page_slips.form,
    page_screens.screen,
)
LANGUAGES: tuple[Language, ...] = ("en", "zh", "mixed")

LETTER_PX = (11, 12, 14, 16, 20, 26, 36)
"""Pixels per em of the running text: a fax of 100 dpi to a scan of 300."""

PAGE_EMS = (52, 70)
"""Width and height of a page in ems; a receipt is half as wide."""


def draw(texts: PageTexts, fonts: FontPicker, rng: random.Random) -> tuple[Gray, list[dict[str, object]]]:
    """Return a page, (H, W) uint8, and its lines."""
    texts.language = rng.choice(LANGUAGES)
    sample = "Ag" if texts.language == "en" else "的是国Ag"
    body, heading = (fonts.pick(sample, rng, 60) for _ in range(2))
    if body is None or heading is None:
        raise SystemExit("The asset folder has no font for Chinese.")
    layout, size = rng.choice(LAYOUTS), rng.choice(LETTER_PX)
    width, height = (round(ems * size) for ems in PAGE_EMS)
    if layout is page_slips.receipt:
        width //= 2
    paper, tone = np.float32(rng.uniform(200, 255)), rng.uniform(0, 90)
    gray = np.full((height, width), paper, np.float32)
    sheet = Sheet(gray, rng, texts, body, heading, size, tone)
    layout(sheet)
    pixels = damaged(sheet.gray, 0.7 * size, rng)
    lines: list[dict[str, object]] = [
        {"box": [s.x0, s.y0, s.x1, s.y0, s.x1, s.y1, s.x0, s.y1], "text": s.text} for s in sheet.strips
    ]
    return np.clip(pixels, 0, 255).astype(np.uint8), lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the pages of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawn_pages", description=__doc__.splitlines()[0])
    parser.add_argument("assets", type=Path, metavar="ASSETS")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)

    rng, alphabet = random.Random(options.seed), default_alphabet()
    texts = PageTexts(Corpus(options.assets, alphabet), alphabet, rng)
    fonts = FontPicker(load_fonts(options.assets, held_out=False))
    (options.folder / "pages").mkdir(parents=True, exist_ok=True)
    rows = []
    for index in tqdm(range(options.count), desc="pages", disable=None):
        pixels, lines = draw(texts, fonts, rng)
        name = f"{index:03d}.png"
        cv2.imwrite(str(options.folder / "pages" / name), pixels)
        rows.append(json.dumps({"file": name, "lines": lines}, ensure_ascii=False))
    (options.folder / "pages.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
