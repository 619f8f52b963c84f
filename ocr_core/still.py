"""First step, between the header and the decoder: a file -> the same file with its first picture alone.

OpenCV also decodes what we do not read, and does so with less care: a PNG of 300 bytes with a damaged
animation ended the process (OpenCV 5.0.0, found by fuzzing). What the decoder does not get cannot hurt it.
"""

from ocr_core.image_header import ImageHeader, png_chunks

_PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
"""All that the pixels of a still picture depend on; the EXIF turn was read with the header."""


def only_still(data: bytes, header: ImageHeader) -> bytes:
    """Return the file `data`, whose header is `header`, without animation, profiles, texts and trailing bytes."""
    if header.format != "PNG":
        return data
    kept = [data[:8]]
    for chunk in png_chunks(data):
        if chunk.kind in _PNG_CHUNKS:
            kept.append(data[chunk.start - 8 : chunk.start + chunk.length + 4])
        if chunk.kind == b"IEND":
            break
    return b"".join(kept)
