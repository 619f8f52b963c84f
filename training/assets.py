"""Gathers fonts and texts from installed packages into one folder that can be copied anywhere.

`python -m training.assets OUT` writes OUT/fonts/FAMILY--FACE.ttf, each subset to our alphabet, and
OUT/texts/*.txt.gz. Fonts that are there already are kept, so that an interrupted run goes on. `--small` writes
WOFF2, half the size; a line takes three times as long to draw from it, as a font is unpacked whenever it is opened.
`--list` prints Debian's packages; those of Python come with the extra `training`.
"""

import argparse
import gzip
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from fontTools import subset
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.ttLib import TTFont
from tqdm import tqdm

from ocr_core.alphabet import Alphabet
from training.alphabets import default_alphabet
from training.corpora import NPM_TEXTS, chinese_words, corpora, distinct, english_words
from training.font_slices import joined, slice_packages, sliced_fonts
from training.font_sources import NPM_PACKAGES, FoundFont, installed_fonts, npm_fonts
from training.fonts import LIGATURES

PACKAGES = Path(__file__).with_name("packages.txt")
SIMPLIFIED_CHINESE_FACE = 2
"""Index of the SC face in the Noto CJK collections."""


def subset_font(files: Sequence[Path], target: Path, text: str) -> bool:
    """Write the font of `files` reduced to the glyphs of `text`, packed where `target` ends in .woff2.

    Returns False where it holds too few of them to be of use.

    Args:
        files: one font, or the slices of one.
        target: file to write.
        text: characters that are kept.
    """
    options = subset.Options(
        flavor="woff2" if target.suffix == ".woff2" else None,
        hinting=False,
        layout_features=[],
        notdef_outline=False,
        ignore_missing_glyphs=True,
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "kern", "DSIG", "MATH"]
    options.font_number = SIMPLIFIED_CHINESE_FACE if "CJK" in files[0].name else 0
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of each table that it leaves out
    try:
        font = joined(files) if len(files) > 1 else subset.load_font(str(files[0]), options, lazy=False)
        if len(set(map(ord, "ABCabc123")) & set(font.getBestCmap() or ())) < 9:
            return False
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=_with_ink(font, text))
        subsetter.subset(font)
        partial = target.with_suffix(".partial")
        subset.save_font(font, str(partial), options)
        partial.replace(target)  # an interrupted run leaves no half a font behind
    except OSError:
        raise  # a full disk is no fault of the font
    except Exception as error:  # a damaged file surfaces as whatever its first wrong number leads to
        tqdm.write(f"{files[0].name} is left out: {error!r}")
        target.with_suffix(".partial").unlink(missing_ok=True)
        return False
    return True


def _with_ink(font: TTFont, text: str) -> str:
    """Return `text` without the characters that `font` claims to have and leaves blank, as Marvel does `_`."""
    names, glyphs = font.getBestCmap(), font.getGlyphSet()

    def is_blank(character: str) -> bool:
        pen = ControlBoundsPen(glyphs)
        glyphs[names[ord(character)]].draw(pen)
        return pen.bounds is None

    return "".join(c for c in text if c == " " or ord(c) not in names or not is_blank(c))


def write_fonts(folder: Path, fonts: Iterable[FoundFont], text: str, ending: str) -> None:
    """Write the `fonts`, subset to `text`.

    A Chinese one takes seconds, so all processors work on them.
    """
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(subset_font, font.files, folder / f"{font.family}--{font.face}{ending}", text)
            for font in fonts
            if not any((folder / f"{font.family}--{font.face}{known}").exists() for known in (".ttf", ".woff2"))
        ]
        for job in tqdm(as_completed(jobs), desc="fonts", unit=" files", total=len(jobs)):
            job.result()


def write_texts(folder: Path, alphabet: Alphabet, node_modules: Path) -> None:
    """Write OUT/texts: sentences of each corpus without repeats, English words, Chinese words with counts."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in corpora(node_modules).items():
        write_lines(folder / f"{name}.txt.gz", distinct(tqdm(lines, desc=f"texts {name}", unit=" lines"), alphabet))
    write_lines(folder / "words.txt.gz", [w for w in english_words() if all(c in alphabet for c in w)])
    write_lines(
        folder / "zh-words.txt.gz",
        [r for r in chinese_words() if all(c in alphabet for c in r.split("\t")[0])],
    )


def write_lines(path: Path, lines: list[str]) -> None:
    """Write `lines` gzipped."""
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def main() -> None:
    """Gather everything into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.assets", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("assets"))
    parser.add_argument("--list", action="store_true", help="print the packages for `apt-get install` and stop")
    parser.add_argument("--list-npm", action="store_true", help="print the packages for `npm install` and stop")
    parser.add_argument(
        "--node-modules",
        type=Path,
        default=Path("node_modules"),
        metavar="DIR",
        help="where npm put its packages; default: %(default)s, if it is there",
    )
    parser.add_argument("--small", action="store_true", help="half the size, to be sent; slower to draw from")
    args = parser.parse_args()
    if args.list:
        print(" ".join(PACKAGES.read_text().split()))
        return
    if args.list_npm:
        fontsource = (f"@fontsource/{name}" for name in NPM_PACKAGES.read_text().split())
        print(" ".join((*fontsource, *slice_packages(), *NPM_TEXTS)))
        return
    alphabet = default_alphabet()
    fonts = args.folder / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    write_texts(args.folder / "texts", alphabet, args.node_modules)
    found = (*installed_fonts(), *npm_fonts(args.node_modules), *sliced_fonts(args.node_modules))
    text = "".join((*alphabet.characters, *LIGATURES.values()))
    write_fonts(fonts, found, text, ".woff2" if args.small else ".ttf")
    mebibytes = sum(p.stat().st_size for p in args.folder.rglob("*") if p.is_file()) / 2**20
    print(f"{args.folder}: {len(list(fonts.iterdir()))} fonts, {mebibytes:.1f} MiB in all")


if __name__ == "__main__":
    main()
