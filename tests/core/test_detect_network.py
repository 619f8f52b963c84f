import cv2
import numpy as np
import pytest

from ocr_core.detect_network import NetworkLineFinder, read_detector_spec
from ocr_core.errors import ModelFileError
from ocr_core.pipeline import DEFAULT_DETECTOR
from ocr_core.shipped import shipped_model


@pytest.fixture(scope="module")
def finder():
    return NetworkLineFinder(shipped_model(DEFAULT_DETECTOR))


def page(rows, size=(400, 640), scale=0.8, ink=20, paper=245):
    """Return a page with (text, x, baseline) rows."""
    image = np.full((*size, 3), paper, np.uint8)
    for text, x, y in rows:
        cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (ink,) * 3, 2, cv2.LINE_AA)
    return image


TEXTS = ("Invoice 2041", "Delivered on Monday", "Total 18.40 EUR")
ROWS = [(text, 40, 60 + 50 * k) for k, text in enumerate(TEXTS)]


def boxes(quads):
    return [(*quad.min(axis=0), *quad.max(axis=0)) for quad in quads]


@pytest.mark.parametrize(("ink", "paper"), [(20, 245), (235, 25)], ids=["dark on light", "light on dark"])
def test_lines_are_found_around_their_ink_in_order(finder, ink, paper):
    found = boxes(finder.find(page(ROWS, ink=ink, paper=paper)).level)
    assert len(found) == 3
    for (text, x, y), (x0, y0, x1, y1) in zip(ROWS, found, strict=True):
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)
        assert (x0, y0, x1, y1) == pytest.approx((x, y - height, x + width, y + 4), abs=10)


@pytest.mark.parametrize("scale", [0.5, 2.5])
def test_the_size_of_the_picture_does_not_matter(finder, scale):
    image = cv2.resize(page(ROWS), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert len(finder.find(image).level) == 3


def test_lines_far_lower_than_what_was_taken_for_letters_are_found(finder):
    picture = np.array([[0, 0], [600, 0], [600, 100], [0, 100]], np.float32)
    assert len(finder.detect_beside(page(ROWS, size=(720, 1280), scale=0.7), [picture] * 4).lines) == 3


def test_one_line_of_another_finder_tells_no_height(finder):
    column = np.array([[0, 0], [1280, 0], [1280, 720], [0, 720]], np.float32)
    sheet = page([(f"Entry {y}", 40, y) for y in range(40, 700, 32)], size=(720, 1280), scale=0.5)
    assert len(finder.detect_beside(sheet, [column]).lines) == len(finder.find(sheet).level) == 21


def test_small_print_on_a_large_sheet_is_found(finder):
    places = [(f"Entry {y}", x, y) for x in range(40, 2900, 240) for y in range(60, 3980, 60)]
    sheet = page(places, size=(4000, 3000), scale=0.6)
    assert len(finder.find(sheet).level) == pytest.approx(len(places), rel=0.03)


def test_skewed_lines_keep_their_angle_and_order(finder):
    turn = cv2.getRotationMatrix2D((320, 200), -6, 1.0)
    skewed = cv2.warpAffine(page(ROWS), turn, (640, 400), borderValue=(245,) * 3)
    quads = finder.find(skewed).level
    assert len(quads) == 3
    for quad in quads:
        along = quad[1] - quad[0]
        assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(6, abs=1.5)
    assert quads[0][0, 1] < quads[1][0, 1] < quads[2][0, 1]


def test_level_lines_are_exactly_level(finder):
    for quad in finder.find(page(ROWS)).level:
        assert quad[0, 1] == quad[1, 1]
        assert quad[1, 0] == quad[2, 0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 40), (300, 300)])
def test_pictures_without_text_hold_no_lines(finder, shape):
    assert finder.find(np.full((*shape, 3), 200, np.uint8)).level == []


def test_large_pages_are_seen_in_tiles_as_in_one(finder, monkeypatch):
    gray = cv2.cvtColor(page(ROWS), cv2.COLOR_BGR2GRAY)
    whole = finder.probability(gray)
    monkeypatch.setattr("ocr_core.detect_network.TILE", 256)
    tiled = finder.probability(gray)
    assert tiled.shape == whole.shape
    assert np.abs(tiled - whole).mean() < 0.02
    assert ((tiled > 0.5) == (whole > 0.5)).mean() > 0.999


def test_a_file_that_does_not_describe_itself_is_refused(finder, tmp_path):
    for key in ("threshold", "stride"):
        with pytest.raises(ModelFileError, match=key):
            read_detector_spec({k: v for k, v in finder.metadata.items() if k != key})
        with pytest.raises(ModelFileError, match=key):
            read_detector_spec(finder.metadata | {key: "wide"})
    with pytest.raises(ModelFileError, match="cannot be read"):
        NetworkLineFinder(tmp_path / "missing.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(ModelFileError, match="not a valid ONNX"):
        NetworkLineFinder(tmp_path / "broken.onnx")
