"""Places of words and characters, on drawn lines whose glyphs are where they were put."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core.crop import LineCrop, crop_line
from ocr_core.line_result import line_result
from ocr_core.types import Character, Reading
from ocr_core.words import character_intervals, words_of

FONT = ImageFont.load_default(32)


def drawn(text: str, paper: int = 255, ink: int = 20) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Return a line, (H, W) uint8, and where the ink of each character begins and ends on it."""
    canvas = Image.new("L", (round(FONT.getlength(text)) + 20, 48), paper)
    ImageDraw.Draw(canvas).text((10, 4), text, fill=ink, font=FONT)
    return np.asarray(canvas), [_ink(text, index, canvas.size) for index in range(len(text))]


def _ink(text: str, index: int, size: tuple[int, int]) -> tuple[float, float]:
    """Return where the ink of one character begins and ends, drawn alone at its place in `text`."""
    alone = Image.new("L", size, 0)
    pen = 10 + FONT.getlength(text[: index + 1]) - FONT.getlength(text[index])
    ImageDraw.Draw(alone).text((pen, 4), text[index], fill=255, font=FONT)
    columns = np.flatnonzero(np.asarray(alone).max(axis=0) > 128)
    return (float(columns[0]), float(columns[-1] + 1)) if len(columns) else (pen, pen + FONT.getlength(" "))


def reading_of(text: str, edges: list[tuple[float, float]], width: int, early: float = 0.0) -> Reading:
    """Return the reading of `text`, each character told `early` pixels before its middle."""
    places = [((left + right) / 2 - early) / width for left, right in edges]
    return Reading(text, 0.9, tuple(Character(c, 0.9, place) for c, place in zip(text, places, strict=True)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("a b", ["a", "b"]),
        (" two  words ", ["two", "words"]),
        ("合计12.50元", ["合", "计", "12.50", "元"]),
        ("见ABC 2026", ["见", "ABC", "2026"]),
        ("好，OK", ["好", "，", "OK"]),
    ],
)
def test_words_are_runs_of_letters_or_single_ideographs(text, words):
    assert [text[start:end] for start, end in words_of(text)] == words


@pytest.mark.parametrize("text", ["several", "II", "合计"])
def test_outer_characters_that_are_told_in_the_margins_are_found_on_their_ink(text):
    """A recogniser may answer the first character of a line at its first step, however far off the print is."""
    line, edges = drawn(text)
    line, edges = np.pad(line, ((0, 0), (30, 30)), constant_values=255), [(a + 30, b + 30) for a, b in edges]
    width = line.shape[1]
    between = [(left + right) / 2 / width for left, right in edges[1:-1]]
    places = [2 / width, *between, 1 - 2 / width]
    characters = [Character(sign, 0.9, place) for sign, place in zip(text, places, strict=True)]
    for (left, right), (start, end) in zip(edges, character_intervals(line, characters), strict=True):
        assert (start, end) == pytest.approx((left, right), abs=2.5)


def test_characters_of_a_bare_line_share_its_width():
    reading = reading_of("ab", [(0, 50), (50, 100)], 100)
    (start, middle), (then, end) = character_intervals(np.full((32, 100), 255, np.uint8), reading.characters)
    assert (start, then, end) == (0, middle, 100)


@pytest.mark.parametrize("early", [0, 4, 8])
@pytest.mark.parametrize(("paper", "ink"), [(255, 20), (30, 240)])
def test_characters_are_found_on_their_ink(early, paper, ink):
    text = "Hello 2026 wide map"
    line, edges = drawn(text, paper, ink)
    found = character_intervals(line, reading_of(text, edges, line.shape[1], early).characters)
    for character, (left, right), (start, end) in zip(text, edges, found, strict=True):
        if character != " ":
            assert start == pytest.approx(left, abs=2.5), character
            assert end == pytest.approx(right, abs=2.5), character


def test_a_rule_under_the_print_is_no_ink():
    line, edges = drawn("one two")
    line = line.copy()
    line[44:46] = 0
    found = character_intervals(line, reading_of("one two", edges, line.shape[1]).characters)
    assert found[2][1] < found[4][0] - 3


def test_words_lie_on_the_page_where_the_line_does():
    text = "one two"
    line, edges = drawn(text)
    height, width = line.shape
    page = np.full((300, 400), 255, np.uint8)
    page[100 : 100 + height, 50 : 50 + width] = line
    corners = np.array([[50, 100], [50 + width, 100], [50 + width, 100 + height], [50, 100 + height]], np.float32)
    for turns in range(4):
        turned = np.ascontiguousarray(np.rot90(page, turns))
        quad = corners
        for side in (400, 300, 400, 300)[:turns]:
            quad = np.stack([quad[:, 1], side - quad[:, 0]], axis=1)  # a quarter turn to the left
        crop = crop_line(turned, quad.astype(np.float32))
        assert np.array_equal(crop.pixels, line)
        size = turned.shape[1], turned.shape[0]
        result = line_result(reading_of(text, edges, width), crop, size, "char")
        assert [word.text for word in result.words] == ["one", "two"]
        assert [character.text for character in result.characters] == list("onetwo")
        assert [word.start for word in result.words] == [0, 4]
        box = result.words[1].box
        ink = 255 - turned[box.y0 : box.y1, box.x0 : box.x1]
        other = result.words[0].box
        assert ink.sum() + (255 - turned[other.y0 : other.y1, other.x0 : other.x1]).sum() == pytest.approx(
            (255 - turned).sum(), rel=0.02
        )


def test_words_come_on_request_only_and_need_characters():
    line, edges = drawn("one two")
    crop = LineCrop(line, np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32))
    reading = reading_of("one two", edges, line.shape[1])
    assert (line_result(reading, crop, (9, 9)).words) == ()
    assert line_result(reading, crop, (9, 9), "word").characters == ()
    assert line_result(Reading("one two", 0.9), crop, (9, 9), "char").words == ()


def test_a_line_without_ink_keeps_its_characters_apart():
    reading = Reading("ab", 0.5, (Character("a", 0.5, 0.25), Character("b", 0.5, 0.75)))
    (a0, a1), (b0, b1) = character_intervals(np.full((20, 100), 255, np.uint8), reading.characters)
    assert 0 <= a0 < a1 <= b0 < b1 <= 100


@pytest.mark.parametrize("places", [[0.1, 0.98, 1.0], [0.2, 1.0, 1.0, 1.0], [0.5, 0.5, 0.52]])
def test_characters_stay_on_the_line_and_in_their_order(places):
    line = np.full((48, 40), 255, np.uint8)
    line[:, 4:9] = line[:, 20:24] = 0
    found = character_intervals(line, [Character("a", 0.5, place) for place in places])
    assert all(0 <= start <= end <= 40 for start, end in found)
    starts = [start for start, _ in found]
    assert starts == sorted(starts)
