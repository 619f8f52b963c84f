"""Images with known text, drawn when a load test starts: the same ones in every run."""

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

BOUNDARY = "boundary-of-the-load-test"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
"""Header of every upload; the boundary occurs in no PNG or JPEG that is drawn here."""

SEED = 20240117
FONT_HEIGHT = 32
"""Pixels between the base lines of a page's text, and about the height of a line image."""

WORDS = ("invoice", "total", "payment", "street", "office", "number", "customer", "date", "amount", "order")

Kind = Literal["line", "page"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One image and what is drawn on it."""

    name: str
    kind: Kind

    text: str
    """The drawn text, lines joined by line breaks."""

    clean: bool
    """Whether a recogniser that works at all reads it without an error."""

    image: bytes = field(repr=False)
    """The image file, PNG or JPEG."""

    @property
    def body(self) -> bytes:
        """The body of the upload, to be sent with `CONTENT_TYPE`."""
        head = f'Content-Disposition: form-data; name="file"; filename="{self.name}"\r\n'
        start = f"--{BOUNDARY}\r\n{head}Content-Type: application/octet-stream\r\n\r\n"
        return start.encode() + self.image + f"\r\n--{BOUNDARY}--\r\n".encode()


def draw_samples(seed: int = SEED) -> list[Sample]:
    """Return three line images and three pages, of which the last one is noisy."""
    rng = np.random.default_rng(seed)
    lines = [_text(rng, words) for words in (2, 4, 7)]
    pages = ["\n".join(_text(rng, 4) for _ in range(rows)) for rows in (3, 6, 6)]
    samples = [
        Sample(f"line-{index}.png", "line", text, True, _encode(".png", draw(text)))
        for index, text in enumerate(lines, start=1)
    ]
    for index, text in enumerate(pages, start=1):
        noisy = index == len(pages)
        image = add_noise(draw(text), rng) if noisy else draw(text)
        samples.append(Sample(f"page-{index}.jpg", "page", text, not noisy, _encode(".jpg", image)))
    return samples


def draw(text: str) -> NDArray[np.uint8]:
    """Return black `text` on white paper, (H, W, 3) uint8, with a narrow margin."""
    rows = text.split("\n")
    image = np.full((FONT_HEIGHT * len(rows) + 12, 18 * max(map(len, rows)) + 24, 3), 255, np.uint8)
    for index, row in enumerate(rows):
        baseline = FONT_HEIGHT * index + 28
        cv2.putText(image, row, (12, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2, cv2.LINE_AA)
    return image


def add_noise(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return `image`, (H, W, 3) uint8, greyer and with the grain of a bad camera."""
    grain = rng.normal(0.0, 18.0, image.shape)
    return np.clip(image * 0.8 + 20 + grain, 0, 255).astype(np.uint8)


def _text(rng: np.random.Generator, words: int) -> str:
    """Return words with a number at their end."""
    chosen = rng.choice(WORDS, size=words, replace=False)
    return " ".join([*map(str, chosen), str(rng.integers(100, 10_000))])


def _encode(suffix: str, image: NDArray[np.uint8]) -> bytes:
    """Return the bytes of an image file; OpenCV writes the same ones for the same pixels."""
    return bytes(cv2.imencode(suffix, image)[1])
