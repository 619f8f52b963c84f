"""What a person should know about a page besides its text. Each sentence appears only where it is true."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ocr_core.crop import LineCrop
from ocr_core.note import Note
from ocr_core.preprocess import to_gray
from ocr_core.types import Color, Gray, LineResult
from ocr_core.words import INKED, column_ink, is_ideograph

LOW_RESOLUTION_PX = 10
"""Height of a line in pixels below which its letters are too coarse to be read for sure."""

PLAIN_SHARE = 0.5
"""Share of an image's pixels that have about the same brightness, its paper, if it is no photograph."""

PLAIN_RANGE = 24
"""Grey levels that count as about the same brightness."""

SURE_OF_TEXT = 0.6
"""Confidence from which a line at the border is print, not the edge of the paper."""

EDGE_PX = 1
"""Pixels from the border within which a line touches it."""

ENDS = {0: (0, 3), -1: (1, 2)}
"""The first and the last column of a line, and the corners of its quad there."""

EDGES = {0: (0, 1), -1: (3, 2)}
"""The same for its first and its last row."""

CUT_ROW = (0.1, 0.6)
"""Share of a row at the border that is ink where letters are cut through: more than the tips of whole ones, and
less than a shadow."""

CUT_LETTERS = 4
"""Letters and digits that such a line has at least."""

CUT_CONFIDENCE = (0.5, 0.97)
"""Print that is cut along its length is read with less confidence than whole print, and with more than shadows."""

VERTICAL_PITCH = 1.25
"""Distance of characters along the lines to that of the lines from which the print rather runs down the page."""

MIN_VERTICAL_ROWS = 4
"""Rows that stand above one another at least before their distance tells the direction."""

TURNED = ("", "left", "upside_down", "right")
"""How a page lies that needs 0 to 3 quarter turns to the right."""


def page_notes(
    image: Color, crops: Sequence[LineCrop], lines: Sequence[LineResult], turns: int
) -> tuple[Note, ...]:
    """Return all notes on a page.

    Args:
        image: (H, W, 3) uint8, BGR, as it came.
        crops: the lines as they were read, with their places on `image`.
        lines: their readings, in the same order.
        turns: quarter turns to the right after which the page was read.
    """
    return (
        *turn_note(turns if lines else 0),
        *resolution_note(crops),
        *border_note(crops, lines, image),
        *photo_note(image, lines),
        *vertical_note(crops, lines),
    )


def turn_note(turns: int) -> tuple[Note, ...]:
    """Return the note on a page that needed `turns` quarter turns to the right."""
    if turns == 0:
        return ()
    how = "upside down" if turns == 2 else f"turned to the {TURNED[turns]} by a quarter"
    sentence = f"The page lies {how}; it was read upright, and all places are told on the image as it is displayed."
    return (Note(sentence, "turned", TURNED[turns]),)


def resolution_note(crops: Sequence[LineCrop]) -> tuple[Note, ...]:
    """Return the note on print that is too small, where that holds for half of the lines `crops`."""
    if not crops:
        return ()
    height = float(np.median([crop.pixels.shape[0] for crop in crops]))
    if height >= LOW_RESOLUTION_PX:
        return ()
    pixels = f"{height:.0f}"
    sentence = f"The print is only about {pixels} pixels high; a larger scan or photo would be read more surely."
    return (Note(sentence, "small_print", pixels),)


def border_note(crops: Sequence[LineCrop], lines: Sequence[LineResult], image: Color) -> tuple[Note, ...]:
    """Return the note on lines whose print runs into a border of `image`, (H, W, 3)."""
    sides = set()
    for crop, line in zip(crops, lines, strict=True):
        confidence = line.reading.confidence
        if confidence >= SURE_OF_TEXT:
            sides |= _inked_sides(crop, ENDS, image, column_ink, INKED)
        letters = sum(map(str.isalnum, line.text))
        if CUT_CONFIDENCE[0] <= confidence < CUT_CONFIDENCE[1] and letters >= CUT_LETTERS:
            sides |= _inked_sides(crop, EDGES, image, _row_ink, *CUT_ROW)
    if not sides:
        return ()
    sentence = f"Text seems to be cut off at the {' and the '.join(sorted(sides))} border of the image."
    return (Note(sentence, "cut_off", *sorted(sides)),)


def _inked_sides(
    crop: LineCrop,
    places: Mapping[int, tuple[int, int]],
    image: Color,
    ink: Callable[[Gray], NDArray[np.float32]],
    least: float,
    most: float = 1.0,
) -> set[str]:
    """Return the borders of `image` that a line lies on with its first or last place, which has ink there.

    Args:
        crop: the line.
        places: indices into the ink, each with the corners of the line's quad there.
        image: (H, W, 3), in whose pixels the quad is.
        ink: returns how much there is in each place of a line, (N,) 0-1; not asked for lines inside the image.
        least: of the ink.
        most: of the ink.
    """
    near = {place: _border(crop.quad[list(corners)], image) for place, corners in places.items()}
    if not any(near.values()):
        return set()
    found = ink(crop.pixels)
    return {side for place, side in near.items() if side and least < found[place] <= most}


def _row_ink(line: Gray) -> NDArray[np.float32]:
    """Return the share of each row of `line`, (H, W) uint8, that is ink, whichever is the darker: (H,) float32."""
    contrast = np.abs(line.astype(np.float32) - np.median(line))
    return np.asarray((contrast > contrast.max() / 2).mean(axis=1), np.float32)


def _border(end: NDArray[np.float32], image: Color) -> str:
    """Return the border of `image` that `end`, (2, 2) points, lies on; "" for none."""
    height, width = image.shape[:2]
    (left, top), (right, bottom) = end.max(axis=0), end.min(axis=0)
    distances = {"left": left, "right": width - right, "top": top, "bottom": height - bottom}
    return next((side for side, distance in distances.items() if distance <= EDGE_PX), "")


def photo_note(image: Color, lines: Sequence[LineResult]) -> tuple[Note, ...]:
    """Return the note on `image`, (H, W, 3) uint8, that holds no text and looks like a photograph."""
    if lines:
        return ()
    # a few thousand pixels tell the brightness of the whole
    step = max(1, round((image.shape[0] * image.shape[1] / 40_000) ** 0.5))
    counts = np.bincount(to_gray(np.ascontiguousarray(image[::step, ::step])).ravel(), minlength=256)
    around = np.convolve(counts, np.ones(PLAIN_RANGE), "same")
    if around.max() >= PLAIN_SHARE * counts.sum():
        return ()
    return (Note("No text was found; the image looks like a photograph or a drawing.", "photograph"),)


def vertical_note(crops: Sequence[LineCrop], lines: Sequence[LineResult]) -> tuple[Note, ...]:
    """Return the note on Chinese print that runs down the page, which is not read in its order.

    Characters stand nearer to the next one of their own line than to the next line: where they are nearer to
    the row below than to their neighbour, the lines run down.
    """
    counts = [sum(map(is_ideograph, line.text)) for line in lines]
    chinese = [
        (crop, count) for crop, line, count in zip(crops, lines, counts, strict=True) if count > len(line.text) / 2
    ]
    if len(chinese) < max(MIN_VERTICAL_ROWS, len(lines) / 2):
        return ()
    sizes = np.array([crop.pixels.shape for crop, _ in chinese], np.float64)
    numbers = np.array([count for _, count in chinese])
    tops = np.array([crop.quad[:2].mean(axis=0) for crop, _ in chinese])
    below = [distance for index in range(len(tops)) if (distance := _distance_below(tops, sizes, index))]
    if len(below) < MIN_VERTICAL_ROWS - 1:
        return ()
    # from the first character to the last, whose own width is about the line's height
    pitches = np.where(numbers > 1, (sizes[:, 1] - sizes[:, 0]) / np.maximum(numbers - 1, 1), sizes[:, 1])
    along, down = float(np.median(pitches)), float(np.median(below))
    # a row of one character has no neighbour: its own width stands for the distance
    runs_down = down < VERTICAL_PITCH * along if np.median(numbers) == 1 else along > VERTICAL_PITCH * down
    if not runs_down:
        return ()
    sentence = "The Chinese text seems to run from top to bottom; its characters are read row by row, out of order."
    return (Note(sentence, "vertical"),)


def _distance_below(tops: NDArray[np.float64], sizes: NDArray[np.float64], index: int) -> float | None:
    """Return the pixels from one line down to the next that stands under it; None without one.

    Args:
        tops: (B, 2) the middles of the upper edges, x and y.
        sizes: (B, 2) heights and widths.
        index: of the line.
    """
    x, y = tops[index]
    under = (np.abs(tops[:, 0] - x) < (sizes[:, 1] + sizes[index, 1]) / 2) & (tops[:, 1] > y + sizes[index, 0] / 2)
    return float((tops[under, 1] - y).min()) if under.any() else None
