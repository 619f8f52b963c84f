"""Tags of a TIFF directory (TIFF 6.0, section 2), which is also the form of EXIF inside other formats."""

import struct
from typing import IO

UPRIGHT = 1
"""EXIF orientation of a picture that is stored as it is displayed; values run from 1 to 8."""

WIDTH, HEIGHT, BITS_PER_SAMPLE, PHOTOMETRIC, ORIENTATION = 256, 257, 258, 262, 274
WHITE_IS_ZERO = 0
_SHORT, _LONG = 3, 4
_MAX_DIRECTORIES = 100_000  # bounds the time on hostile files; rolls of microfilm have thousands of pages


def whole_number_tags(data: bytes, at: int, order: str) -> dict[int, int]:
    """Return the whole-number tags of the directory at byte `at`: {tag: value}.

    Args:
        data: a TIFF file or an EXIF block.
        at: offset of the directory, bytes.
        order: `<` or `>`, the byte order as `struct` writes it.

    Raises `struct.error` where the directory is cut.
    """
    (entries,) = struct.unpack_from(order + "H", data, at)
    tags: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * entries, 12):
        tag, kind, count = struct.unpack_from(order + "HHI", data, entry)
        if count == 1 and kind in (_SHORT, _LONG):
            code = "H" if kind == _SHORT else "I"
            (tags[tag],) = struct.unpack_from(order + code, data, entry + 8)
    return tags


def directories(file: IO[bytes], at: int, order: str) -> int:
    """Return how many directories the chain has that begins at byte `at`: the pages of a TIFF.

    A chain that comes back to one of its directories ends there.
    """
    pages = 0
    seen = {0}
    while at not in seen and pages < _MAX_DIRECTORIES:
        seen.add(at)
        file.seek(at)
        if len(count := file.read(2)) < 2:
            break
        pages += 1
        file.seek(at + 2 + 12 * struct.unpack(order + "H", count)[0])
        link = file.read(4)
        at = struct.unpack(order + "I", link)[0] if len(link) == 4 else 0
    return pages


def exif_orientation(exif: bytes) -> int:
    """Return the orientation, 1-8, of an EXIF block; 1 where it is missing or damaged."""
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return UPRIGHT
    order = "<" if exif[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        orientation = whole_number_tags(exif, at, order)[ORIENTATION]
    except (struct.error, KeyError):
        return UPRIGHT
    return orientation if 1 <= orientation <= 8 else UPRIGHT
