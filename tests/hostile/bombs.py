"""Bombs: pictures that declare hundreds of millions of pixels, openly or hidden, or carry something huge."""

import struct
import zlib

from odd_images import LINE, encode, png_chunk, tiff
from PIL import Image

BIG = 20_000
"""Side of a bomb: 400 million pixels, ten times the limit."""


def declared_bombs():
    """Pictures of a few bytes to kilobytes whose headers declare hundreds of millions of pixels."""
    jpeg = encode(Image.new("L", (16, 16)), "JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    webp = encode(Image.new("RGBA", (16, 16), (0, 0, 0, 1)), "WEBP", lossless=True)
    bits = struct.pack("<I", 16383 | 16383 << 14)
    gif = encode(Image.new("L", (16, 16)), "GIF")
    bmp = encode(Image.new("L", (16, 16)), "BMP")
    strip = zlib.compress(bytes(BIG * 2500), 9)
    return {
        "bomb PNG 1 bit": png_of(BIG, BIG, 1, 0, zlib.compress(bytes(2501 * BIG), 9)),
        "bomb PNG as wide as can be": png_of(2**31 - 1, 1, 8, 0, b""),
        "bomb PNG as high as can be": png_of(1, 2**31 - 1, 8, 0, b""),
        "bomb PNG beyond 31 bits": png_of(2**32 - 1, 2**32 - 1, 16, 6, b""),
        "bomb JPEG": jpeg[:frame] + b"\xff\xff\xff\xff" + jpeg[frame + 4 :],
        "bomb WebP lossless": webp[:21] + bits + webp[25:],
        "bomb WebP extended": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6,
        "bomb GIF screen": gif[:6] + b"\xff\xff\xff\xff" + gif[10:],
        "bomb BMP": bmp[:18] + struct.pack("<ii", BIG, BIG) + bmp[26:],
        "bomb BMP of negative height": bmp[:18] + struct.pack("<ii", BIG, -BIG) + bmp[26:],
        "bomb BMP of the most negative height": bmp[:18] + struct.pack("<ii", 1, -(2**31)) + bmp[26:],
        "bomb TIFF": _bilevel_tiff(BIG, BIG, strip),
        "bomb TIFF of four billion rows": _bilevel_tiff(2**32 - 1, 2**32 - 1, b"\0"),
    }


def hidden_bombs():
    """A modest size where a reader of headers looks first, and a bomb where the decoder may look."""
    small = encode(Image.new("L", (16, 16)), "JPEG")
    big = declared_bombs()["bomb JPEG"]
    header = struct.pack(">IIBBBBB", BIG, BIG, 1, 0, 0, 0, 0)
    png = png_of(16, 16, 1, 0, zlib.compress(bytes(2501 * BIG), 9))
    gif = encode(Image.new("L", (16, 16)), "GIF")
    image = gif.index(b"\x2c\0\0\0\0") + 5
    strip = zlib.compress(bytes(BIG * 2500), 9)
    data = strip + b"\0" * (len(strip) % 2)
    width = [(256, 4, 1, 16), (256, 4, 1, BIG)]
    height = [(257, 4, 1, 16), (257, 4, 1, BIG)]
    rest = [(258, 3, 1, 1), (259, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1)]
    rest += [(278, 4, 1, BIG), (279, 4, 1, len(strip))]
    webp = encode(Image.new("RGB", (8000, 5100)), "WEBP", lossless=True, method=0)
    canvas = b"VP8X\x0a\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0"
    return {
        "hidden bomb: second IHDR": png[:33] + png_chunk(b"IHDR", header) + png[33:],
        "hidden bomb: JPEG after a thumbnail's start": small[:2] + b"\xff\xe0\x00\x02" + big[2:],
        "hidden bomb: second frame header": _two_frame_headers(small, big),
        "hidden bomb: GIF frame larger than its screen": gif[:image] + b"\xff\xff\xff\xff" + gif[image + 4 :],
        "hidden bomb: TIFF with two sizes, small first": tiff([*width, *height, *rest], data),
        "hidden bomb: TIFF with two sizes, large first": tiff([*width[::-1], *height[::-1], *rest], data),
        "hidden bomb: WebP larger than its canvas": b"RIFF"
        + struct.pack("<I", len(webp) + 10)
        + b"WEBP"
        + canvas
        + webp[12:],
        "hidden bomb: TIFF tile": _tiled_tiff(16, 16, 2**31 - 16),
    }


def swollen():
    """Small pictures with something huge beside them, which must cost neither memory nor time."""
    line = encode(LINE, "PNG")
    profile = b"icc\0\0" + zlib.compress(bytes(20_000_000), 9)
    text = b"Comment\0\0" + zlib.compress(b"<" * 20_000_000, 9)
    jpeg = encode(LINE, "JPEG")
    return {
        "swollen PNG profile": line[:33] + png_chunk(b"iCCP", profile) + line[33:],
        "swollen PNG text": line[:33] + png_chunk(b"zTXt", text) + line[33:],
        "swollen PNG of 20,000 texts": line[:33] + png_chunk(b"tEXt", b"a\0b") * 20_000 + line[33:],
        "swollen PNG data": png_of(16, 16, 8, 0, zlib.compress(bytes(20_000_000), 9)),
        "swollen JPEG of 5,000 comments": jpeg[:2] + b"\xff\xfe\x00\x04hi" * 5_000 + jpeg[2:],
        "swollen GIF of 50,000 frames": _gif_of_frames(50_000),
        "swollen TIFF in a loop": _looping_tiff(),
    }


def png_of(width, height, depth, colour, data):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + (png_chunk(b"IDAT", data) if data else b"") + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _bilevel_tiff(width, height, strip):
    data = strip + b"\0" * (len(strip) % 2)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 8), (262, 3, 1, 1)]
    tags += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(strip))]
    return tiff(tags, data)


def _tiled_tiff(width, height, tile):
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    return tiff([*tags, (322, 4, 1, tile), (323, 4, 1, tile), (324, 4, 1, 8), (325, 4, 1, 256)], bytes(256))


def _looping_tiff():
    data = bytearray(_bilevel_tiff(16, 16, zlib.compress(bytes(32))))
    data[-4:] = data[4:8]  # the next directory is the first one
    return bytes(data)


def _two_frame_headers(small, big):
    frame = small.index(b"\xff\xc0")
    other = big.index(b"\xff\xc0")
    return small[: frame + 13] + big[other : other + 13] + small[frame + 13 :]


def _gif_of_frames(count):
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"
