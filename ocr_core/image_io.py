"""First step, part two: the bytes of a file -> the picture as a person sees it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.errors import EmptyInput, ImageTooLarge, UnreadableImage
from ocr_core.image_header import ImageHeader, read_header
from ocr_core.note import Note
from ocr_core.still import only_still
from ocr_core.tiff_image import decode_tiff
from ocr_core.types import Color

Stored = NDArray[np.generic]
"""(H, W), (H, W, 3) BGR or (H, W, 4) BGRA as the decoder gives it: uint8, uint16 or float32."""

MAX_PIXELS = 40_000_000
"""Pixels of the largest image that is decoded, unless another limit is given."""

WHITE = 255
_UINT16_PER_UINT8 = 257  # 65535 / 255: white stays white
_JPEG_END = b"\xff\xd9"  # EOI, the marker that a file cut short lacks
_GRAY_NOTE = Note("The file is truncated; the missing part was read as plain gray.", "cut_short")
_ALPHA_NOTE = Note("Transparent parts were read as white.", "transparent")

_TURNS = {3: cv2.ROTATE_180, 4: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_TURNS |= {5: cv2.ROTATE_90_COUNTERCLOCKWISE, 7: cv2.ROTATE_90_CLOCKWISE}
_MIRRORED = {2, 4, 5, 7}

# OpenCV reports a damaged file on stderr; here it is reported to the sender.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture, upright and opaque."""

    pixels: Color
    """(H, W, 3) uint8, BGR, as displayed: turned by its EXIF orientation, transparency over white."""

    warnings: tuple[str, ...] = ()
    """Sentences for people about what was left out or guessed."""


def decode_image(data: bytes, max_pixels: int = MAX_PIXELS) -> DecodedImage:
    """Return the picture that `data` encodes, as displayed.

    Args:
        data: a JPEG, PNG, WebP, BMP, TIFF or GIF file; the format is told by content.
        max_pixels: largest width x height that is decoded; checked in the header, before decoding.

    Raises `EmptyInput`, `NotAnImage`, `ImageTooLarge` or `UnreadableImage`.
    """
    if not data:
        raise EmptyInput("The file is empty.")
    header = read_header(data)
    if header.width * header.height > max_pixels:
        raise ImageTooLarge(
            f"The image has {header.width} x {header.height} = {header.width * header.height} pixels; "
            f"at most {max_pixels} are read."
        )
    warnings = []
    if header.frames > 1:
        sentence = f"Only the first of {header.frames} frames or pages was read."
        warnings.append(Note(sentence, "first_frame", str(header.frames)))
    stored = decode_tiff(data, header) if header.format == "TIFF" else _decode(only_still(data, header))
    if stored is None and header.format == "JPEG":
        stored = _decode(data + _JPEG_END)
        warnings.append(_GRAY_NOTE)
    if stored is None or not _is_declared_size(stored, header):
        raise UnreadableImage(f"The {header.format} file is damaged or incomplete.")
    pixels = _to_8_bits(stored)
    if _is_see_through(pixels):
        warnings.append(_ALPHA_NOTE)
    return DecodedImage(_turn(_to_color(pixels), header.orientation), tuple(warnings))


def displayed(stored: Stored, orientation: int) -> Color:
    """Return `stored` as it is displayed, (H, W, 3) uint8, BGR: over white, turned by its EXIF orientation."""
    return _turn(_to_color(_to_8_bits(stored)), orientation)


def _decode(data: bytes) -> Stored | None:
    """Return the stored pixels, or None for a damaged file, whichever way the decoder reports it."""
    try:
        # Unchanged, because OpenCV's colour modes drop the transparency: black text on nothing turns black
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None


def _is_declared_size(stored: Stored, header: ImageHeader) -> bool:
    """Return whether the decoder saw the picture whose header was checked; a TIFF may have been turned."""
    return sorted(stored.shape[:2]) == sorted((header.height, header.width))


def _to_8_bits(stored: Stored) -> NDArray[np.uint8]:
    """Return uint8 pixels of the same shape; 16-bit white and floating-point 1.0 become 255."""
    if stored.dtype == np.uint8:
        return stored.astype(np.uint8, copy=False)
    if stored.dtype == np.uint16:
        return (stored.astype(np.uint32) // _UINT16_PER_UINT8).astype(np.uint8)
    if stored.dtype.kind == "f":
        scaled = np.nan_to_num(stored.astype(np.float32)).clip(0, 1) * WHITE
        return scaled.round().astype(np.uint8)
    raise UnreadableImage(f"Pixels of type {stored.dtype} are not read.")


def _is_see_through(pixels: NDArray[np.uint8]) -> bool:
    """Return whether any of `pixels`, (H, W), (H, W, 3) or (H, W, 4) uint8, is less than opaque."""
    return pixels.ndim == 3 and pixels.shape[2] == 4 and int(pixels[:, :, 3].min()) < WHITE


def _to_color(pixels: NDArray[np.uint8]) -> Color:
    """Return (H, W, 3) uint8 BGR of gray, BGR or BGRA `pixels`."""
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.shape[2] == 4:
        return _over_white(pixels)
    return pixels


def _over_white(bgra: NDArray[np.uint8]) -> Color:
    """Return (H, W, 3) uint8 BGR: `bgra` ((H, W, 4) uint8) laid over white paper."""
    alpha = bgra[:, :, 3:].astype(np.uint16)
    ink = bgra[:, :, :3].astype(np.uint16) * alpha
    opaque: Color = ((ink + WHITE * (WHITE - alpha) + WHITE // 2) // WHITE).astype(np.uint8)
    return opaque


def _turn(pixels: Color, orientation: int) -> Color:
    """Return `pixels` ((H, W, 3) uint8) as displayed under an EXIF orientation, 1-8."""
    if orientation in _MIRRORED:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    if orientation in _TURNS:
        pixels = np.ascontiguousarray(cv2.rotate(pixels, _TURNS[orientation]).astype(np.uint8, copy=False))
    return pixels
