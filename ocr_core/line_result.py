"""Last step: a reading and the place it was read at -> `LineResult`, in pixels of the whole image."""

from collections.abc import Sequence

import numpy as np

from ocr_core.crop import LineCrop
from ocr_core.types import Box, Granularity, LineResult, Quad, Reading, Span
from ocr_core.words import Interval, character_intervals, geometric_mean, words_of

Corners = tuple[tuple[int, int], ...]


def line_result(
    reading: Reading, crop: LineCrop, size: tuple[int, int], granularity: Granularity = "line"
) -> LineResult:
    """Return `reading` with its place and, where `granularity` asks for them, those of its words and characters.

    Args:
        reading: of `crop.pixels`.
        crop: the line that was read.
        size: width and height of the image in pixels.
        granularity: `word` adds the words, `char` the words and the characters.
    """
    corners, box = place(crop.quad, size)
    if granularity == "line" or len(reading.characters) != len(reading.text):
        # a recogniser that gives no characters tells nothing about where they are
        return LineResult(reading, corners, box)
    intervals = character_intervals(crop.pixels, reading.characters)
    words = _spans(words_of(reading.text), reading, crop, intervals, size)
    every = [(i, i + 1) for i, character in enumerate(reading.text) if not character.isspace()]
    characters = _spans(every, reading, crop, intervals, size) if granularity == "char" else ()
    return LineResult(reading, corners, box, words, characters)


def place(quad: Quad, size: tuple[int, int]) -> tuple[Corners, Box]:
    """Return the corners of `quad`, (4, 2), and the box around it, in whole pixels inside an image of `size`.

    Args:
        quad: (4, 2) float32, may reach over the edges.
        size: width and height in pixels.
    """
    width, height = size
    left, top = np.floor(quad.min(axis=0)).astype(int)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int)
    x0, y0 = min(max(0, int(left)), width - 1), min(max(0, int(top)), height - 1)
    box = Box(x0, y0, max(x0 + 1, min(int(right), width)), max(y0 + 1, min(int(bottom), height)))
    corners = np.clip(np.rint(quad), 0, [width, height]).astype(int)
    return tuple((int(x), int(y)) for x, y in corners), box


def _spans(
    parts: Sequence[tuple[int, int]],
    reading: Reading,
    crop: LineCrop,
    intervals: Sequence[Interval],
    size: tuple[int, int],
) -> tuple[Span, ...]:
    """Return a span for each of `parts`, (start, end) indices into the text of `reading`."""
    spans = []
    for start, end in parts:
        corners, box = place(crop.part(intervals[start][0], intervals[end - 1][1]), size)
        confidence = geometric_mean([character.confidence for character in reading.characters[start:end]])
        spans.append(Span(reading.text[start:end], start, confidence, corners, box))
    return tuple(spans)
