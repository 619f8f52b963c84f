"""Decoding: every format, every orientation, transparency, depths and frames."""

import io
import struct

import cv2
import numpy as np
import pytest
from encoded import ALL_FORMATS, encode, marked
from PIL import Image, ImageOps

from ocr_core.image_header import read_header
from ocr_core.image_io import decode_image
from ocr_core.opaque import opaque

ORIENTATION_TAG = 274


@pytest.mark.parametrize("kind", ALL_FORMATS)
def test_every_format_gives_blue_green_red(kind):
    decoded = decode_image(encode(Image.new("RGB", (20, 10), (250, 10, 20)), kind))
    assert decoded.pixels.shape == (10, 20, 3)
    assert decoded.pixels.dtype == np.uint8
    np.testing.assert_allclose(decoded.pixels[5, 5].astype(int), (20, 10, 250), atol=4)
    assert decoded.warnings == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_turned_as_displayed(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(marked(), kind, exif=exif, **options)
    displayed = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    wanted = np.asarray(displayed)[:, :, ::-1]
    pixels = decode_image(data).pixels
    assert pixels.shape == wanted.shape
    assert np.abs(pixels.astype(int) - wanted).max() <= 8  # JPEG


def test_sixth_orientation_brings_the_left_edge_to_the_top():
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    pixels = decode_image(encode(marked(), "PNG", exif=exif)).pixels
    assert pixels.shape == (48, 32, 3)
    assert pixels[0, -1].tolist() == [255, 0, 0]  # blue, from the top left
    assert pixels[0, 0].tolist() == [0, 0, 255]  # red, from the bottom left


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("alpha", "expected"), [(0, 255), (128, 127), (255, 0)])
def test_transparency_lies_over_white(kind, alpha, expected):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    decoded = decode_image(encode(Image.new("RGBA", (8, 8), (0, 0, 0, alpha)), kind, **options))
    assert decoded.pixels[3, 3].tolist() == [expected] * 3
    assert decoded.warnings == (() if alpha == 255 else ("Transparent parts were read as white.",))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_light_print_on_nothing_lies_over_black(kind):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture = Image.new("RGBA", (80, 40), (255, 255, 255, 0))
    picture.paste((250, 240, 200, 255), (20, 10, 60, 30))
    decoded = decode_image(encode(picture, kind, **options))
    assert decoded.pixels[3, 3].tolist() == [0, 0, 0]
    assert decoded.pixels[20, 40].tolist() == [200, 240, 250]
    assert decoded.warnings == ("Transparent parts were read as black.",)


def test_a_white_page_with_dark_print_and_see_through_margins_lies_over_white():
    page = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    page.paste((255, 255, 255, 255), (20, 20, 180, 180))
    page.paste((30, 30, 30, 255), (60, 60, 75, 75))
    decoded = decode_image(encode(page, "PNG"))
    assert decoded.pixels[3, 3].tolist() == [255, 255, 255]
    assert decoded.warnings == ("Transparent parts were read as white.",)


def test_transparent_palette_colour_is_white():
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([10, 20, 30, 0, 0, 0])
    assert decode_image(encode(palette, "PNG", transparency=1)).pixels[0, 0].tolist() == [255, 255, 255]
    assert decode_image(encode(palette, "PNG")).pixels[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("stored", "expected"), [(0, 0), (32896, 128), (65535, 255)])
def test_sixteen_bits_keep_black_and_white(kind, stored, expected):
    image = Image.fromarray(np.full((8, 8), stored, np.uint16))
    assert decode_image(encode(image, kind)).pixels[0, 0].tolist() == [expected] * 3


def gray_tiff(bits, white_is_zero, samples):
    """Return a TIFF of one row; `samples` are its bytes, which Pillow cannot write in this form."""
    width = len(samples) * 8 // bits
    tags = {
        256: width,
        257: 1,
        258: bits,
        259: 1,
        262: 0 if white_is_zero else 1,
        273: 8,
        277: 1,
        279: len(samples),
    }
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    start = struct.pack("<4sI", b"II*\0", 8 + len(samples))
    return start + samples + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    ("bits", "samples", "expected"),
    [(16, b"\0\0\x80\x80\xff\xff\0\0", [0, 128, 255, 0]), (12, b"\0\x08\x08\xff\xf0\0", [0, 128, 255, 0])],
)
def test_deep_gray_tiff_runs_from_black_to_white(bits, samples, expected):
    assert decode_image(gray_tiff(bits, False, samples)).pixels[0, :, 0].tolist() == expected
    if bits == 16:
        inverted = [255 - gray for gray in expected]
        assert decode_image(gray_tiff(bits, True, samples)).pixels[0, :, 0].tolist() == pytest.approx(
            inverted, abs=1
        )


@pytest.mark.parametrize(("alpha", "expected"), [(0, 40), (255, 40), (128, 147)])
def test_a_bmp_whose_fourth_byte_is_unset_is_opaque(alpha, expected):
    head = struct.pack("<IiiHHIIiiII", 124, 4, 4, 1, 32, 3, 64, 0, 0, 0, 0)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head += masks + bytes(124 - len(head) - len(masks))
    data = b"BM" + struct.pack("<IHHI", 14 + 124 + 64, 0, 0, 14 + 124) + head + bytes([40, 40, 40, alpha]) * 16
    assert decode_image(data).pixels[2, 2].tolist() == [expected] * 3


def test_floating_point_tiff_runs_from_black_to_white():
    image = Image.fromarray(np.array([[0.0, 0.5, 1.0, np.nan]], np.float32))
    assert decode_image(encode(image, "TIFF")).pixels[0, :, 0].tolist() == [0, 128, 255, 0]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_colour(kind):
    pixels = decode_image(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), kind)).pixels
    assert pixels.shape == (16, 16, 3)
    blue, green, red = pixels[8, 8].tolist()
    assert red > 200
    assert max(blue, green) < 60


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_gray_bilevel_and_palette_become_colour(mode, kind):
    image = marked().convert("L").convert(mode)
    wanted = np.asarray(image.convert("RGB"))[:, :, ::-1]
    np.testing.assert_array_equal(decode_image(encode(image, kind)).pixels, wanted)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_only_the_first_frame_is_read_and_that_is_said(kind):
    colours = ["white", "red", "blue"]
    first, *others = (Image.new("RGB", (20, 10), colour) for colour in colours)
    decoded = decode_image(encode(first, kind, save_all=True, append_images=others))
    assert decoded.pixels[5, 5].min() >= 250
    assert decoded.warnings == ("Only the first of 3 frames or pages was read.",)


def test_bmp_stored_from_the_top_has_a_positive_height():
    data = bytearray(encode(Image.new("RGB", (8, 6)), "BMP"))
    data[22:26] = struct.pack("<i", -6)
    assert read_header(bytes(data)).height == 6


def test_result_is_writable_memory_of_its_own():
    pixels = decode_image(encode(marked(), "PNG")).pixels
    assert cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).shape == (32, 48)
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [(), (3,), (4,)], ids=["gray", "color", "see-through"])
def test_strips_make_no_difference(kind, channels, monkeypatch):
    stored = np.random.default_rng(3).integers(0, 256, (37, 23, *channels)).astype(np.float32)
    stored = stored / 255 if kind is np.float32 else (stored * (257 if kind is np.uint16 else 1)).astype(kind)
    whole = opaque(stored)
    monkeypatch.setattr("ocr_core.opaque.STRIP_PIXELS", 100)
    pixels, ground = opaque(stored)
    assert (pixels.shape, pixels.dtype, ground) == ((37, 23, 3), np.uint8, "white" if channels == (4,) else None)
    assert np.array_equal(pixels, whole[0])
