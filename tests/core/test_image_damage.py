"""Decoding what is empty, no picture, too large, cut short or damaged: our errors and nothing else."""

import contextlib
import struct
import zlib

import cv2
import numpy as np
import pytest
from encoded import ALL_FORMATS, encode, noise
from PIL import Image

from ocr_core.errors import EmptyInput, ImageTooLarge, NotAnImage, OcrError, UnreadableImage
from ocr_core.image_io import decode_image


def test_no_bytes_are_empty_input():
    with pytest.raises(EmptyInput):
        decode_image(b"")


@pytest.mark.parametrize("data", [b"x", b"%PDF-1.7", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"\0" * 100])
def test_other_content_is_refused_with_the_formats_that_are_read(data):
    with pytest.raises(NotAnImage, match="JPEG, PNG, WebP, BMP, TIFF, GIF or PDF"):
        decode_image(data)


def test_a_bomb_is_refused_by_its_header():
    rows = zlib.compress(bytes(2501 * 20_000), 9)  # 20,000 rows of a filter byte and 1-bit pixels
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in (
        (b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    ):
        data += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    assert len(data) < 100_000
    with pytest.raises(ImageTooLarge, match=r"20000 x 20000 = 400000000 pixels; at most 40000000"):
        decode_image(data)


@pytest.mark.parametrize("kind", ALL_FORMATS)
def test_the_limit_is_inclusive_in_every_format(kind):
    data = encode(Image.new("RGB", (30, 20), "white"), kind)
    assert decode_image(data, max_pixels=600).pixels.shape == (20, 30, 3)
    with pytest.raises(ImageTooLarge, match="30 x 20"):
        decode_image(data, max_pixels=599)


def test_zero_width_is_impossible():
    data = bytearray(encode(Image.new("RGB", (8, 8)), "PNG"))
    data[16:20] = bytes(4)
    with pytest.raises(UnreadableImage, match="impossible dimensions: 0 x 8"):
        decode_image(bytes(data))


def test_a_jpeg_cut_short_is_read_with_a_warning():
    whole = encode(noise(), "JPEG", quality=90)
    decoded = decode_image(whole[: len(whole) * 9 // 10])
    np.testing.assert_array_equal(decoded.pixels[:40], decode_image(whole).pixels[:40])
    assert decoded.warnings == ("The file is truncated; the missing part was read as plain gray.",)


@pytest.mark.parametrize("stray", [b"\0", b"\x01\x02\x03", b"\xff\0", b"\xff\xff"])
def test_stray_bytes_between_the_parts_of_a_jpeg_are_passed_over(stray):
    """Some cameras and scanners leave them; browsers and decoders read such files."""
    whole = encode(noise(), "JPEG")
    frame = whole.index(b"\xff\xc0")
    decoded = decode_image(whole[:frame] + stray + whole[frame:])
    np.testing.assert_array_equal(decoded.pixels, decode_image(whole).pixels)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_other_formats_cut_short_are_unreadable(kind):
    data = encode(noise(), kind)
    with pytest.raises(UnreadableImage):
        decode_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("pixels", "cure"),
    [
        (np.zeros((8, 8), np.int32), "Pixels of type int32 are not read; save the picture with 8 or 16 bits"),
        (np.zeros((8, 8, 3), np.float32), "of a rare kind; save it anew"),
    ],
)
def test_a_sound_tiff_that_is_not_read_is_told_with_a_cure(pixels, cure):
    if pixels.dtype == np.int32:
        data = encode(Image.fromarray(pixels), "TIFF")
    else:  # which Pillow cannot write
        data = cv2.imencode(".tif", pixels)[1].tobytes()
    with pytest.raises(UnreadableImage, match=cure):
        decode_image(data)


@pytest.mark.parametrize("kind", ALL_FORMATS)
def test_damage_raises_nothing_but_our_errors(kind):
    data = encode(noise(32), kind)
    rng = np.random.default_rng(1)
    damaged = [data[:cut] for cut in [*range(40), *range(40, len(data), max(1, len(data) // 60))]]
    for _ in range(100):
        copy = np.frombuffer(data, np.uint8).copy()
        copy[rng.integers(0, min(len(copy), 400), 3)] = rng.integers(0, 256, 3)
        damaged.append(copy.tobytes())
    for file in damaged:
        with contextlib.suppress(OcrError):  # anything else fails the test
            assert decode_image(file, max_pixels=1_000_000).pixels.shape[2] == 3
    assert decode_image(data).pixels.shape == (32, 32, 3)


def test_a_damaged_jpeg_never_shows_pixels_of_an_earlier_one():
    """OpenCV 4.10 left rows of the picture decoded before in the result (opencv issue 26488)."""
    secret = encode(Image.new("RGB", (256, 256), (255, 0, 255)), "JPEG")
    whole = encode(noise(256), "JPEG")
    cut = whole[: len(whole) // 3]
    alone = decode_image(cut).pixels
    for _ in range(4):
        decode_image(secret)
        np.testing.assert_array_equal(decode_image(cut).pixels, alone)
