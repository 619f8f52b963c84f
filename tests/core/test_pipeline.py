"""Bytes -> text, with the shipped model and with stand-ins for its parts."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_core import shipped
from ocr_core.detector import Found
from ocr_core.errors import BadOption, DeadlineExceeded, EmptyInput, ImageTooLarge, ModelFileError, NotAnImage
from ocr_core.pipeline import OcrPipeline, load_pipeline
from ocr_core.recognizer import Sight
from ocr_core.single_line import is_single_line
from ocr_core.types import Box, Reading, ReadOptions, Timings

MODELS = Path(__file__).parents[2] / "models"


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def drawn(*texts: str, width: int = 420) -> np.ndarray:
    """Return rows of dark print on white, (50 a row, width, 3)."""
    page = Image.new("RGB", (width, 50 * len(texts)), "white")
    pen = ImageDraw.Draw(page)
    for row, text in enumerate(texts):
        pen.text((15, 50 * row + 4), text, fill="black", font=ImageFont.load_default(32))
    return np.asarray(page)


def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


class FixedDetector:
    """Finds the same quads on every image."""

    def __init__(self, *quads: np.ndarray) -> None:
        self.quads = list(quads)

    def find(self, image):
        return Found(self.quads, [])

    def detect_beside(self, image, first):
        return self.quads


class BrightnessReader:
    """Reads a line as its mean grey level, and a white one as empty."""

    name = "brightness"

    def __init__(self, confidence: float = 0.7) -> None:
        self.confidence = confidence

    def see(self, lines):
        return [Sight(reading, None, None, 0.0) for reading in self.recognize(lines)]

    def recognize(self, lines, decoder="beam", seen=()):
        means = [round(float(line.mean())) for line in lines]
        return [Reading("" if mean == 255 else str(mean), self.confidence if mean < 255 else 0.0) for mean in means]


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


def test_auto_threshold_applies_to_uneven_light_only():
    def grey_levels(image: np.ndarray, threshold: str) -> str:
        reader = OcrPipeline(BrightnessReader(), FixedDetector())
        return reader.read(png(image), ReadOptions(threshold=threshold, mode="line")).text

    even = drawn("HELLO 2026", "TOTAL 19.90", "No. 7", "RECEIPT 48213")
    shaded = (even * np.linspace(0.2, 1.0, 420)[:, np.newaxis]).astype(np.uint8)
    assert grey_levels(even, "auto") == grey_levels(even, "off")
    assert grey_levels(shaded, "auto") == grey_levels(shaded, "on") != grey_levels(shaded, "off")


def test_empty_page_has_no_lines(pipeline):
    result = pipeline.read(png(np.full((400, 300, 3), 255, np.uint8)))
    assert (result.lines, result.text) == ((), "")


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
    image = png(np.full((60, 90, 3), 9, np.uint8))
    assert reader.read(image, ReadOptions(mode=mode)).text == expected


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


@pytest.mark.parametrize(
    ("height", "width", "rows", "expected"),
    [
        pytest.param(30, 20, [], True, id="one digit, nothing found"),
        pytest.param(30, 20, [(2, 14), (16, 28)], True, id="one digit in two pieces"),
        pytest.param(60, 400, [(10, 50)], True, id="a line"),
        pytest.param(60, 400, [(0, 8), (12, 50), (54, 60)], True, id="a line with remnants"),
        pytest.param(100, 130, [(20, 80)], True, id="a large word"),
        pytest.param(60, 400, [(2, 28), (32, 58)], False, id="two lines"),
        pytest.param(400, 300, [(100, 120)], False, id="a page with one line"),
        pytest.param(400, 300, [], False, id="an empty page"),
        pytest.param(300, 1600, [(20, 60), (100, 140), (180, 220)], False, id="a banner of three lines"),
        pytest.param(1200, 600, [(10, 900), (920, 950)], False, id="a page with a picture"),
    ],
)
def test_single_line_rule(height, width, rows, expected):
    quads = [quad(0, top, width, bottom) for top, bottom in rows]
    assert is_single_line(np.zeros((height, width, 3), np.uint8), quads) is expected


def test_words_side_by_side_are_one_row():
    quads = [quad(0, 10, 100, 48), quad(120, 14, 300, 50), quad(310, 12, 390, 46)]
    assert is_single_line(np.zeros((60, 400, 3), np.uint8), quads)


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


def test_changed_model_is_refused(tmp_path, monkeypatch):
    shutil.copy(MODELS / "manifest.json", tmp_path)
    monkeypatch.setattr(shipped.resources, "files", lambda package: tmp_path)
    with pytest.raises(ModelFileError, match="missing"):
        load_pipeline()
    (tmp_path / "recognizer.onnx").write_bytes(b"something else")
    with pytest.raises(ModelFileError, match="damaged"):
        load_pipeline()


def test_manifest_describes_the_shipped_files():
    entries = json.loads((MODELS / "manifest.json").read_text(encoding="utf-8"))
    assert set(entries) == {path.name for path in MODELS.iterdir() if path.suffix in (".onnx", ".npz")}
    for name, entry in entries.items():
        assert entry["bytes"] == (MODELS / name).stat().st_size <= 10_000_000
        assert entry["role"]
