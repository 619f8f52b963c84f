"""The errors of an evaluation, for people: commonest confusions, worst lines, and a picture of these."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.metrics import confusions, edit_distance, loose

ROW_HEIGHT = 40
"""Pixels of a line image on the sheet; its two texts stand below it in rows of half that height."""

SHEET_WIDTH = 1200
"""Pixels; longer lines are squeezed."""


def report_errors(paths: Sequence[Path], pairs: Sequence[tuple[str, str]], count: int, sheet: Path) -> None:
    """Print the `count` commonest confusions and worst lines, and draw the lines into `sheet`.

    Args:
        paths: the line images.
        pairs: (truth, guess) of each.
        count: how many of each kind.
        sheet: PNG file to write.
    """
    print("  wanted -> read, times")
    for (wanted, found), times in confusions(pairs).most_common(count):
        print(f"  {wanted or 'nothing'} -> {found or 'nothing'}  {times}")
    worst = worst_lines(pairs)[:count]
    for index in worst:
        truth, guess = pairs[index]
        print(f"  {paths[index].name}\n    truth  {truth}\n    read   {guess}")
    if worst:
        picture = draw_sheet([paths[index] for index in worst], [pairs[index] for index in worst])
        sheet.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        print(f"  drawn in {sheet}")


def worst_lines(pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Return the indices of the (truth, guess) pairs that differ, most edits first."""
    edits = [edit_distance(loose(truth), loose(guess)) for truth, guess in pairs]
    return [index for index in sorted(range(len(pairs)), key=lambda i: -edits[i]) if edits[index]]


def draw_sheet(paths: Sequence[Path], pairs: Sequence[tuple[str, str]]) -> NDArray[np.uint8]:
    """Return the line images with truth and guess below each, (H, SHEET_WIDTH) uint8, 0 = black."""
    font = _font()
    sheet = Image.new("L", (SHEET_WIDTH, 2 * ROW_HEIGHT * len(paths)), 255)
    draw = ImageDraw.Draw(sheet)
    for row, (path, texts) in enumerate(zip(paths, pairs, strict=True)):
        top = 2 * row * ROW_HEIGHT
        with Image.open(path) as line:
            width = max(1, min(SHEET_WIDTH, round(line.width * ROW_HEIGHT / line.height)))
            sheet.paste(line.convert("L").resize((width, ROW_HEIGHT)), (0, top))
        for offset, text in enumerate(texts, start=2):
            draw.text((4, top + offset * ROW_HEIGHT // 2), text, fill=0, font=font)
    return np.asarray(sheet)


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font with Chinese characters where the system has one, Pillow's own otherwise."""
    for name in ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DejaVuSans.ttf"):
        try:
            return ImageFont.truetype(name, ROW_HEIGHT // 2 - 5)
        except OSError:
            continue
    return ImageFont.load_default()
