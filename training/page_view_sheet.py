"""Draws a contact sheet of training pages with the cores of their lines, for a person to look at."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from training.alphabets import default_alphabet
from training.page_maker import PageMaker

COLUMNS = 4


def main() -> None:
    """Draw `--pages` pages, four in a row."""
    parser = argparse.ArgumentParser(prog="python -m training.page_view_sheet", description=__doc__)
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--output", type=Path, default=Path("pages.png"))
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="without the outlines")
    args = parser.parse_args()
    maker = PageMaker(args.assets, default_alphabet(), args.seed)
    tiles = []
    for _ in range(args.pages // COLUMNS * COLUMNS):
        page = maker.page()
        tile = cv2.cvtColor(page.gray, cv2.COLOR_GRAY2BGR)
        for line in () if args.plain else page.lines:
            cv2.polylines(tile, [line.outline.round().astype(np.int32)], True, (0, 160, 0), 1)
            cv2.polylines(tile, [line.core.round().astype(np.int32)], True, (0, 0, 255), 1)
        tiles.append(cv2.copyMakeBorder(tile, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(255, 0, 0)))
    rows = [np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(args.output), np.vstack(rows))
    print(f"{args.output}: {len(tiles)} pages")


if __name__ == "__main__":
    main()
