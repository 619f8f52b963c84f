"""The second look at lines that were read with doubt."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.engine import CrnnEngine
from ocr_core.second_look import DOUBT, WIDER, closer, is_doubtful
from ocr_core.types import Reading

MODEL = Path(__file__).parents[2] / "models" / "recognizer.onnx"


def line(above: int, below: int, dark: bool = False) -> np.ndarray:
    """Return 20 rows of bars with as much paper as asked for."""
    page = np.full((above + 20 + below, 200), 230, np.uint8)
    page[above : above + 20, 10:190:12] = 20
    page[above : above + 20, 11:190:12] = 20
    return 255 - page if dark else page


@pytest.mark.parametrize("dark", [False, True], ids=["dark on light", "light on dark"])
def test_paper_above_and_below_is_cut(dark):
    seen = closer(line(40, 70, dark))
    assert 20 <= len(seen) <= 26
    assert seen.shape[1] == round(200 * WIDER)


def test_a_tight_line_only_grows_wider():
    assert closer(line(0, 0)).shape == (20, round(200 * WIDER))


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (32, 100)])
@pytest.mark.parametrize("level", [0, 255])
def test_empty_and_odd_lines_pass(shape, level):
    seen = closer(np.full(shape, level, np.uint8))
    assert seen.dtype == np.uint8
    assert min(seen.shape) >= 1


def test_places_keep_their_share_of_the_width():
    page = line(30, 30)
    page[30:50, 100:] = 230  # bars in the left half alone
    ink = np.flatnonzero((closer(page) < 128).any(axis=0))
    assert ink[-1] / closer(page).shape[1] == pytest.approx(
        np.flatnonzero((page < 128).any(axis=0))[-1] / 200, abs=0.02
    )


@pytest.mark.parametrize(
    ("text", "confidence", "expected"), [("7", DOUBT - 0.01, True), ("7", DOUBT, False), ("", 0.0, False)]
)
def test_what_is_bare_or_sure_is_not_doubtful(text, confidence, expected):
    assert is_doubtful(Reading(text, confidence)) is expected


class Twice(CrnnEngine):
    """An engine that remembers what it was asked to look at."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[int, ...]]] = []
        super().__init__(MODEL)

    def see(self, lines):
        if lines:
            self.asked.append([image.shape for image in lines])
        return super().see(lines)


def test_only_doubtful_lines_are_read_again_and_the_surer_reading_counts():
    engine = Twice()
    font = ImageFont.load_default(32)
    clear = Image.new("L", (round(font.getlength("Platform three")) + 20, 48), 255)
    ImageDraw.Draw(clear).text((10, 4), "Platform three", fill=0, font=font)
    loose = Image.new("L", (clear.width, 300), 255)
    loose.paste(clear.resize((clear.width, 40)), (0, 130))
    lines = [np.asarray(clear), np.asarray(loose)]
    engine.asked.clear()
    once = [sight.reading for sight in engine.see(lines)]
    assert engine.asked == [[line.shape for line in lines]]
    engine.asked.clear()
    sure, helped = engine.recognize(lines)
    first, second = engine.asked
    assert (len(first), len(second)) == (2, 1)
    assert second[0][0] < 80
    assert sure == once[0]
    assert sure.text == helped.text == "Platform three"
    assert once[1].confidence < DOUBT <= helped.confidence


def test_what_has_been_seen_is_looked_at_again_but_not_anew():
    engine = Twice()
    lines = [line(60, 60), line(4, 4)]
    expected, (first, second) = engine.recognize(lines), engine.see(lines)
    assert first.reading.confidence < DOUBT
    engine.asked.clear()
    assert engine.recognize(lines, seen=[first, None]) == expected
    assert engine.asked[0] == [lines[1].shape]
    assert len(engine.asked) == 2
    engine.asked.clear()
    assert engine.recognize(lines, "greedy", seen=[first, second])[0].confidence >= first.reading.confidence
    assert all(shape not in [image.shape for image in lines] for shape in engine.asked[0])
