"""Each warning appears where it is true, and only there."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.crop import crop_line
from ocr_core.line_result import line_result
from ocr_core.page_warnings import page_notes
from ocr_core.pipeline import load_pipeline
from ocr_core.types import Reading, ReadOptions

PAGE = ReadOptions(mode="page")


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def png(image):
    return cv2.imencode(".png", np.asarray(image))[1].tobytes()


def printed(texts=("The meeting begins at nine", "and ends about noon"), left=40, size=32, width=600):
    canvas = Image.new("RGB", (width, 300), "white")
    pen = ImageDraw.Draw(canvas)
    for row, text in enumerate(texts):
        pen.text((left, 60 + 2 * size * row), text, fill=(20, 20, 20), font=ImageFont.load_default(size))
    return np.asarray(canvas)


def notes(boxes, texts, confidence=0.9, image=None, turns=0):
    """Return the notes on a page of lines, each (x0, y0, x1, y1)."""
    image = np.full((400, 400, 3), 255, np.uint8) if image is None else image
    quads = [np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32) for x0, y0, x1, y1 in boxes]
    crops = [crop_line(image[:, :, 0], quad) for quad in quads]
    size = image.shape[1], image.shape[0]
    lines = [line_result(Reading(text, confidence), crop, size) for text, crop in zip(texts, crops, strict=True)]
    return " ".join(page_notes(image, crops, lines, turns))


def test_a_plain_page_has_none(pipeline):
    assert pipeline.read(png(printed()), PAGE).warnings == ()


def test_small_print():
    low, fine = [(10, 20 * i, 90, 20 * i + 9) for i in range(4)], [(10, 20 * i, 90, 20 * i + 11) for i in range(4)]
    texts = ["text"] * 4
    assert "only about 9 pixels high" in notes(low, texts)
    assert "pixels high" not in notes(fine, texts)
    assert "pixels high" not in notes([*fine[:3], low[3]], texts)


@pytest.mark.parametrize(("turns", "words"), [(1, "to the left"), (2, "upside down"), (3, "to the right")])
def test_a_turned_page(turns, words):
    assert words in notes([(10, 10, 90, 30)], ["text"], turns=turns)
    assert "upright" not in notes([(10, 10, 90, 30)], ["text"])
    assert "upright" not in notes([], [], turns=turns)  # shapes without text lie on no side


@pytest.mark.parametrize(("left", "cut"), [(-40, "the left border"), (300, "the right border"), (40, "")])
def test_print_at_the_border(pipeline, left, cut):
    warnings = " ".join(pipeline.read(png(printed(left=left)), PAGE).warnings)
    assert (cut in warnings) if cut else "border" not in warnings


@pytest.mark.parametrize(("cut", "side"), [(9, "top"), (4, "bottom"), (-2, "top"), (-2, "bottom")])
def test_print_cut_along_a_border(pipeline, cut, side):
    texts = ("The meeting begins at nine", "and we mean to end about noon")
    page = printed(texts, left=20)
    rows = np.flatnonzero((page < 128).any(axis=(1, 2)))
    image = page[rows[0] + cut :] if side == "top" else page[: rows[-1] + 1 - cut]
    warnings = " ".join(pipeline.read(png(image), PAGE).warnings)
    assert (f"the {side} border" in warnings) if cut > 0 else "border" not in warnings


def test_print_of_a_turned_page_at_the_border():
    image = np.full((400, 400, 3), 255, np.uint8)
    image[0:90:4, 100:130] = 0  # runs from the upper border down
    quad = np.array([[130, 0], [130, 90], [100, 90], [100, 0]], np.float32)
    crop = crop_line(image[:, :, 0], quad)
    line = line_result(Reading("text", 0.9), crop, (400, 400))
    assert "the top border" in " ".join(page_notes(image, [crop], [line], 3))


def test_a_doubtful_line_at_the_border_is_no_text():
    image = np.zeros((400, 400, 3), np.uint8)
    image[:, ::9] = 255
    assert "border" in notes([(0, 10, 90, 30)], ["text"], image=image)
    assert "border" not in notes([(0, 10, 90, 30)], ["text"], confidence=0.5, image=image)


def test_a_photograph_without_text(pipeline):
    rng = np.random.default_rng(1)
    photo = cv2.resize(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    assert "photograph" in " ".join(pipeline.read(png(photo), PAGE).warnings)
    blank = np.full((480, 640, 3), 240, np.uint8)
    assert pipeline.read(png(blank), PAGE).warnings == ()


def grid(columns, rows, dx, dy, side=20):
    """Return one box for each row of characters that stand `dx` and `dy` pixels apart."""
    return [(10, 10 + dy * r, 10 + dx * (columns - 1) + side, 10 + dy * r + side) for r in range(rows)]


def test_chinese_that_runs_down_the_page():
    columns, single, level = grid(6, 10, 34, 22), grid(1, 8, 0, 22), grid(12, 6, 21, 32)
    assert "top to bottom" in notes(columns, ["上海自来水来"] * 10)
    assert "top to bottom" in notes(grid(2, 10, 32, 23), ["上海"] * 10)
    assert "top to bottom" in notes(single, list("上海自来水来自海"))
    assert "top to bottom" not in notes(level, ["上海自来水来自海上山东落"] * 6)
    assert "top to bottom" not in notes(grid(2, 6, 21, 32), ["上海"] * 6)
    assert "top to bottom" not in notes(columns, ["Leaves"] * 10)
    assert "top to bottom" not in notes(single[:2], list("上海"))
