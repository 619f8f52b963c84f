"""Headings far larger than the print around them, and what only looks like them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.detect import LineFinder

TEXTS = ["The quick brown fox jumps over it", "Pack my box with five dozen jugs", "How quick daft zebras run"]


def upright(quad):
    return (*quad.min(axis=0), *quad.max(axis=0))


def iou(a, b):
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def poster(*rows, size=300, letters=24, paper="white", ink="black"):
    """A page of large rows above six lines of small print, as (H, W, 3), and the box of each large row."""
    canvas = Image.new("RGB", (1600, 1500), paper)
    draw, truth = ImageDraw.Draw(canvas), []
    for row, text in enumerate(rows):
        place = (60, 40 + int(1.3 * size) * row)
        draw.text(place, text, fill=ink, font=ImageFont.load_default(size))
        truth.append(draw.textbbox(place, text, font=ImageFont.load_default(size)))
    for row in range(6):
        place = (60, int(1.3 * size) * len(rows) + 100 + 2 * letters * row)
        draw.text(place, TEXTS[row % len(TEXTS)], fill=ink, font=ImageFont.load_default(letters))
    return np.asarray(canvas), truth


@pytest.mark.parametrize(("paper", "ink"), [("white", "black"), ("#d02020", "white")])
@pytest.mark.parametrize("size", [300, 420])
def test_headings_far_larger_than_the_print_are_lines(size, paper, ink):
    image, truth = poster("Sale 50", "Open", size=size, paper=paper, ink=ink)
    found = [upright(quad) for quad in LineFinder().find(image).level]
    assert len(found) == len(truth) + 6
    for box, line in zip(truth, found, strict=False):
        assert iou(box, line) > 0.7


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({"outline": "black", "width": 4}, id="frames"),
        pytest.param({"fill": "#d8e4f0"}, id="buttons"),
    ],
)
def test_labels_are_not_taken_for_parts_of_a_heading(look):
    canvas = Image.fromarray(poster("", size=300)[0])
    draw, font, labels = ImageDraw.Draw(canvas), ImageFont.load_default(24), []
    for left in range(60, 1560, 250):
        draw.rectangle((left, 60, left + 150, 210), **look)
        draw.text((left + 30, 120), "Menu", fill="black", font=font)
        labels.append(draw.textbbox((left + 30, 120), "Menu", font=font))
    found = [upright(quad) for quad in LineFinder().find(np.asarray(canvas)).level]
    for label in labels:
        assert max(iou(label, box) for box in found) > 0.7
