"""Writes lines in held-out fonts as a folder that `training.evaluate` reads: labels.tsv and crops/."""

import argparse
from pathlib import Path

import cv2
from tqdm import tqdm

from training.alphabets import default_alphabet, read_alphabet
from training.validation import held_out_lines


def main() -> None:
    """Write `--lines` lines, clean ones with `--clean`, into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.held_out", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--clean", action="store_true", help="without damage")
    parser.add_argument("--alphabet", type=Path, help="as for training.train; default: Chinese and English")
    args = parser.parse_args()
    alphabet = read_alphabet(args.alphabet) if args.alphabet else default_alphabet()
    crops = args.folder / "crops"
    crops.mkdir(parents=True, exist_ok=True)
    rows = []
    lines = held_out_lines(args.assets, alphabet, args.lines, args.clean)
    for number, (image, text) in enumerate(tqdm(lines, desc=str(args.folder), unit=" lines")):
        cv2.imwrite(str(crops / f"{number:04d}.png"), image)
        rows.append(f"{number:04d}.png\t{text}\n")
    (args.folder / "labels.tsv").write_text("".join(rows), "utf8")


if __name__ == "__main__":
    main()
