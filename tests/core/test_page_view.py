"""Pages that lie on their side or on their head."""

import time
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from stand_ins import FixedDetector, Views, view

from ocr_core.detect import LineFinder
from ocr_core.detect_network import NetworkLineFinder
from ocr_core.detector import Found
from ocr_core.line_support import SecondLook
from ocr_core.orientation import upright
from ocr_core.page_view import PageView, turned
from ocr_core.pipeline import OcrPipeline, load_pipeline
from ocr_core.recognizer import Sight
from ocr_core.shipped import shipped_model
from ocr_core.types import Reading, ReadOptions

TEXTS = (
    "The meeting begins at nine in the morning,",
    "and the minutes will be sent to all members.",
    "Please bring the report of the last quarter",
    "and a list of open questions for the board.",
)


def page() -> np.ndarray:
    """Return four lines of print, (400, 900, 3)."""
    canvas = Image.new("RGB", (900, 400), "white")
    pen = ImageDraw.Draw(canvas)
    for row, text in enumerate(TEXTS):
        pen.text((60, 50 + 70 * row), text, fill=(20, 20, 20), font=ImageFont.load_default(32))
    return np.asarray(canvas)


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def read(pipeline, image):
    return pipeline.read(cv2.imencode(".png", image)[1].tobytes(), ReadOptions(mode="page"))


def inked(image, polygon):
    """Return how much of the ink of `image` lies inside `polygon`, 0-1."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(polygon, np.int32)], 1)
    ink = 255.0 - image[:, :, 0]
    return float((ink * mask).sum() / ink.sum())


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_reads_alike_whichever_side_is_up(pipeline, turns):
    image = turned(page(), turns)
    result = read(pipeline, image)
    assert result.text == read(pipeline, page()).text == "\n".join(TEXTS)
    assert (result.width, result.height) == (image.shape[1], image.shape[0])
    assert sum(inked(image, line.polygon) for line in result.lines) == pytest.approx(1, abs=0.02)
    first = np.array(result.lines[0].polygon)
    along = (first[1] - first[0]) / np.linalg.norm(first[1] - first[0])
    assert along.round(1).tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1]][turns]
    notes = ["", "turned to the right by a quarter", "upside down", "turned to the left by a quarter"]
    assert any(notes[turns] in warning for warning in result.warnings) or (turns == 0 and not result.warnings)


@pytest.mark.parametrize("degrees", [-15, -5, 3, 10, 15])
def test_a_skewed_page_is_read(pipeline, degrees):
    matrix = cv2.getRotationMatrix2D((450, 200), -degrees, 1)
    matrix[:, 2] += (60, 160)
    image = cv2.warpAffine(page(), matrix, (1020, 720), borderValue=(255, 255, 255), flags=cv2.INTER_CUBIC)
    result = read(pipeline, image)
    assert result.text.split("\n") == list(TEXTS)
    (x0, y0), (x1, y1) = result.lines[0].polygon[:2]
    assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(degrees, abs=1)


@pytest.mark.parametrize("turns", [0, 2])
def test_a_page_of_numbers_is_upright_either_way(pipeline, turns):
    numbers = [f"{number:,}  {number * 7919 % 100000}" for number in (48213, 90166, 86091, 16958, 69018)]
    canvas = Image.new("RGB", (500, 330), "white")
    for row, text in enumerate(numbers):
        ImageDraw.Draw(canvas).text((40, 30 + 56 * row), text, fill=(20, 20, 20), font=ImageFont.load_default(34))
    result = read(pipeline, turned(np.asarray(canvas), turns))
    assert [line.text.replace(" ", "") for line in result.lines] == [text.replace(" ", "") for text in numbers]


@pytest.mark.parametrize(
    ("up", "down", "left", "right", "expected"),
    [
        pytest.param(250, 255, 255, 255, 0, id="sure"),
        pytest.param(100, 60, 90, 95, 0, id="doubtful all round"),
        pytest.param(100, 110, 90, 95, 0, id="hardly better"),
        pytest.param(200, 215, 90, 95, 2, id="upside down by little"),
        pytest.param(200, 90, 215, 95, 0, id="sideways by little"),
        pytest.param(10, 20, 90, 95, 0, id="nothing from any side"),
        pytest.param(10, 20, 90, 30, 1, id="little, but from one side alone"),
        pytest.param(100, 200, 90, 95, 2, id="upside down"),
        pytest.param(100, 90, 200, 95, 1, id="to the left"),
        pytest.param(100, 90, 95, 200, 3, id="to the right"),
    ],
)
def test_the_surest_side_is_up(up, down, left, right, expected):
    asked, steps = [], []

    def look(turns):
        asked.append(turns)
        return {1: view(left, 1, right), 2: view(down, 2), 3: view(right, 3)}[turns]

    found = upright(view(up, 0, down), look, lambda: steps.append(None))
    assert found.turns == expected
    if up == 250:
        assert (asked, steps) == ([], [])


@pytest.mark.parametrize(
    ("texts", "sure"),
    [
        pytest.param(["LO)", "O", "O", "#", "O"], 0.0, id="a short word among single letters"),
        pytest.param(["EXIT", "|"], 0.72, id="a short word, nearly alone"),
        pytest.param(["Receipt", *"0123456789"], 0.45, id="a word among single letters"),
    ],
)
def test_a_short_word_among_single_letters_does_not_tell_which_side_is_up(texts, sure):
    class Reads(Views):
        def see(self, lines):
            return [Sight(Reading(text, 0.9), None, None, 0.0) for text in texts[: len(lines)]]

    quads = [np.array([[0, 0], [10, 0], [10, 9], [0, 9]], np.float32)] * len(texts)
    seen = PageView(np.zeros((20, 100), np.uint8), 0, Found(quads, []), Reads())
    assert seen.sureness() == pytest.approx(sure)


def test_places_go_back_to_the_image_within_a_pixel():
    image = np.zeros((30, 50, 3), np.uint8)
    image[5:9, 10:22] = 255
    for turns in range(4):
        seen = turned(image, turns)[:, :, 0]
        rows, columns = np.nonzero(seen)
        x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        quad = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
        back = PageView(seen, turns, Found([], []), Views()).on_image(quad)
        assert back.min(axis=0).tolist() == [10, 5]
        assert back.max(axis=0).tolist() == [22, 9]


def test_what_both_finders_see_is_read_as_far_as_either_reaches(pipeline):
    image = page()
    whole = np.array(read(pipeline, image).lines[0].polygon, np.float32)
    height = whole[3, 1] - whole[0, 1]
    cut = whole - np.array([[0, 0], [0.5 * height, 0], [0.5 * height, 0], [0, 0]], np.float32)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    second = FixedDetector(whole)
    view = PageView(gray, 0, Found([cut], []), pipeline._recognizer, second=partial(second.detect_beside, image))
    assert view.sureness() > 0  # which cuts the line out and looks at it
    view.look_again()
    assert len(view.quads) == 1
    ((_, reading),) = view.lines([0])
    assert reading.text == TEXTS[0]
    view = PageView(view.gray, 0, Found([cut], []), pipeline._recognizer)
    assert view.lines([0])[0][1].text != TEXTS[0]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_what_the_network_alone_sees_tells_which_side_is_up(pipeline, turns):
    network = NetworkLineFinder(shipped_model("detector.onnx"))
    blind = OcrPipeline(pipeline._recognizer, FixedDetector(), second=network)
    assert read(blind, turned(page(), turns)).text == "\n".join(TEXTS)


@pytest.mark.parametrize(
    ("size", "pitch", "digits"), [(24, 28, "16225199619"), (24, 43, "5143972981"), (30, 36, "28921840")]
)
def test_a_column_of_digits_stays_upright(pipeline, size, pitch, digits):
    canvas = Image.new("RGB", (400, 120 + pitch * len(digits)), "white")
    pen = ImageDraw.Draw(canvas)
    for row, digit in enumerate(digits):
        pen.text((180, 60 + pitch * row), digit, fill="black", font=ImageFont.load_default(size))
    result = read(pipeline, np.asarray(canvas))
    assert not result.warnings
    assert sum(line.text in digits for line in result.lines) > 0.7 * len(digits)


def test_the_time_of_the_second_finder_counts_as_finding():
    def slow(image, first):
        time.sleep(0.1)
        return SecondLook([], [])

    class Slow(FixedDetector):
        detect_beside = staticmethod(slow)

    reader = OcrPipeline(load_pipeline(detector="plain")._recognizer, LineFinder(), second=Slow())
    timings = read(reader, page()).timings
    assert timings.detect >= 100
    assert timings.recognize >= 0
    assert timings.total >= timings.detect + timings.recognize
