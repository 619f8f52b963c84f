"""Draws a contact sheet of training lines, for a person to look at."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from training.alphabets import default_alphabet, read_alphabet
from training.lines import LineMaker

COLUMN_PX = 480


def main() -> None:
    """Draw `--lines` lines in three columns."""
    parser = argparse.ArgumentParser(prog="python -m training.sheet", description=__doc__)
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--output", type=Path, default=Path("sheet.png"))
    parser.add_argument("--lines", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held-out", action="store_true", help="draw with the fonts that training never sees")
    parser.add_argument("--alphabet", type=Path, help="as for training.train; default: Chinese and English")
    args = parser.parse_args()
    alphabet = read_alphabet(args.alphabet) if args.alphabet else default_alphabet()
    maker = LineMaker(args.assets, alphabet, args.seed, held_out=args.held_out)
    rows = []
    for _ in range(args.lines // 3 * 3):
        image = maker.line()[0][:, : COLUMN_PX - 4]
        row = np.full((36, COLUMN_PX), 128, np.uint8)
        row[2:34, 2 : 2 + image.shape[1]] = image
        rows.append(row)
    third = len(rows) // 3
    cv2.imwrite(str(args.output), np.hstack([np.vstack(rows[k * third : (k + 1) * third]) for k in range(3)]))
    print(f"{args.output}: {third * 3} lines")


if __name__ == "__main__":
    main()
