"""Whether a picture is one line of text, and where on the picture that line is."""

from collections.abc import Sequence

import numpy as np

from ocr_core.types import Color, Quad

TWO_ROWS_HEIGHT = 36
"""Pixels; a lower image has no room for two rows of print with their margins, unless both are seen clearly."""

CLEAR_ROW = (8.0, 0.3, 4.0)
"""Such a row is this many pixels high, this share of the image's height, and this many times as long as high:
pieces of a faint letter and what peeps in from a line above are lower or shorter."""

MAX_CROP_HEIGHT = 256
"""Pixels; a higher image is the crop of a line only if it is as wide as one."""

SINGLE_LINE_FILL = 0.4
"""Share of the image's height from which its tallest row makes it a line."""

SECOND_ROW_SHARE = 0.5
"""Height of the second row beside the tallest from which the image holds two lines."""

SINGLE_LINE_ASPECT = 3.0
"""Width to height from which an image has the shape of a line."""

KEPT_MARGIN = 0.1
"""Margin left around the print of a single line, as a share of its height."""

LEAST_FILL = 0.2
"""Share of the image's height below which what was found is a detail, not the line."""

NARROW_MARGINS = 0.5
"""Share of the image's height from which a line with its kept margins is read as the image is."""


def is_single_line(image: Color, quads: Sequence[Quad]) -> bool:
    """Return whether `image` looks like the crop of one line, to be read as a whole.

    A low image has room for one row only, as a rule. In others a row that fills a good part of the height is the
    line, unless a second one is nearly as tall: what peeps in from the lines above and below is not, nor
    are the pieces of a faint letter. Failing that, a wide image with one row at most is a line.

    Args:
        image: (H, W, 3) uint8, BGR.
        quads: the lines found on it.
    """
    height, width = image.shape[:2]
    found = _rows(quads)
    if height < TWO_ROWS_HEIGHT:
        return sum(_is_clear(row, height) for row in found) < 2
    rows = sorted(map(_height, found), reverse=True)
    if rows and rows[0] >= SINGLE_LINE_FILL * height and height <= MAX_CROP_HEIGHT:
        return len(rows) == 1 or rows[1] < SECOND_ROW_SHARE * rows[0]
    return len(rows) <= 1 and width >= SINGLE_LINE_ASPECT * height


def _rows(quads: Sequence[Quad]) -> list[list[Quad]]:
    """Return `quads` by rows, from the top; those that share half their height share a row."""
    rows: list[list[Quad]] = []
    above = below = 0.0  # of the last row, kept up with it: noise may have thousands of pieces in a row
    for quad in sorted(quads, key=lambda quad: float(quad[:, 1].mean())):
        top, bottom = _span([quad])
        if below - top >= min(bottom - top, below - above) / 2 > 0:
            rows[-1].append(quad)
            above, below = min(above, top), max(below, bottom)
        else:
            rows.append([quad])
            above, below = top, bottom
    return rows


def _span(row: Sequence[Quad]) -> tuple[float, float]:
    """Return the top and the bottom of a row in pixels."""
    # from the middle and the side, since a long tilted quad reaches over its neighbours
    middles = [float(quad[:, 1].mean()) for quad in row]
    halves = [float(np.linalg.norm(quad[3] - quad[0])) / 2 for quad in row]
    pairs = list(zip(middles, halves, strict=True))
    return min(middle - half for middle, half in pairs), max(middle + half for middle, half in pairs)


def _is_clear(row: Sequence[Quad], height: int) -> bool:
    """Return whether `row`, on an image of `height` pixels, is a line beyond doubt."""
    least, share, times = CLEAR_ROW
    high, length = _height(row), sum(float(np.linalg.norm(quad[1] - quad[0])) for quad in row)
    return high >= max(least, share * height) and length >= times * high


def _height(row: Sequence[Quad]) -> float:
    """Return the height of a row in pixels."""
    top, bottom = _span(row)
    return bottom - top


def line_area(image: Color, quads: Sequence[Quad]) -> Quad:
    """Return the quad of the line that `image`, (H, W, 3) uint8, holds: without the margins above and below
    where they are broad.

    The recogniser has learnt narrow margins; in broad ones the print would be shrunk with the paper.
    """
    height, width = image.shape[:2]
    row = max(_rows(quads), key=_height, default=[])
    if not row or _height(row) < LEAST_FILL * height:
        return whole_image(image)
    edges = np.concatenate(row)[:, 1]
    margin = KEPT_MARGIN * _height(row)
    top, bottom = np.floor(max(edges.min() - margin, 0)), np.ceil(min(edges.max() + margin, height))
    if bottom - top >= NARROW_MARGINS * height:
        return whole_image(image)
    # the width stays: margins at the sides shrink nothing, and faint ends of the line may not have been found
    return np.array([[0, top], [width, top], [width, bottom], [0, bottom]], np.float32)


def whole_image(image: Color) -> Quad:
    """Return the quad around all of `image`, (H, W, 3)."""
    height, width = image.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
