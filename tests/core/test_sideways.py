"""Print that runs up or down an upright page is read as it runs; letters that stand one above the other stay."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.detect import LineFinder
from ocr_core.detect_components import Components
from ocr_core.detect_sideways import find_sideways
from ocr_core.layout import places
from ocr_core.pipeline import load_pipeline
from ocr_core.types import ReadOptions

UP, DOWN = 90, -90
PAGE = ReadOptions(mode="page", granularity="word")


@pytest.fixture(scope="module", params=["both", "plain"])
def pipeline(request):
    return load_pipeline(detector=request.param)


def paper(rows=("An upright line of print", "and a second one below it")):
    page = Image.new("L", (700, 480), 255)
    for row, text in enumerate(rows):
        ImageDraw.Draw(page).text((150, 60 + 60 * row), text, fill=0, font=ImageFont.load_default(24))
    return page


def sideways(page, text, place, angle, size=22):
    """Print `text` on `page`, turned by `angle` degrees to the left."""
    font = ImageFont.load_default(size)
    strip = Image.new("L", (int(font.getlength(text)) + 8, size + 12), 255)
    ImageDraw.Draw(strip).text((4, 2), text, fill=0, font=font)
    page.paste(strip.rotate(angle, expand=True, fillcolor=255), place)
    return page


def png(page):
    return cv2.imencode(".png", np.asarray(page))[1].tobytes()


@pytest.mark.parametrize(("text", "angle"), [("Frequency (Hz)", UP), ("Invoice 2024", DOWN), ("86075409", DOWN)])
def test_a_line_beside_the_text_is_read_as_it_runs(pipeline, text, angle):
    *level, aside = pipeline.read(png(sideways(paper(), text, (620, 120), angle)), PAGE).lines
    assert [line.text for line in level] == ["An upright line of print", "and a second one below it"]
    assert aside.text == text
    assert aside.block > level[-1].block
    (_, first), (_, second) = aside.polygon[:2]
    assert first > second if angle == UP else first < second
    tops = [word.box.y0 for word in aside.words]
    assert [word.text for word in aside.words] == text.split()
    assert tops == sorted(tops, reverse=angle == UP)


def test_digits_that_stand_one_above_the_other_stay(pipeline):
    page = paper()
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(26)
    for row, digit in enumerate("47352"):
        pen.text((600, 100 + 27 * row), digit, fill=0, font=font)
    assert [line.text for line in pipeline.read(png(page), PAGE).lines if len(line.text) < 9] == list("47352")


def test_prose_and_empty_pages_have_none():
    prose = paper(["Prose that goes on from line to line"] * 6)
    for page in (prose, paper(())):
        assert LineFinder().find(np.repeat(np.asarray(page)[:, :, None], 3, axis=2)).down == []


def test_what_crosses_words_or_has_two_letters_is_none():
    def found(count, level=()):
        letters = [np.full(count, value) for value in (500, 0, 20, 11)]
        letters[1] = 100 + 14 * np.arange(count)
        return find_sideways(Components(*letters), np.array(level, np.float64).reshape(-1, 4), 700, 480)

    assert found(2).tolist() == []
    ((x0, y0, x1, y1),) = found(8).tolist()
    assert (x0, y0, x1, y1) == pytest.approx((500, 100, 520, 209), abs=3)
    assert found(8, [(400, y, 600, y + 20) for y in range(95, 210, 25)]).tolist() == []
    assert len(found(8, [(400, 150, 600, 160)])) == 1


def test_lines_that_run_sideways_come_last():
    level = np.array([[0, 100], [90, 100], [90, 120], [0, 120]], np.float32)
    down = np.array([[120, 0], [120, 300], [100, 300], [100, 0]], np.float32)
    found = places([down, level + np.float32([0, 60]), level])
    assert [(place.index, place.block, place.row) for place in found] == [(2, 0, 0), (1, 0, 1), (0, 1, 2)]
