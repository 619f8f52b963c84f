"""Bytes of a TIFF -> stored pixels, by Pillow: the one format that OpenCV's own reader cannot be trusted with.

OpenCV 5.0.0 believes a TIFF whose tags contradict each other and copies pixels from beyond its buffer: a file
of 146 bytes showed addresses of this process (found by fuzzing). Pillow checks the tags and the lengths.
"""

import ctypes
import io
import logging
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import _imaging
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ocr_core.image_header import ImageHeader
from ocr_core.opaque import strips
from ocr_core.tiff_tags import BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO

# Pillow and its libtiff tell of a damaged file on stderr, between the lines of a log; here its sender is told.
logging.getLogger("PIL").addHandler(logging.NullHandler())
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\..*ImagePlugin")
with suppress(AttributeError, OSError):  # a Pillow without it
    for _handler in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        getattr(ctypes.CDLL(_imaging.__file__), _handler)(None)


def decode_tiff(data: bytes, header: ImageHeader) -> NDArray[Any] | None:
    """Return the first page of the TIFF `data`, or None where it is damaged or not of the size in `header`.

    (H, W) uint8, uint16, int32 or float32, (H, W, 3) BGR or (H, W, 4) BGRA uint8, not premultiplied; turned
    by its orientation tag.
    """
    try:
        with TiffImageFile(io.BytesIO(data)) as image:
            if sorted(image.size) != sorted((header.width, header.height)):
                return None  # said before any memory is taken: the header is what the limit was checked on
            return stored_pixels(image)
    except Exception:  # a damaged file surfaces as whatever its first wrong number leads to
        return None


def stored_pixels(image: ImageFile) -> NDArray[Any]:
    """Return the pixels of `image` at the page or frame that it stands on, with axes and types as `decode_tiff`."""
    image.load()
    if image.mode == "F" or image.mode.startswith("I"):
        pixels = np.asarray(image)
        pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
        return (
            _as_16_bits(pixels, image) if isinstance(image, TiffImageFile) and pixels.dtype == np.uint16 else pixels
        )
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    mode, channels = ("RGBA", [2, 1, 0, 3]) if image.has_transparency_data else ("RGB", [2, 1, 0])
    pixels = np.empty((image.height, image.width, len(channels)), np.uint8)
    for rows in strips(image.height, image.width):
        strip = image.crop((0, rows.start, image.width, min(rows.stop, image.height)))
        pixels[rows] = np.asarray(strip.convert(mode))[:, :, channels]
    return pixels


def _as_16_bits(pixels: NDArray[np.uint16], image: TiffImageFile) -> NDArray[np.uint16]:
    """Return the gray `pixels` of `image` from 0 = black to 65535: Pillow gives 12 bits, or white as 0, raw."""
    if image.tag_v2.get(BITS_PER_SAMPLE) == (12,):
        pixels = pixels << np.uint16(4) | pixels >> np.uint16(8)
    return ~pixels if image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO else pixels
