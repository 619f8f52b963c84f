"""Images that are right but odd: every turn, depth, colour and layout that a format allows.

All show `examples/line-en.png`, so that a reader must find `TEXT` in each of them.
"""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = (EXAMPLES / "line-en.txt").read_text(encoding="utf-8").strip()
LINE = Image.open(EXAMPLES / "line-en.png").convert("L")

ORIENTATION = 274
_STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How the pixels of an upright picture lie in a file with that EXIF orientation."""


def encode(image, kind, **options):
    """Return `image` as the bytes of a file of `kind`, as Pillow names it."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def odd_images():
    """Return {name: file}; every file shows `TEXT`."""
    return {**_turned(), **_png(), **_jpeg(), **_tiff(), **_bmp(), **_gif_and_webp(), **_polyglots()}


def _turned():
    files = {}
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        for orientation, turn in _STORED_AS.items():
            stored = LINE if turn is None else LINE.transpose(turn)
            exif = Image.Exif()
            exif[ORIENTATION] = orientation
            files[f"{kind} turned {orientation}"] = encode(stored.convert("RGB"), kind, exif=exif)
    return files


def _png():
    gray = np.asarray(LINE)
    deep = gray.astype(np.uint16) * 257
    see_through = Image.merge("RGBA", [Image.new("L", LINE.size, 0)] * 3 + [ImageOps.invert(LINE)])
    palette = LINE.convert("RGB").quantize(16)
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>" * 100, zip=True)
    return {
        "PNG 1 bit": encode(LINE.convert("1"), "PNG"),
        "PNG 2 bits": encode(LINE.quantize(4), "PNG", bits=2),
        "PNG 4 bits": encode(palette, "PNG", bits=4),
        "PNG 16 bits gray": _encode_deep(".png", deep),
        "PNG 16 bits colour": _encode_deep(".png", cv2.merge([deep] * 3)),
        "PNG 16 bits alpha": _encode_deep(".png", cv2.merge([deep, deep, deep, np.full_like(deep, 65535)])),
        "PNG palette": encode(LINE.convert("P"), "PNG"),
        "PNG palette with a transparent colour": encode(palette, "PNG", transparency=_brightest(palette)),
        "PNG palette with alpha": encode(palette, "PNG", transparency=bytes([255] * 16)),
        "PNG gray and alpha": encode(Image.merge("LA", [LINE, Image.new("L", LINE.size, 255)]), "PNG"),
        "PNG ink on nothing": encode(see_through, "PNG"),
        "PNG interlaced": _interlaced_png(gray),
        "PNG with a script in its text": encode(LINE, "PNG", pnginfo=info),
        "PNG with gamma and profile": encode(LINE.convert("RGB"), "PNG", icc_profile=b"\0" * 200),
        "PNG with data after its end": encode(LINE, "PNG") + b"\xff" * 5000,
        "PNG in tiny chunks": _many_data_chunks(encode(LINE, "PNG")),
        "PNG animated": encode(LINE, "PNG", save_all=True, append_images=[ImageOps.invert(LINE)]),
    }


def _jpeg():
    colour = LINE.convert("RGB")
    return {
        "JPEG gray": encode(LINE, "JPEG"),
        "JPEG progressive": encode(colour, "JPEG", progressive=True),
        "JPEG CMYK": encode(colour.convert("CMYK"), "JPEG"),
        "JPEG with restarts": encode(colour, "JPEG", restart_marker_rows=1),
        "JPEG 4:1:1": encode(colour, "JPEG", subsampling="4:1:1"),
        "JPEG with a long comment": encode(colour, "JPEG", comment=b"<script>" * 8000),
        "JPEG with data after its end": encode(colour, "JPEG") + b"<?php system($_GET[0]); ?>",
        "JPEG with filler": encode(colour, "JPEG").replace(b"\xff\xdb", b"\xff" * 64 + b"\xdb", 1),
    }


def _tiff():
    gray = np.asarray(LINE)
    colour = LINE.convert("RGB")
    pages = [Image.new("L", (30, 20), 255)] * 3
    return {
        "TIFF 1 bit": encode(LINE.convert("1"), "TIFF"),
        "TIFF 1 bit fax": encode(LINE.convert("1"), "TIFF", compression="group4"),
        "TIFF 16 bits": _encode_deep(".tiff", gray.astype(np.uint16) * 257),
        "TIFF float": encode(Image.fromarray(gray.astype(np.float32) / 255), "TIFF"),
        "TIFF palette": encode(LINE.convert("P"), "TIFF"),
        "TIFF LZW": encode(colour, "TIFF", compression="tiff_lzw"),
        "TIFF deflate": encode(colour, "TIFF", compression="tiff_adobe_deflate"),
        "TIFF packed": encode(colour, "TIFF", compression="packbits"),
        "TIFF JPEG": encode(colour, "TIFF", compression="jpeg"),
        "TIFF CMYK": encode(colour.convert("CMYK"), "TIFF"),
        "TIFF alpha": encode(colour.convert("RGBA"), "TIFF"),
        "TIFF big-endian": _big_endian_tiff(gray),
        "TIFF of four pages": encode(LINE, "TIFF", save_all=True, append_images=pages),
    }


def _bmp():
    colour = LINE.convert("RGB")
    return {
        "BMP 1 bit": encode(LINE.convert("1"), "BMP"),
        "BMP palette": encode(LINE.convert("P"), "BMP"),
        "BMP gray": encode(LINE, "BMP"),
        "BMP 24 bits": encode(colour, "BMP"),
        "BMP 32 bits": encode(colour.convert("RGBA"), "BMP"),
        "BMP from the top": _bmp_from_the_top(np.asarray(colour)[:, :, ::-1]),
        "BMP of OS/2": _bmp_of_os2(np.asarray(colour)[:, :, ::-1]),
    }


def _gif_and_webp():
    colour, inverted = LINE.convert("RGB"), ImageOps.invert(LINE)
    see_through = Image.merge("RGBA", [Image.new("L", LINE.size, 0)] * 3 + [inverted])
    return {
        "GIF": encode(LINE, "GIF"),
        "GIF interlaced": encode(LINE, "GIF", interlace=1),
        "GIF animated": encode(LINE, "GIF", save_all=True, append_images=[inverted] * 3),
        "GIF with a comment": encode(LINE, "GIF", comment=b"x" * 3000),
        "WebP lossless": encode(colour, "WEBP", lossless=True),
        "WebP ink on nothing": encode(see_through, "WEBP", lossless=True, exact=True),
        "WebP animated": encode(colour, "WEBP", save_all=True, append_images=[inverted.convert("RGB")]),
    }


def _polyglots():
    """Files that another program would take for something else: here the first bytes decide, and nothing else."""
    png, jpeg, gif = encode(LINE, "PNG"), encode(LINE, "JPEG"), encode(LINE, "GIF")
    archive = b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18
    return {
        "PNG and ZIP": png + archive,
        "JPEG and PDF": jpeg + b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>endobj\n%%EOF",
        "GIF and JAR": gif + archive,
        "GIF and HTML": gif + b"<html><script>alert(document.domain)</script>",
        "PNG and PNG": png + encode(Image.new("L", (500, 500)), "PNG"),
    }


def _brightest(palette):
    colours = np.array(palette.getpalette()).reshape(-1, 3)
    return int(colours.sum(axis=1).argmax())


def _encode_deep(suffix, pixels):
    return cv2.imencode(suffix, pixels)[1].tobytes()


def png_chunk(kind, content):
    """Return one PNG chunk with its right checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _many_data_chunks(png):
    """Return `png` with its one IDAT cut into chunks of 7 bytes."""
    start = png.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", png, start)
    content = png[start + 8 : start + 8 + length]
    pieces = b"".join(png_chunk(b"IDAT", content[at : at + 7]) for at in range(0, length, 7))
    return png[:start] + pieces + png[start + 12 + length :]


def _interlaced_png(gray):
    """Return `gray`, (H, W) uint8, as an Adam7 PNG, which Pillow cannot write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in gray[y::dy, x::dx])
    header = struct.pack(">IIBBBBB", gray.shape[1], gray.shape[0], 8, 0, 0, 0, 1)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff(tags, data=b"", order="<"):
    """Return a TIFF of one directory: `tags` are (tag, kind, count, value), `data` follows at byte 8."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(data))
    entries = b"".join(
        struct.pack(order + "HHI", tag, kind, count)
        + (struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
        for tag, kind, count, value in tags
    )
    return head + data + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0"


def _big_endian_tiff(gray):
    height, width = gray.shape
    data = gray.tobytes() + b"\0" * (gray.size % 2)
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    tags += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, height), (279, 4, 1, gray.size)]
    return tiff(tags, data, ">")


def _bmp_rows(pixels):
    pad = b"\0" * (-3 * pixels.shape[1] % 4)
    return b"".join(row.tobytes() + pad for row in pixels)


def _bmp_from_the_top(pixels):
    rows = _bmp_rows(pixels)
    info = struct.pack("<IiiHHIIiiII", 40, pixels.shape[1], -pixels.shape[0], 1, 24, 0, len(rows), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + info + rows


def _bmp_of_os2(pixels):
    rows = _bmp_rows(pixels[::-1])
    info = struct.pack("<IHHHH", 12, pixels.shape[1], pixels.shape[0], 1, 24)
    return b"BM" + struct.pack("<IHHI", 26 + len(rows), 0, 0, 26) + info + rows
