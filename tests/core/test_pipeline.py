"""Bytes -> text, with the shipped model."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from stand_ins import BrightnessReader, FixedDetector, drawn, png, quad

from ocr_core.errors import BadOption, EmptyInput, ImageTooLarge, NotAnImage
from ocr_core.pipeline import OcrPipeline, load_pipeline
from ocr_core.types import Box, Reading, ReadOptions, Timings


@pytest.fixture(scope="module")
def pipeline() -> OcrPipeline:
    return load_pipeline()


def test_one_line_is_read_as_a_whole(pipeline):
    result = pipeline.read(png(drawn("HELLO 2026")))
    (line,) = result.lines
    assert result.text == line.text == "HELLO 2026"
    assert line.box == Box(0, 0, 420, 50)
    assert line.polygon == ((0, 0), (420, 0), (420, 50), (0, 50))
    assert (result.width, result.height, result.warnings) == (420, 50, ())
    assert line.reading.confidence > 0.8
    assert result.model == pipeline.name
    assert result.model.startswith("crnn-")


def test_page_is_read_line_by_line_in_order(pipeline):
    texts = ("HELLO 2026", "RECEIPT 48213", "TOTAL 19.90")
    result = pipeline.read(png(drawn(*texts)))
    assert result.text == "\n".join(texts)
    for row, line in enumerate(result.lines):
        assert 50 * row <= line.box.y0 < line.box.y1 <= 50 * row + 50


def test_mode_decides_what_is_a_line(pipeline):
    image = png(drawn("HELLO 2026"))
    assert pipeline.read(image, ReadOptions(mode="line")).lines[0].box == Box(0, 0, 420, 50)
    (found,) = pipeline.read(image, ReadOptions(mode="page")).lines
    assert found.text == "HELLO 2026"
    assert found.box.x0 > 5
    assert found.box.x1 < 300


@pytest.mark.parametrize("threshold", ["on", "auto"])
def test_threshold_reads_clean_print_too(pipeline, threshold):
    assert pipeline.read(png(drawn("HELLO 2026")), ReadOptions(threshold=threshold)).text == "HELLO 2026"


def test_empty_page_has_no_lines(pipeline):
    result = pipeline.read(png(np.full((400, 300, 3), 255, np.uint8)))
    assert (result.lines, result.text) == ((), "")


@pytest.mark.parametrize("mode", ["auto", "line", "page"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (16, 16), (100, 300)])
@pytest.mark.parametrize("tone", [0, 128, 255])
def test_picture_of_one_colour_says_nothing(pipeline, mode, height, width, tone):
    result = pipeline.read(png(np.full((height, width, 3), tone, np.uint8)), ReadOptions(mode=mode))
    assert (result.lines, result.warnings) == ((), ())


def test_bad_input_is_named(pipeline):
    with pytest.raises(EmptyInput):
        pipeline.read(b"")
    with pytest.raises(NotAnImage):
        pipeline.read(b"plain text, no picture")
    with pytest.raises(ImageTooLarge):
        OcrPipeline(BrightnessReader(), FixedDetector(), max_pixels=100).read(png(drawn("A")))
    with pytest.raises(BadOption, match="mode='word'"):
        ReadOptions(mode="word")
    with pytest.raises(BadOption, match="choose one of line, word, char"):
        ReadOptions(granularity="page")


def test_words_are_told_on_request(pipeline):
    image = png(drawn("HELLO 2026", "TOTAL 19.90"))
    (line, _) = pipeline.read(image, ReadOptions(granularity="word")).lines
    hello, year = line.words
    assert (hello.text, year.text) == ("HELLO", "2026")
    assert line.box.x0 <= hello.box.x0 < hello.box.x1 < year.box.x0 < year.box.x1 <= line.box.x1
    assert pipeline.read(image).lines[0].words == ()


def test_timings_add_up(pipeline):
    timings = pipeline.read(png(drawn("HELLO 2026"))).timings
    assert min(timings.decode, timings.detect, timings.recognize) > 0
    assert timings.total == pytest.approx(timings.decode + timings.detect + timings.recognize)


def test_eight_threads_read_what_one_reads(pipeline):
    images = [png(drawn("HELLO 2026", width=300)), png(drawn("TOTAL 19.90", "No. 7", width=260))]
    blank = Timings(0, 0, 0, 0)
    serial = [replace(pipeline.read(image), timings=blank) for image in images]

    def read_fifty(thread: int) -> list[bool]:
        chosen = [(thread + k) % 2 for k in range(50)]
        return [replace(pipeline.read(images[i]), timings=blank) == serial[i] for i in chosen]

    with ThreadPoolExecutor(8) as pool:
        assert all(same for answers in pool.map(read_fifty, range(8)) for same in answers)


def test_a_lone_letter_in_a_column_of_digits_is_a_digit():
    class Reads(BrightnessReader):
        def recognize(self, lines, decoder="beam", seen=()):
            return [Reading("12S4"[int(line.mean()) // 50], 0.9) for line in lines]

    page = np.concatenate([np.full((20, 60, 3), 50 * row + 20, np.uint8) for row in range(4)])
    rows = [quad(0, 20 * row, 60, 20 * row + 20) for row in range(4)]
    result = OcrPipeline(Reads(), FixedDetector(*rows)).read(png(page), ReadOptions(mode="page"))
    assert [line.text for line in result.lines] == ["1", "2", "5", "4"]
