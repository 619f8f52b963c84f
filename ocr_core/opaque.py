"""Pixels as a decoder gives them -> 8 bits, in color, opaque; in strips, which bounds what copies take."""

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.errors import UnreadableImage
from ocr_core.types import Color

Stored = NDArray[np.generic]
"""(H, W), (H, W, 3) BGR or (H, W, 4) BGRA as the decoder gives it: uint8, uint16 or float32."""

STRIP_PIXELS = 1 << 20
"""Of the image that are in work at once: what is computed on them takes 32 MB."""

Ground = Literal["white", "black"]
"""What see-through parts are laid over."""

WHITE = 255

DARK = 128
"""Brightness below which a pixel would be seen on white."""

DARK_SHARE = 0.001
"""Of all that is seen of a picture, above which some of it is dark: print in black on white paper takes more."""

_UINT16_PER_UINT8 = 257  # 65535 / 255: white stays white


def opaque(stored: Stored) -> tuple[Color, Ground | None]:
    """Return `stored` as (H, W, 3) uint8 BGR, and what its see-through parts were laid over; None without such.

    That is white, and black where all that is seen is light, as light print on nothing is. 16-bit white and
    floating-point 1.0 become 255. Raises `UnreadableImage` for pixels of another type.
    """
    if stored.dtype == np.uint8 and stored.ndim == 3 and stored.shape[2] == 3:
        return stored.astype(np.uint8, copy=False), None
    color: Color = np.empty((*stored.shape[:2], 3), np.uint8)
    ground = _ground(stored) if stored.shape[2:] == (4,) else None
    for rows in strips(stored.shape[0], stored.shape[1]):
        color[rows] = _to_color(_to_8_bits(stored[rows]), 0 if ground == "black" else WHITE)
    return color, ground


def _ground(stored: Stored) -> Ground | None:
    """Return what the see-through parts of `stored`, (H, W, 4) BGRA, are laid over; None where there are none."""
    seen = dark = 0
    least = WHITE
    for rows in strips(stored.shape[0], stored.shape[1]):
        pixels = _to_8_bits(stored[rows])
        alpha = pixels[:, :, 3]
        least = min(least, int(alpha.min()))
        seen += int(alpha.sum(dtype=np.int64))
        dark += int(alpha[cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY) < DARK].sum(dtype=np.int64))
    if least == WHITE:
        return None
    return "white" if dark > DARK_SHARE * seen or not seen else "black"


def strips(height: int, width: int) -> Iterator[slice]:
    """Yield the rows of an image of `height` x `width` pixels, at least one, in strips from top to bottom."""
    rows = max(1, STRIP_PIXELS // width)
    yield from (slice(top, top + rows) for top in range(0, height, rows))


def _to_8_bits(stored: Stored) -> NDArray[np.uint8]:
    """Return uint8 pixels of the same shape."""
    if stored.dtype == np.uint8:
        return stored.astype(np.uint8, copy=False)
    if stored.dtype == np.uint16:
        return (stored.astype(np.uint32) // _UINT16_PER_UINT8).astype(np.uint8)
    if stored.dtype.kind == "f":
        scaled = np.nan_to_num(stored.astype(np.float32)).clip(0, 1) * WHITE
        return scaled.round().astype(np.uint8)
    raise UnreadableImage(f"Pixels of type {stored.dtype} are not read; save the picture with 8 or 16 bits.")


def _to_color(pixels: NDArray[np.uint8], ground: int) -> Color:
    """Return what becomes (H, W, 3) uint8 BGR of gray, BGR or BGRA `pixels`, over grey: gray is (H, W, 1)."""
    if pixels.ndim == 2:
        return pixels[:, :, None]
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[:, :, 3:].astype(np.uint16)
    ink = pixels[:, :, :3].astype(np.uint16) * alpha
    over: Color = ((ink + ground * (WHITE - alpha) + WHITE // 2) // WHITE).astype(np.uint8)
    return over
