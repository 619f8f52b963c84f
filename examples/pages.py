"""Draws three pages, reads them, and writes each with the boxes that were found: the pictures of docs/pages.md.

    python examples/pages.py docs/images

Needs Pillow and the fonts that `draw.py` needs.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from draw import LATO, LIBERATION, NOTICE, NOTO, RECEIPT, font, photographed, sheet
from PIL import Image, ImageDraw

from ocr_core import PageResult, ReadOptions, load_pipeline

TITLE = "The harbour in winter"
LEFT = (
    "Ships stay longer in the harbour when",
    "the days are short. Crews mend nets,",
    "paint the decks and wait for a calm",
    "morning. The market opens at seven,",
    "an hour later than in summer.",
)
RIGHT = (
    "Bread and coffee are sold from a van",
    "by the old crane. On Sundays a choir",
    "sings in the customs house. Visitors",
    "are welcome, and the room is heated.",
    "A map of the port hangs at the gate.",
)
TABLE = (
    ("Boat", "Length", "Crew"),
    ("Marigold", "14.2 m", "5"),
    ("Old Tern", "9.8 m", "3"),
    ("Sea Robin", "21.5 m", "9"),
)

BLOCK_COLOURS = ((196, 78, 28), (24, 110, 190), (30, 130, 60), (140, 60, 150), (180, 130, 0))
"""Red, green and blue of the boxes, one after the other by block."""


def report() -> Image.Image:
    """Return a title over two columns over a table."""
    image = Image.new("L", (900, 560), 255)
    pen = ImageDraw.Draw(image)
    pen.text((450, 40), TITLE, fill=30, font=font(LATO, 40), anchor="mm")
    for x, rows in ((50, LEFT), (480, RIGHT)):
        for row, text in enumerate(rows):
            pen.text((x, 100 + 34 * row), text, fill=40, font=font(LIBERATION, 21))
    for row, cells in enumerate(TABLE):
        for x, text in zip((80, 400, 700), cells, strict=True):
            pen.text((x, 340 + 44 * row), text, fill=40, font=font(LIBERATION, 22))
        pen.line([(50, 334 + 44 * row), (850, 334 + 44 * row)], fill=120)
    return image


def with_boxes(image: Image.Image, page: PageResult, fine: bool) -> Image.Image:
    """Return `image` with a numbered box for each line, or, where `fine`, one for each word."""
    shown = image.convert("RGB")
    pen = ImageDraw.Draw(shown)
    for number, line in enumerate(page.lines, 1):
        colour = BLOCK_COLOURS[line.block % len(BLOCK_COLOURS)]
        for found in line.words if fine else (line,):
            pen.polygon(list(found.polygon), outline=colour, width=2)
        if not fine:
            pen.text(line.polygon[0], str(number), fill=colour, font=font(LATO, 15), anchor="rb")
    return shown


def main(arguments: Sequence[str]) -> None:
    """Write the three pictures into the folder that is named."""
    folder, pipeline = Path(arguments[0]), load_pipeline()
    receipt = photographed(sheet(RECEIPT, [font(LIBERATION, 24)] * len(RECEIPT), 32, 1.6), 8, seed=1)
    notice = sheet(NOTICE, [font(NOTO, 40), *[font(NOTO, 26)] * 2, font(LATO, 24)], 28, 1.6)
    pages = {"report": report(), "receipt": receipt.rotate(90, expand=True), "notice": notice}
    for name, image in pages.items():
        fine = name == "notice"
        data = cv2.imencode(".png", np.asarray(image))[1].tobytes()
        page = pipeline.read(data, ReadOptions(mode="page", granularity="word" if fine else "line"))
        with_boxes(image, page, fine).save(folder / f"boxes-{name}.png", optimize=True)
        sys.stdout.write("\n".join([f"== {name} ==", page.text, *page.warnings, ""]))


if __name__ == "__main__":
    main(sys.argv[1:])
