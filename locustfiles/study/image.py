"""The image of the study: a JPEG of about 120 KB as a phone makes it, with two lines of known text."""

import cv2
import numpy as np

from locustfiles.samples import SEED, WORDS, Sample, draw

WIDTH, HEIGHT = 920, 680
PAPER = 235
GRAIN = 6.0
"""Standard deviation of the camera's noise, in grey levels: it is what makes the file large."""

QUALITY = 89


def draw_photo() -> Sample:
    """Return the image: the same bytes in every run with the same OpenCV."""
    rng = np.random.default_rng(SEED)
    text = "\n".join(" ".join([*map(str, rng.choice(WORDS, 4, replace=False)), str(n)]) for n in (4151, 9027))
    lines = np.minimum(draw(text), PAPER)
    page = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    height, width = lines.shape[:2]
    page[HEIGHT // 3 : HEIGHT // 3 + height, 60 : 60 + width] = lines
    grained = np.clip(page + rng.normal(0.0, GRAIN, page.shape), 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", grained, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return Sample("photo.jpg", "page", text, True, bytes(encoded))
