"""Which lines the pipeline believes, where their boxes are and when it gives up, with stand-ins for its parts."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from stand_ins import BrightnessReader, FixedDetector, drawn, png, quad

from ocr_core.errors import DeadlineExceeded
from ocr_core.pipeline import OcrPipeline
from ocr_core.types import Box, Reading, ReadOptions


def test_auto_threshold_applies_to_uneven_light_only():
    def grey_levels(image: np.ndarray, threshold: str) -> str:
        reader = OcrPipeline(BrightnessReader(), FixedDetector())
        return reader.read(png(image), ReadOptions(threshold=threshold, mode="line")).text

    even = drawn("HELLO 2026", "TOTAL 19.90", "No. 7", "RECEIPT 48213")
    shaded = (even * np.linspace(0.2, 1.0, 420)[:, np.newaxis]).astype(np.uint8)
    assert grey_levels(even, "auto") == grey_levels(even, "off")
    assert grey_levels(shaded, "auto") == grey_levels(shaded, "on") != grey_levels(shaded, "off")


def test_lines_without_text_are_dropped_and_places_kept():
    page = np.full((300, 200, 3), 255, np.uint8)
    page[20:40, 10:90] = 100
    page[200:230] = 150
    detector = FixedDetector(quad(10, 20, 90, 40), quad(10, 100, 90, 120), quad(0, 200, 200, 230))
    result = OcrPipeline(BrightnessReader(), detector).read(png(page))
    assert [(line.text, line.box) for line in result.lines] == [
        ("100", Box(10, 20, 90, 40)),
        ("150", Box(0, 200, 200, 230)),
    ]


@pytest.mark.parametrize(("mode", "expected"), [("page", ""), ("line", "9")])
def test_doubtful_lines_of_a_page_are_taken_for_texture(mode, expected):
    reader = OcrPipeline(BrightnessReader(confidence=0.29), FixedDetector(quad(0, 0, 90, 60)))
    image = np.full((60, 90, 3), 9, np.uint8)
    image[30, 40] = 20
    assert reader.read(png(image), ReadOptions(mode=mode)).text == expected


@pytest.mark.parametrize(("text", "kept"), [("__", False), ("-/□", False), ("5", True), ("是", True), ("a.", True)])
def test_marks_alone_must_be_read_surely(text, kept):
    class OneText(BrightnessReader):
        def recognize(self, lines, decoder="beam", seen=()):
            return [Reading(text, self.confidence) for _ in lines]

    image = png(np.full((60, 90, 3), 9, np.uint8))
    finder = FixedDetector(quad(0, 0, 90, 60))
    assert OcrPipeline(OneText(0.65), finder).read(image, ReadOptions(mode="page")).text == (text if kept else "")
    assert OcrPipeline(OneText(0.75), finder).read(image, ReadOptions(mode="page")).text == text


def test_lettering_that_the_line_finder_misses_is_read_as_a_line():
    image = png(np.full((60, 90, 3), 9, np.uint8))
    assert OcrPipeline(BrightnessReader(), FixedDetector()).read(image).text == "9"
    assert OcrPipeline(BrightnessReader(), FixedDetector()).read(image, ReadOptions(mode="page")).text == ""
    assert OcrPipeline(BrightnessReader(confidence=0.2), FixedDetector()).read(image).text == ""


def test_of_two_finders_the_one_whose_line_reads_better_is_believed():
    class WidthReader(BrightnessReader):
        def recognize(self, lines, decoder="beam", seen=()):
            return [Reading("A" * (line.shape[1] // 40), 0.9 if line.shape[1] > 60 else 0.4) for line in lines]

    page = np.full((300, 400, 3), 90, np.uint8)
    pieces = FixedDetector(quad(0, 0, 120, 30), quad(150, 0, 190, 30), quad(0, 100, 40, 130))
    whole = FixedDetector(quad(0, 0, 200, 30), quad(0, 200, 160, 230))
    told = []

    class Told:
        def found(self, width, height, lines):
            told.append(lines)

        def line(self, line):
            told.append(line.text)

    reader = OcrPipeline(WidthReader(), pieces, second=whole)
    # the whole line tells more than its pieces; a line that one finder sees needs confidence
    assert reader.read(png(page), ReadOptions(mode="page"), progress=Told()).text == "AAAAA\n\nAAAA"
    assert told[0] == 5
    assert sorted(told[1:]) == ["AAAA", "AAAAA"]
    assert OcrPipeline(WidthReader(), pieces).read(png(page), ReadOptions(mode="page")).text.count("A") == 5


def test_boxes_stay_inside_the_image():
    page = np.full((300, 200, 3), 80, np.uint8)
    detector = FixedDetector(quad(-7.5, -3, 80.2, 30.1), quad(150, 280, 230, 320))
    result = OcrPipeline(BrightnessReader(), detector).read(png(page))
    assert [line.box for line in result.lines] == [Box(0, 0, 81, 31), Box(150, 280, 200, 300)]
    assert result.lines[1].polygon == ((150, 280), (200, 280), (200, 300), (150, 300))


def test_a_reading_ends_at_its_deadline(monkeypatch):
    clock = SimpleNamespace(seconds=100.0, monotonic=lambda: clock.seconds, perf_counter=time.perf_counter)
    monkeypatch.setattr("ocr_core.pipeline.time", clock)

    class SlowReader(BrightnessReader):
        lines = 0

        def recognize(self, lines, decoder="beam", seen=()):
            self.lines += len(lines)
            clock.seconds += 0.02 * len(lines)
            return super().recognize(lines)

    image = png(np.full((300, 200, 3), 50, np.uint8))
    slow = SlowReader()
    reader = OcrPipeline(slow, FixedDetector(*[quad(0, y, 90, y + 20) for y in range(0, 280, 7)]))
    with pytest.raises(DeadlineExceeded):
        reader.read(image, deadline=clock.seconds)
    assert slow.lines == 0
    with pytest.raises(DeadlineExceeded):
        reader.read(image, deadline=clock.seconds + 0.3)
    assert 0 < slow.lines < 40  # some lines are read together, but not all
    assert len(reader.read(image, deadline=clock.seconds + 60).lines) == 40
