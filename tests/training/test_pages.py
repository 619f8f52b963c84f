import random

import cv2
import numpy as np
import pytest

from training.alphabets import default_alphabet
from training.detector_feed import CUT, cut
from training.detector_network import STRIDE
from training.detector_targets import EDGE, PLAIN, targets
from training.fonts import load_fonts
from training.page_damage import AFTER, BEFORE, blurred
from training.page_geometry import View, random_view
from training.page_maker import LAYOUTS, WINDOW, Line, Page, PageMaker, turned
from training.page_pictures import FIGURES
from training.page_sheet import Sheet
from training.page_texts import PageTexts
from training.texts import Corpus


@pytest.fixture
def sheet(assets):
    rng = random.Random(1)
    texts = PageTexts(Corpus(assets, default_alphabet()), default_alphabet(), rng)
    font = load_fonts(assets, held_out=False)[0]
    return Sheet(np.full((400, 300), 255, np.float32), rng, texts, font, font, size=20, tone=0.0)


def rectangle(x0, y0, x1, y1):
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def inked(gray):
    """Return (x0, y0, x1, y1) around everything dark."""
    rows, columns = (np.flatnonzero((gray < 200).any(axis=axis)) for axis in (1, 0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


@pytest.mark.parametrize("size", [9, 20, 33])
def test_truth_lies_tight_around_the_ink(sheet, size):
    sheet.write(40, 60, "Typography", size)
    (strip,) = sheet.strips
    assert (strip.x0, strip.y0, strip.x1, strip.y1) == pytest.approx(inked(sheet.gray), abs=1.5)
    assert strip.text == "Typography"


def test_a_hyphen_stands_for_a_line_as_high_as_letters(sheet):
    sheet.write(40, 60, "-")
    assert sheet.strips[0].y1 - sheet.strips[0].y0 >= 0.6 * sheet.size


def test_what_has_no_room_or_no_glyph_is_not_written(sheet):
    sheet.write(500, 60, "outside")
    sheet.write(40, 60, "汉字")
    sheet.write(40, 60, "once")
    sheet.write(42, 61, "twice")
    assert [strip.text for strip in sheet.strips] == ["once"]


def test_a_picture_takes_the_lines_below_it(sheet):
    sheet.write(40, 60, "covered")
    sheet.paste(np.zeros((60, 60), np.float32), 50, 40)
    assert not sheet.strips


@pytest.mark.parametrize("layout", [layout for _, _, layout in LAYOUTS], ids=lambda layout: layout.__name__)
def test_layouts_write_inside_the_sheet(sheet, layout):
    lines = 0
    for seed in range(12):
        sheet.rng.seed(seed)
        sheet.gray[:], sheet.strips = 255, []
        layout(sheet)
        assert np.isfinite(sheet.gray).all()
        for strip in sheet.strips:
            assert 0 <= strip.x0 < strip.x1 <= sheet.width
            assert 0 <= strip.y0 < strip.y1 <= sheet.height
        lines += len(sheet.strips)
    assert bool(lines) == (layout.__name__ != "picture")


def test_what_a_panel_hides_is_no_line(sheet):
    for y in (60, 160, 260):
        sheet.write(40, y, "Typography")
    first, second, third = sheet.strips
    sheet.panel(0, first.y0, 300, first.y1)
    sheet.panel(0, second.y1 - 2, 300, second.y1 + 40)  # touches its feet
    sheet.panel(third.x1 + 1, third.y0, 300, third.y1)
    assert sheet.strips == [second, third]


def test_a_shadow_is_drawn_with_its_line_alone(sheet):
    sheet.write(40, 60, "here", shadow=180.0)
    assert ((sheet.gray > 150) & (sheet.gray < 210)).sum() > 50
    before = sheet.gray.copy()
    sheet.write(42, 61, "taken", shadow=180.0)
    assert np.array_equal(sheet.gray, before)


@pytest.mark.parametrize("seed", range(6))
def test_truth_goes_where_the_pixels_go(seed):
    rng = random.Random(seed)
    view = random_view(300, 300, 320, 1.1, True, rng)
    for x, y in ((150.0, 150.0), (120.0, 190.0), (180.0, 130.0)):
        sheet = np.zeros((300, 300), np.float32)
        cv2.circle(sheet, (int(x), int(y)), 4, 255, -1)
        seen = view.image(sheet, np.zeros((320, 320), np.float32))
        rows, columns = np.nonzero(seen > 100)
        found = columns.mean() + 0.5, rows.mean() + 0.5
        assert view.points(np.array([[x + 0.5, y + 0.5]]))[0] == pytest.approx(found, abs=0.7)


def test_curl_is_undone_for_points():
    view = View(np.eye(3), ((6.0, 260.0, 0.4),), 256)
    sheet = np.zeros((256, 256), np.float32)
    cv2.rectangle(sheet, (40, 100), (215, 109), 255, -1)
    seen = view.image(sheet, np.zeros((256, 256), np.float32)) > 128
    edge = view.points(np.array([[x, 100.0] for x in range(50, 210, 20)]))
    for x, y in edge:
        assert np.flatnonzero(seen[:, int(x)])[0] == pytest.approx(y, abs=1.1)


@pytest.mark.parametrize("quarters", range(4))
def test_turned_pages_turn_their_truth(quarters):
    gray = np.full((64, 64), 255, np.uint8)
    gray[10:14, 20:50] = 0
    outline = rectangle(20, 10, 50, 14)
    page = turned(Page(gray, (Line(outline, outline, 4.0, "x"),), "test"), quarters)
    low, high = page.lines[0].outline.min(axis=0), page.lines[0].outline.max(axis=0)
    assert (*low, *high) == pytest.approx(inked(page.gray))


def test_cores_of_touching_lines_are_apart_and_what_is_illegible_counts_neither_way():
    gray = np.full((96, 96), 255, np.uint8)
    lines = [Line(rectangle(10, y, 90, y + 16), rectangle(14, y + 4, 86, y + 12), 16.0, "x") for y in (8, 24)]
    small = rectangle(10, 80, 60, 84)
    truth = targets(Page(gray, (*lines, Line(small, small, 4.0, "small")), "test"))
    assert truth.core.shape == truth.weight.shape == (96 // STRIDE, 96 // STRIDE)
    column = truth.core[:, 50 // STRIDE]
    assert column[16 // STRIDE] == column[32 // STRIDE] == 255
    assert column[24 // STRIDE] == 0
    assert truth.weight[24 // STRIDE, 50 // STRIDE] == EDGE
    assert truth.weight[60 // STRIDE, 50 // STRIDE] == PLAIN
    assert truth.weight[82 // STRIDE, 30 // STRIDE] == 0


def test_the_same_seed_draws_the_same_pages(assets):
    first, second = (PageMaker(assets, default_alphabet(), seed=3) for _ in range(2))
    for _ in range(3):
        a, b = first.page(), second.page()
        assert np.array_equal(a.gray, b.gray)
        assert [line.text for line in a.lines] == [line.text for line in b.lines]
        assert a.gray.shape == (WINDOW, WINDOW)


def test_a_cut_keeps_pixels_and_truth_together():
    core = np.arange((WINDOW // STRIDE) ** 2, dtype=np.uint32).reshape(WINDOW // STRIDE, -1).astype(np.uint8)
    gray = np.kron(core, np.ones((STRIDE, STRIDE), np.uint8))
    for seed in range(8):
        part, truth, weight = cut((gray, core, core), random.Random(seed))
        assert part.shape == (CUT, CUT)
        assert np.array_equal(part[::STRIDE, ::STRIDE], truth)
        assert np.array_equal(truth, weight)


@pytest.mark.parametrize("draw", dict.fromkeys(FIGURES), ids=lambda draw: draw.__name__)
def test_pictures_have_the_size_that_was_asked_for(draw):
    picture = draw(90, 60, random.Random(2))
    assert picture.shape[1] >= 60
    assert np.isfinite(picture).all()


@pytest.mark.parametrize("apply", [apply for _, apply in (*BEFORE, *AFTER)], ids=lambda apply: apply.__name__)
def test_damages_keep_the_size(apply):
    gray = np.full((96, 128), 200, np.float32)
    gray[40:50, 20:100] = 20
    for seed in range(3):
        after = apply(gray.copy(), random.Random(seed))
        assert after.shape == gray.shape
        assert np.isfinite(after).all()


def test_blur_softens_edges():
    gray = np.full((96, 128), 200, np.float32)
    gray[40:50, 20:100] = 20
    for seed in range(3):
        after = blurred(gray, 12.0, random.Random(seed))
        assert np.abs(np.diff(after, axis=0)).max() < np.abs(np.diff(gray, axis=0)).max()
