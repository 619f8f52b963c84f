"""Small pictures for the tests of decoding, and their files."""

import io

import numpy as np
from PIL import Image

ALL_FORMATS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"]


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def marked() -> Image.Image:
    """48 x 32, white, with a blue top left and a red bottom left corner: no turn maps it onto itself."""
    pixels = np.full((32, 48, 3), 255, np.uint8)
    pixels[:16, :16] = (0, 0, 255)
    pixels[16:, :16] = (255, 0, 0)
    return Image.fromarray(pixels)


def noise(side: int = 64) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8))
