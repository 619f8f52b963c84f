"""First step, part two: the bytes of a file -> the picture as a person sees it."""

from dataclasses import dataclass

import cv2
import numpy as np

from ocr_core.errors import EmptyInput, ImageTooLarge, UnreadableImage
from ocr_core.image_header import ImageHeader, read_header
from ocr_core.note import Note
from ocr_core.opaque import Stored, opaque
from ocr_core.still import only_still
from ocr_core.tiff_image import decode_tiff
from ocr_core.types import Color

MAX_PIXELS = 40_000_000
"""Pixels of the largest image that is decoded, unless another limit is given."""

_JPEG_END = b"\xff\xd9"  # EOI, the marker that a file cut short lacks
_GRAY_NOTE = Note("The file is truncated; the missing part was read as plain gray.", "cut_short")

_TURNS = {3: cv2.ROTATE_180, 4: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_TURNS |= {5: cv2.ROTATE_90_COUNTERCLOCKWISE, 7: cv2.ROTATE_90_CLOCKWISE}
_MIRRORED = {2, 4, 5, 7}

# OpenCV tells of a damaged file on stderr; here its sender is told. Its libpng and libjpeg cannot be silenced.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture, upright and opaque."""

    pixels: Color
    """(H, W, 3) uint8, BGR, as displayed: turned by its EXIF orientation, transparency over white or black."""

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
        raise UnreadableImage(
            f"The {header.format} file is damaged, incomplete or of a rare kind; save it anew, for example as PNG."
        )
    if header.format == "BMP" and stored.shape[2:] == (4,) and not stored[:, :, 3].any():
        stored = np.ascontiguousarray(stored[:, :, :3])  # many programs leave the fourth byte unset
    pixels, ground = opaque(stored)
    del stored  # with 16 bits it is three times as large
    if ground:
        warnings.append(Note(f"Transparent parts were read as {ground}.", "transparent", ground))
    return DecodedImage(_turn(pixels, header.orientation), tuple(warnings))


def displayed(stored: Stored, orientation: int) -> Color:
    """Return `stored` as it is displayed, (H, W, 3) uint8, BGR: opaque, turned by its EXIF orientation."""
    return _turn(opaque(stored)[0], orientation)


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


def _turn(pixels: Color, orientation: int) -> Color:
    """Return `pixels` ((H, W, 3) uint8) as displayed under an EXIF orientation, 1-8."""
    if orientation in _MIRRORED:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    if orientation in _TURNS:
        pixels = np.ascontiguousarray(cv2.rotate(pixels, _TURNS[orientation]).astype(np.uint8, copy=False))
    return pixels
