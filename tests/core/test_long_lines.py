"""Lines that are too long to be read at once."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from stand_ins import png

from ocr_core.long_lines import LONGEST, MOST_PARTS, PART, joined, parts
from ocr_core.pipeline import load_pipeline
from ocr_core.types import Character, Reading, ReadOptions


def bars(width: int, *gaps: tuple[int, int]) -> np.ndarray:
    """Return dark bars with gaps of 2 px, (20, width) uint8, and nothing in each of `gaps`, (start, end)."""
    line = np.full((20, width), 255, np.uint8)
    for start in range(0, width, 6):
        line[3:17, start : start + 4] = 0
    for start, end in gaps:
        line[:, start:end] = 255
    return line


def reading(text: str) -> Reading:
    places = (np.arange(len(text)) + 0.5) / max(1, len(text))
    return Reading(text, 0.5, tuple(Character(*one) for one in zip(text, [0.5] * len(text), places, strict=True)))


@pytest.mark.parametrize("width", [1, 20, int(20 * LONGEST), int(20 * PART * MOST_PARTS) + 1])
def test_a_line_of_usual_or_of_absurd_length_is_one_part(width):
    line = bars(width)
    (part,) = parts(line)
    assert part.pixels is line
    assert joined([reading("all")], [part]) == reading("all")


def test_a_long_line_is_cut_in_its_widest_gaps():
    line = bars(4200, (1300, 1306), (1480, 1500), (2836, 2840))
    first, second, third = parts(line)
    assert (first.start, second.start, third.start) == (0, 1490, 2838)
    assert (second.is_apart, third.is_apart) == (True, True)
    np.testing.assert_array_equal(np.hstack([first.pixels, second.pixels, third.pixels]), line)


def test_a_long_line_without_gaps_is_cut_all_the_same():
    black = np.zeros((20, 4000), np.uint8)
    black[:, :40] = black[:, -40:] = 255
    assert [(part.start, part.is_apart) for part in parts(255 - black)][1:] == [(1333, True), (2666, True)]
    noise = np.random.default_rng(0).integers(0, 2, (20, 4000)).astype(np.uint8) * 255
    assert [(part.start, part.is_apart) for part in parts(noise)] == [(0, False), (1333, False), (2666, False)]


def test_places_are_told_along_the_whole_line():
    whole = joined([reading("one"), reading("two"), reading("x")], parts(bars(4200, (1480, 1500))))
    assert whole.text == "one twox"
    assert whole.confidence == pytest.approx(0.5 ** (7 / 8))
    assert [character.text for character in whole.characters] == list(whole.text)
    places = [character.position * 4200 for character in whole.characters]
    assert places[1] == pytest.approx(1490 / 2)
    assert places[3] == pytest.approx(1490)
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("said", "text"), [(("天", "b", ""), "天b"), (("", "b", ""), "b"), (("", "", ""), ""), (("a", "", "c"), "ac")]
)
def test_no_space_stands_beside_chinese_or_beside_nothing(said, text):
    assert joined([reading(one) for one in said], parts(bars(4200, (1480, 1500)))).text == text


@pytest.mark.parametrize("mode", ["line", "page"])
def test_a_very_long_line_is_read_to_its_end(mode):
    text = " ".join(["several wizards make brew for the evil queen of 2026"] * 11)
    font = ImageFont.load_default(26)
    line = Image.new("RGB", (round(font.getlength(text)) + 30, 38), "white")
    ImageDraw.Draw(line).text((15, 3), text, fill="black", font=font)
    (found,) = load_pipeline().read(png(np.asarray(line)), ReadOptions(mode=mode, granularity="word")).lines
    assert found.text == text
    assert [word.text for word in found.words] == text.split()
    wanted = [15 + font.getlength(text[: word.start]) for word in found.words]
    assert np.abs(np.subtract([word.box.x0 for word in found.words], wanted)).max() < 6
