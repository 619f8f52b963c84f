"""Target: a file -> pixels. Only `OcrError`s may come out, and a picture keeps every promise of its type.

Each file is decoded twice, over memory that glibc has filled with different bytes: a pixel that differs was never
written by the decoder, and would show a stranger what the process held before.
"""

import ctypes

import numpy as np

from ocr_core.errors import OcrError
from ocr_core.image_header import read_header
from ocr_core.image_io import decode_image

MAX_PIXELS = 250_000
M_PERTURB = -6
"""Parameter of glibc's mallopt: the byte with which memory is filled when it is given out and when it is freed."""

_libc = ctypes.CDLL(None)


def one_input(data: bytes) -> None:
    """Decode `data` as an image file; raise AssertionError where the answer breaks a promise."""
    _fill_memory_with(0x55)
    try:
        decoded = decode_image(data, MAX_PIXELS)
    except OcrError:
        return
    header = read_header(data)
    pixels = decoded.pixels
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
    assert sorted(pixels.shape[:2]) == sorted((header.width, header.height))
    assert 1 <= header.orientation <= 8
    _fill_memory_with(0xCC)
    again = decode_image(data, MAX_PIXELS)
    assert np.array_equal(pixels, again.pixels), "one file, two pictures: memory of another request leaks"


def _fill_memory_with(byte: int) -> None:
    if hasattr(_libc, "mallopt"):  # musl and macOS have none; the comparison is weaker there
        _libc.mallopt(M_PERTURB, byte)
