"""Files that no picture should come out of, or not the whole one: bombs, cuts, flipped bytes, other formats.

Each is a `Damaged`: the bytes, and every (status, code) that the services may answer with.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from bombs import declared_bombs, hidden_bombs, png_of, swollen
from odd_images import LINE, encode, tiff

READ = (200, None)
EMPTY = (400, "empty_input")
TOO_LARGE = (413, "image_too_large")
NOT_AN_IMAGE = (415, "not_an_image")
UNREADABLE = (422, "unreadable_image")


@dataclass(frozen=True)
class Damaged:
    """A file and what may be answered."""

    data: bytes
    answers: frozenset


def damaged_images():
    """Return {name: Damaged}."""
    files = {}
    for answers, group in (
        ([TOO_LARGE], declared_bombs()),
        ([TOO_LARGE, UNREADABLE], hidden_bombs()),
        ([READ, UNREADABLE], swollen()),
        ([NOT_AN_IMAGE], _other_formats()),
        ([NOT_AN_IMAGE, UNREADABLE], _no_pdfs()),
        ([UNREADABLE], _only_headers()),
    ):
        files |= {name: Damaged(data, frozenset(answers)) for name, data in group.items()}
    return {**files, **_cut(), **_flipped()}


def samples():
    """Return {format: file} of the same small picture, one for each format and compression."""
    picture = LINE.crop((0, 0, 160, 46)).convert("RGB")
    return {
        "JPEG": encode(picture, "JPEG"),
        "progressive JPEG": encode(picture, "JPEG", progressive=True),
        "PNG": encode(picture, "PNG"),
        "lossy WebP": encode(picture, "WEBP"),
        "lossless WebP": encode(picture, "WEBP", lossless=True),
        "BMP": encode(picture, "BMP"),
        "TIFF": encode(picture, "TIFF"),
        "LZW TIFF": encode(picture, "TIFF", compression="tiff_lzw"),
        "GIF": encode(picture, "GIF"),
    }


def _other_formats():
    """Things that people send, and things that attackers send, in place of a picture."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../etc/passwd", "0" * 100_000)
    box = b"\0\0\0\x18ftyp%s\0\0\0\0%smif1"
    noise = np.random.default_rng(5).bytes(5000)
    texts = {
        "text": b"Hello, world.",
        "one byte": b"x",
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "XML entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "JSON": b'{"image": "data:image/png;base64,iVBORw0KGgo="}',
        "data URL": b"data:image/png;base64,iVBORw0KGgo=",
        "URL": b"http://169.254.169.254/latest/meta-data/",
        "PostScript": b"%!PS\n(/etc/passwd) (r) file",
        "MVG": b"push graphic-context\nimage over 0,0 0,0 'ephemeral:/tmp/x'\npop graphic-context",
        "UTF-16": "Hello".encode("utf-16"),
        "shell": b"#!/bin/sh\nrm -rf /\n",
        "pickle": b"\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
        "ELF": b"\x7fELF\x02\x01\x01" + b"\0" * 57,
        "zeros": b"\0" * 4096,
        "ones": b"\xff" * 4096,
        "noise": b"\0" + noise,
    }
    images = {
        "AVIF": box % (b"avif", b"avif"),
        "HEIC": box % (b"heic", b"heic"),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 50,
        "JPEG 2000 stream": b"\xff\x4f\xff\x51" + b"\0" * 50,
        "ICO": encode(LINE.resize((32, 32)), "ICO"),
        "PSD": b"8BPS\0\x01" + b"\0" * 50,
        "EXR": b"\x76\x2f\x31\x01" + b"\0" * 50,
        "HDR": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9999 +X 9999\n",
        "PPM": b"P6 99999 99999 255\n",
        "PGM text": b"P2 3 1 255\n0 1 2\n",
        "PCX": encode(LINE, "PCX"),
        "SGI": encode(LINE, "SGI"),
        "TGA": encode(LINE, "TGA"),
        "BigTIFF": b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\0" * 32,
        "DDS": b"DDS " + b"\0" * 124,
        "GIF of another version": b"GIF90a" + b"\0" * 50,
        "WAVE": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 24,
        "MP4": box % (b"isom", b"isom"),
        "ZIP": archive.getvalue(),
        "gzip": b"\x1f\x8b\x08" + b"\0" * 20,
        "MNG": b"\x8aMNG\r\n\x1a\n" + b"\0" * 50,
        "PNG with its line ends changed": encode(LINE, "PNG").replace(b"\r\n", b"\n", 1),
        "PNG without its first byte": encode(LINE, "PNG")[1:],
        "BOM and PNG": b"\xef\xbb\xbf" + encode(LINE, "PNG"),
        "space and GIF": b" " + encode(LINE, "GIF"),
    }
    return {f"other: {name}": data for name, data in {**texts, **images}.items()}


def _no_pdfs():
    """What begins like a PDF: no image for the engine, and a broken PDF for the services."""
    return {"PDF of nothing": b"%PDF-1.7\n%%EOF", "PDF and JPEG": b"%PDF-1.7\n" + encode(LINE, "JPEG")}


def _only_headers():
    """Right first bytes, and then nothing that a picture could be made of."""
    return {
        "header: PNG magic": b"\x89PNG\r\n\x1a\n",
        "header: PNG and noise": b"\x89PNG\r\n\x1a\n" + np.random.default_rng(1).bytes(500),
        "header: PNG without data": png_of(10, 10, 8, 0, b""),
        "header: PNG of no width": png_of(0, 10, 8, 0, b""),
        "header: PNG of no height": png_of(10, 0, 8, 0, b""),
        "header: PNG of a depth that does not exist": png_of(10, 10, 7, 0, zlib.compress(bytes(110))),
        "header: PNG of a colour type that does not exist": png_of(10, 10, 8, 5, zlib.compress(bytes(110))),
        "header: PNG palette without a palette": png_of(10, 10, 8, 3, zlib.compress(bytes(110))),
        "header: JPEG magic": b"\xff\xd8\xff",
        "header: JPEG and noise": b"\xff\xd8\xff\xe0" + np.random.default_rng(2).bytes(500),
        "header: JPEG of fillers": b"\xff\xd8" + b"\xff" * 300_000,
        "header: JPEG start and end": b"\xff\xd8\xff\xd9",
        "header: GIF and script": b"GIF89a\x10\0\x10\0=1;alert(1)//",
        "header: GIF without frames": b"GIF89a\x0a\0\x0a\0\0\0\0;",
        "header: BMP": b"BM" + b"\0" * 60,
        "header: BMP and script": b"BM=1;alert(1)//" + b"\n" * 3 + b"\x10\0\0\0" * 12,
        "header: TIFF magic": b"II*\0",
        "header: TIFF without tags": tiff([]),
        "header: TIFF that points beyond its end": b"II*\0\xff\xff\xff\xff",
        "header: TIFF that points at itself": b"II*\0\0\0\0\0",
        "header: TIFF of no width": tiff([(256, 4, 1, 0), (257, 4, 1, 10)]),
        "header: WebP magic": b"RIFF\x04\0\0\0WEBP",
        "header: WebP of a chunk that does not exist": b"RIFF\x14\0\0\0WEBPJUNK\x08\0\0\0" + b"\0" * 8,
    }


def _cut():
    """Every sample cut at every class of offset; a JPEG may still be read, with a warning."""
    files = {"cut to nothing": Damaged(b"", frozenset([EMPTY]))}
    for name, data in samples().items():
        size = len(data)
        places = {1, 2, 3, 4, 8, 12, 16, 20, 26, 30, 54, size // 4, size // 2, size * 3 // 4, size * 99 // 100}
        for end in sorted(places | {size - 12, size - 3, size - 1}):
            answers = {NOT_AN_IMAGE} if end < 12 else {UNREADABLE}
            if end in (2, 3, 4, 8):  # some formats are known by then
                answers |= {UNREADABLE}
            if end > 20:  # what is there may be enough: the trailer alone is missing, or a JPEG's rest is gray
                answers |= {READ}
            files[f"cut {name} to {end}"] = Damaged(data[:end], frozenset(answers))
    return files


def _flipped():
    """Every sample with bytes changed in each of its regions."""
    files = {}
    generator = np.random.default_rng(11)
    answers = frozenset([READ, TOO_LARGE, NOT_AN_IMAGE, UNREADABLE])
    for name, data in samples().items():
        size = len(data)
        regions = [(0, 12), (12, 26), (26, 60), (60, size // 4), (size // 4, size * 3 // 4), (size * 3 // 4, size)]
        for start, end in regions:
            changed = bytearray(data)
            for at in generator.integers(start, end, size=2 + (end - start) // 50):
                changed[at] ^= int(generator.integers(1, 256))
            files[f"flipped {name} in {start}-{end}"] = Damaged(bytes(changed), answers)
        for value in (0x00, 0xFF):
            middle = size // 2
            changed = data[: middle - 20] + bytes([value]) * 40 + data[middle + 20 :]
            files[f"flipped {name} middle to {value}"] = Damaged(changed, answers)
    return files
