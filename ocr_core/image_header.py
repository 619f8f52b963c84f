"""First step, part one: what the first bytes of a file say, read before anything is decoded.

A picture of a few kilobytes can declare gigabytes of pixels. The decoder would believe it, so the
dimensions are read here, by one small reader per format, and a header that makes no sense is refused.
"""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ocr_core.errors import NotAnImage, UnreadableImage
from ocr_core.tiff_tags import HEIGHT, UPRIGHT, WIDTH, directories, exif_orientation, whole_number_tags

READABLE_FORMATS = ("JPEG", "PNG", "WebP", "BMP", "TIFF", "GIF")
"""Every format that is read, as people write them."""

BMP_RESOLUTION = 38
"""Offset of the pixels a metre in a BMP, across and down, 4 bytes each."""

INCH = 0.0254
"""Metres."""

_MAX_BLOCKS = 100_000  # chunks, segments or GIF blocks walked through: bounds the time on hostile files


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file declares about itself."""

    format: str
    """One of `READABLE_FORMATS`."""

    width: int
    """Pixels as stored, >= 1, before the EXIF turn."""

    height: int
    """Pixels as stored, >= 1, before the EXIF turn."""

    orientation: int = UPRIGHT
    """EXIF orientation, 1-8; TIFF is always 1 here, because its decoder turns the picture itself."""

    frames: int = 1
    """Frames of an animation or pages of a TIFF, >= 1."""


class Chunk(NamedTuple):
    """One chunk of a PNG or WebP file: where its content starts, and `length` as declared (the file may be cut)."""

    kind: bytes
    start: int
    length: int


def read_header(data: bytes) -> ImageHeader:
    """Return what the file declares about itself; the format is told by content.

    Raises `NotAnImage` where the first bytes match no format, `UnreadableImage` where the header is
    damaged or declares impossible dimensions.
    """
    reader = _reader_for(data)
    if reader is None:
        known = ", ".join(READABLE_FORMATS)
        raise NotAnImage(f"This is not an image that can be read; send {known} or PDF.")
    try:
        header = reader(data)
    except (struct.error, IndexError) as error:
        raise UnreadableImage("The header of the image is cut short.") from error
    if header.width < 1 or header.height < 1:
        raise UnreadableImage(f"The image declares impossible dimensions: {header.width} x {header.height}.")
    return header


def is_image(data: bytes) -> bool:
    """Return whether the first bytes are those of a format that is read; what follows may be damaged."""
    return _reader_for(data) is not None


def bmp_dpi(data: bytes) -> float | None:
    """Return the pixels an inch that a BMP declares; None for other files, and for what is hardly true."""
    if data[:2] != b"BM" or len(data) < BMP_RESOLUTION + 8:
        return None
    size, across, down = struct.unpack_from("<I20xii", data, 14)
    dpi: float = across * INCH
    return dpi if size >= 40 and across == down and 50 <= dpi <= 1200 else None


def _reader_for(data: bytes) -> Callable[[bytes], ImageHeader] | None:
    """Return the header reader whose magic bytes open `data`; None for no format that is read."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    for magic, reader in (
        (b"\xff\xd8\xff", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"BM", _bmp),
        (b"II*\x00", _tiff),
        (b"MM\x00*", _tiff),
        (b"GIF87a", _gif),
        (b"GIF89a", _gif),
    ):
        if data.startswith(magic):
            return reader
    return None


def _jpeg(data: bytes) -> ImageHeader:
    """Walk the segments up to the frame header (SOF)."""
    standalone = {0x01, *range(0xD0, 0xD9)}  # markers without a length: TEM, RST0-7, SOI
    frame_headers = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the three are DHT, JPG and DAC
    at, orientation = 2, UPRIGHT
    for _ in range(_MAX_BLOCKS):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0x00, 0xFF):  # stray or fill bytes: decoders pass over both
            at += 1
            continue
        if marker in standalone:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in frame_headers:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return ImageHeader("JPEG", width, height, orientation)
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = exif_orientation(data[at + 10 : at + 2 + length])
        at += 2 + length
    raise UnreadableImage("The JPEG has no frame header; it is damaged.")


def _png(data: bytes) -> ImageHeader:
    """Read IHDR, then look for the orientation and the frame count in later chunks."""
    if data[12:16] != b"IHDR":
        raise UnreadableImage("The PNG does not begin with its header; it is damaged.")
    width, height = struct.unpack_from(">II", data, 16)
    orientation, frames, ended = UPRIGHT, 1, False
    kinds: list[bytes] = []
    for kind, start, length in png_chunks(data):
        if start + length > len(data):
            break  # OpenCV makes room for what a chunk declares: 83 bytes took 4 GB and 15 s
        ended = kind == b"IEND"
        if ended:
            break
        if kind == b"eXIf":
            orientation = exif_orientation(data[start : start + length])
        elif kind == b"acTL":
            frames = max(1, int.from_bytes(data[start : start + 4], "big"))
        kinds.append(kind)
    if not ended:
        raise UnreadableImage("The PNG is cut short or damaged: it does not reach its end.")
    has_still = b"fcTL" in kinds and b"IDAT" in kinds[: kinds.index(b"fcTL")]  # in front of the animation
    return ImageHeader("PNG", width, height, orientation, frames + has_still)


def _webp(data: bytes) -> ImageHeader:
    """Read the first chunk, which is VP8 (lossy), VP8L (lossless) or VP8X (extended)."""
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))  # 14 bits each
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X" and len(data) >= 30:
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    else:
        raise UnreadableImage("The WebP does not begin with a picture; it is damaged.")
    orientation, frames = UPRIGHT, 0
    for chunk in _chunks(data, first=12, big_endian=False):
        if chunk.kind == b"EXIF":
            exif = data[chunk.start : chunk.start + chunk.length]
            orientation = exif_orientation(exif.removeprefix(b"Exif\0\0"))
        frames += chunk.kind == b"ANMF"
    return ImageHeader("WebP", width, height, orientation, max(1, frames))


def _bmp(data: bytes) -> ImageHeader:
    """Read the DIB header; a negative height means that the rows are stored from the top."""
    (size,) = struct.unpack_from("<I", data, 14)
    if size == 12:  # BITMAPCOREHEADER, OS/2
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return ImageHeader("BMP", width, abs(height))


def _gif(data: bytes) -> ImageHeader:
    """Read the logical screen and count the images."""
    width, height = struct.unpack_from("<HH", data, 6)
    return ImageHeader("GIF", width, height, frames=max(1, _gif_frames(data)))


def _gif_frames(data: bytes) -> int:
    """Return how many image descriptors follow the screen; stops where the file is cut."""

    def table_bytes(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    frames = 0
    at = 13 + table_bytes(data[10])
    try:
        for _ in range(_MAX_BLOCKS):
            if data[at] == 0x2C:  # image descriptor, its colours and the LZW code size
                frames += 1
                at += 11 + table_bytes(data[at + 9])
            elif data[at] == 0x21:  # extension
                at += 2
            else:
                break
            while data[at]:  # sub-blocks, each with its length in front
                at += 1 + data[at]
            at += 1
    except IndexError:
        pass
    return frames


def _tiff(data: bytes) -> ImageHeader:
    """Read the first directory and follow the chain to count the pages."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    tags = whole_number_tags(data, at, order)
    if WIDTH not in tags or HEIGHT not in tags:
        raise UnreadableImage("The TIFF does not say how large it is; it is damaged.")
    pages = directories(io.BytesIO(data), at, order)
    return ImageHeader("TIFF", tags[WIDTH], tags[HEIGHT], frames=pages)


def png_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a PNG file (PNG specification, 5.3), those behind its end included."""
    return _chunks(data, first=8, big_endian=True)


def _chunks(data: bytes, first: int, big_endian: bool) -> Iterator[Chunk]:
    """Yield the chunks of a PNG (length, kind, content, checksum) or RIFF (kind, length, content, even)."""
    at = first
    for _ in range(_MAX_BLOCKS):
        if at + 8 > len(data):
            return
        if big_endian:
            length, kind = struct.unpack_from(">I4s", data, at)
        else:
            kind, length = struct.unpack_from("<4sI", data, at)
        yield Chunk(kind, at + 8, length)
        at += 8 + length + (4 if big_endian else length % 2)
