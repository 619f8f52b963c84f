"""The further looks at lines that were read with doubt."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.engine import CrnnEngine
from ocr_core.further_looks import (
    DOUBT,
    DOUBT_OF_CONFIRMED,
    FURTHER_LOOKS,
    NARROWER,
    WIDER,
    Look,
    decided,
    is_open,
    view,
)
from ocr_core.types import Reading

MODEL = Path(__file__).parents[2] / "models" / "recognizer.onnx"


def line(above: int, below: int, dark: bool = False) -> np.ndarray:
    """Return 20 rows of bars with as much paper as asked for."""
    page = np.full((above + 20 + below, 200), 230, np.uint8)
    page[above : above + 20, 10:190:12] = 20
    page[above : above + 20, 11:190:12] = 20
    return 255 - page if dark else page


def look(
    text: str, confidence: float, read: str | None = None, confirmed: bool = False, left_out: float = 0.0
) -> Look:
    return Look(Reading(text, confidence), Reading(read or text, confidence), confirmed, left_out)


@pytest.mark.parametrize("dark", [False, True], ids=["dark on light", "light on dark"])
def test_a_loose_line_is_cut_and_then_stretched(dark):
    cut, stretched = (view(line(40, 70, dark), turn) for turn in range(FURTHER_LOOKS))
    assert 20 <= len(cut) <= 26
    assert len(stretched) == len(cut)
    assert (cut.shape[1], stretched.shape[1]) == (200, round(200 * WIDER))


def test_a_tight_line_is_stretched_and_then_squeezed():
    shapes = [view(line(0, 0), turn).shape for turn in range(FURTHER_LOOKS)]
    assert shapes == [(20, round(200 * WIDER)), (20, round(200 * NARROWER))]


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (32, 100)])
@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("turn", range(FURTHER_LOOKS))
def test_empty_and_odd_lines_pass(shape, level, turn):
    seen = view(np.full(shape, level, np.uint8), turn)
    assert seen.dtype == np.uint8
    assert min(seen.shape) >= 1


@pytest.mark.parametrize("turn", range(FURTHER_LOOKS))
def test_places_keep_their_share_of_the_width(turn):
    page = line(30, 30)
    page[30:50, 100:] = 230  # bars in the left half alone
    seen = view(page, turn)
    ink = np.flatnonzero((seen < 128).any(axis=0))
    assert ink[-1] / seen.shape[1] == pytest.approx(np.flatnonzero((page < 128).any(axis=0))[-1] / 200, abs=0.02)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (look("7", DOUBT - 0.01), True),
        (look("7", DOUBT), False),
        (look("7", DOUBT - 0.01, confirmed=True), False),
        (look("7", DOUBT_OF_CONFIRMED - 0.01, confirmed=True), True),
        (look("", 0.0), False),
        (look("75", 0.999, left_out=1.01 - DOUBT), True),
        (look("75", 0.999, left_out=0.99 - DOUBT), False),
        (look("75", 0.999, confirmed=True, left_out=1.01 - DOUBT), False),
    ],
)
def test_what_is_bare_or_sure_or_confirmed_is_looked_at_once(first, expected):
    assert is_open([first]) is expected


def test_a_third_look_is_for_lines_of_which_two_read_different_texts():
    assert is_open([look("1l", 0.6, "11"), look("11", 0.7)]) is False
    assert is_open([look("1l", 0.6), look("11", 0.9)]) is True


def test_most_looks_decide_and_then_the_surest():
    assert decided([look("a", 0.5)]).text == "a"
    assert decided([look("a", 0.5), look("a", 0.8)]).confidence == 0.8
    assert decided([look("a", 0.5), look("b", 0.9), look("A", 0.4, "a")]) == Reading("a", 0.5)
    assert decided([look("a", 0.5), look("b", 0.9), look("c", 0.4)]).text == "b"
    assert decided([look("75", 0.9, left_out=0.4), look("G75", 0.7)]).text == "G75"
    assert decided([look("75", 0.9, left_out=0.2), look("G75", 0.7)]).text == "75"
    assert (
        decided([look("75", 0.9, left_out=0.25), look("G75", 0.7)]).text == "75"
    )  # the least of both counts alone


def test_what_was_seen_surely_can_only_get_longer():
    first = look("75", 0.999, left_out=0.4)
    assert decided([first, look("76", 0.99), look("76", 0.99)]).text == "75"
    assert decided([first, look("G75", 0.9), look("76", 0.99)]).text == "G75"
    assert decided([first, look("G75", 0.9), look("75", 0.99)]).text == "75"
    assert decided([look("75", DOUBT - 0.01), look("76", 0.99), look("76", 0.99)]).text == "76"
    assert decided([look("75", DOUBT - 0.01, confirmed=True), look("76", 0.99), look("76", 0.99)]).text == "75"


class Watched(CrnnEngine):
    """An engine that remembers what it was asked to look at."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[int, ...]]] = []
        super().__init__(MODEL)

    def see(self, lines):
        if lines:
            self.asked.append([image.shape for image in lines])
        return super().see(lines)


def test_only_doubtful_lines_are_looked_at_again_and_read_better():
    engine = Watched()
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
    first, *further = engine.asked
    assert [len(first), *map(len, further)] == [2, 1, 1]
    assert all(shape[0] < 80 for (shape,) in further)
    assert sure == once[0]
    assert sure.text == helped.text == "Platform three"
    assert once[1].confidence < DOUBT <= helped.confidence


def test_what_has_been_seen_is_looked_at_again_but_not_anew():
    engine = Watched()
    lines = [line(60, 60), line(4, 4)]
    expected, (first, second) = engine.recognize(lines), engine.see(lines)
    assert first.reading.confidence < DOUBT
    engine.asked.clear()
    assert engine.recognize(lines, seen=[first, None]) == expected
    assert engine.asked[0] == [lines[1].shape]
    assert all(shape not in [image.shape for image in lines] for shapes in engine.asked[1:] for shape in shapes)
    engine.asked.clear()
    assert engine.recognize(lines, "greedy", seen=[first, second])[0].confidence >= first.reading.confidence
    assert all(shape not in [image.shape for image in lines] for shape in engine.asked[0])


def test_a_line_with_a_letter_that_was_nearly_seen_is_looked_at_again():
    engine = Watched()
    font = ImageFont.load_default(32)
    clear = Image.new("L", (round(font.getlength("Platform three")) + 60, 48), 255)
    ImageDraw.Draw(clear).text((10, 4), "Platform three", fill=0, font=font)
    (sure,) = engine.see([np.asarray(clear)])
    engine.asked.clear()
    engine.recognize([np.asarray(clear)], seen=[sure])
    assert not engine.asked
    classes, probabilities = sure.classes.copy(), sure.probabilities.copy()
    assert classes[-1, 0] == 0  # paper, far from the last letter
    (classes[-1, 1],) = engine.spec.alphabet.encode("x")
    probabilities[-1, :2] = 0.6, 0.4
    engine.recognize([np.asarray(clear)], seen=[sure._replace(classes=classes, probabilities=probabilities)])
    assert len(engine.asked) == 1
