"""A page as a picture that browsers show: they cannot draw PDFs into a page, nor TIFFs at all."""

import base64

import cv2

from ocr_core.image_io import decode_image

QUALITY = 80
"""Of JPEG: print stays sharp, and a page of A4 at 200 pixels an inch takes some 400 KB."""

SHOWN_PIXELS = 16_000_000
"""A larger picture is made smaller: what is shown is a fraction of it."""

SHOWN_SIDE = 65_500
"""Pixels of a side; a JPEG can hold no longer one."""


def data_url(image: bytes) -> str:
    """Return the image file `image`, which was accepted for reading, as a `data:` URL (RFC 2397) of a JPEG."""
    header_is_checked = 1 << 40
    pixels = decode_image(image, header_is_checked).pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, (SHOWN_PIXELS / (height * width)) ** 0.5, SHOWN_SIDE / max(height, width))
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(pixels.dtype)
    encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"
