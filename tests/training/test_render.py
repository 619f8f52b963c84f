import random
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_core.alphabet import Alphabet
from training import damage
from training.alphabets import default_alphabet
from training.fonts import Font, held_out_of, is_held_out, load_fonts, undrawn
from training.lines import WIDEST_LINE, LineMaker, steps_needed
from training.render import DOT_PITCH, dotted, draw_dots, draw_ink, printed, ruled, slanted, stretched


@pytest.fixture(scope="module")
def font(assets):
    return load_fonts(assets, held_out=False)[0]


@pytest.fixture
def ink(font):
    return next(i for seed in range(9) if (i := draw_ink("Hello, 12.3", font, random.Random(seed))) is not None)


def test_families_are_split_by_name_alone(assets):
    assert [f.family for f in load_fonts(assets, held_out=False)] == ["DejaVuSans"]
    assert [f.family for f in load_fonts(assets, held_out=True)] == ["NotoSerif"]
    assert is_held_out("ARPLSungtiLGB")


def test_a_handful_of_fonts_is_split_whatever_their_names():
    assert held_out_of({"DejaVuSans", "NotoSerif"}) == {"NotoSerif"}
    for families in ({"DejaVuSans", "DejaVuSerif"}, {"ARPLSungtiLGB", "WenQuanYiMicroHei"}):
        assert len(held_out_of(families)) == 1
        assert held_out_of(families) < families


def test_font_knows_what_it_draws(font):
    assert font.draws("Hello é")
    assert not font.draws("汉")
    assert not font.is_chinese


@pytest.mark.parametrize("covers", ["的一是在国", "的一是在國"])
def test_a_font_of_simplified_or_traditional_chinese_is_chinese(covers):
    assert Font(Path("a.ttf"), "A", frozenset(covers)).is_chinese


def test_a_font_sets_the_ligatures_that_it_has():
    font = Font(Path("a.ttf"), "A", frozenset("abcdefghijklmnopqrstuvwxyz\ufb01\ufb00"))
    assert font.ligated("first affair, office, flow") == "\ufb01rst a\ufb00air, o\ufb00ice, flow"


def test_missing_fonts_name_the_cure(tmp_path):
    (tmp_path / "fonts").mkdir()
    with pytest.raises(SystemExit, match=r"python -m training\.assets"):
        load_fonts(tmp_path, held_out=False)


def test_ink_is_on_paper(ink):
    assert ink.dtype == np.float32
    assert ink.min() == 0.0
    assert ink.max() > 0.9
    assert 0.02 < ink.mean() < 0.6


def test_dot_matrix_print_is_made_of_dots(font):
    dots = draw_dots("TOTAL 12.3", font, random.Random(3))
    rows, columns = (length // DOT_PITCH for length in dots.shape)
    cells = dots.reshape(rows, DOT_PITCH, columns, DOT_PITCH).max(axis=(1, 3))
    assert set(np.unique(cells.round(3))) == {0.0, 1.0}
    assert (dots.max(), dots.min()) == (1.0, 0.0)
    assert draw_dots(" ", font, random.Random(3)) is None
    hyphens = draw_dots("---", font, random.Random(3)).max(axis=1)
    assert hyphens[: len(hyphens) // 4].max() == hyphens[-len(hyphens) // 4 :].max() == 0


def test_pale_marks_leave_the_letters_as_they_are(font):
    with_dot, without = (
        next(i for seed in range(9) if (i := draw_ink(text, font, random.Random(seed))) is not None)
        for text in ("A.", "AA")
    )
    pale = damage.pale_marks(with_dot, random.Random(2))
    foot = with_dot > 0.99
    assert pale[:, : with_dot.shape[1] // 2] == pytest.approx(with_dot[:, : with_dot.shape[1] // 2])
    assert (pale[foot] < 0.7).any()
    assert np.array_equal(damage.pale_marks(without, random.Random(2)), without)


def test_printing_keeps_ink_and_paper_apart(ink):
    for seed in range(30):
        grey = printed(ink, random.Random(seed))
        assert np.ptp(grey) > 40
        assert grey.min() >= 0
        assert grey.max() <= 255


@pytest.mark.parametrize("shape", [stretched, slanted, ruled, dotted])
def test_shapes_keep_the_values_of_ink(shape, ink):
    result = shape(ink, random.Random(1))
    assert result.min() >= 0
    assert result.max() <= 1.001
    assert not np.array_equal(result, ink)


ALL = [apply for _, apply in damage.INK_DAMAGES + damage.PICTURE_DAMAGES]


@pytest.mark.parametrize("apply", ALL, ids=lambda f: f.__name__)
def test_each_damage_changes_the_image_and_repeats_with_its_seed(apply, ink):
    image = ink if apply in [a for _, a in damage.INK_DAMAGES] else cv2.resize(255 - 255 * ink, None, fx=2, fy=2)
    results = [apply(image.copy(), random.Random(seed)) for seed in (5, 5, 6, 7, 8)]
    assert np.array_equal(results[0], results[1])
    assert any(r.shape != image.shape or not np.allclose(r, image) for r in results)
    assert all(np.isfinite(r).all() for r in results)


def test_lines_have_the_height_and_room_for_their_text(assets):
    maker = LineMaker(assets, default_alphabet(), seed=2)
    for _ in range(60):
        image, text = maker.line()
        assert image.shape[0] == 32
        assert image.dtype == np.uint8
        assert image.shape[1] <= WIDEST_LINE
        assert image.shape[1] // 4 > steps_needed(text)
        assert np.ptp(image) >= 24


def test_steps_needed_counts_repeats():
    assert [steps_needed(t) for t in ("", "a", "ab", "aab", "aaa")] == [0, 1, 2, 4, 5]


def test_fonts_that_lack_the_characters_end_in_a_sentence(assets, monkeypatch):
    monkeypatch.setattr("training.lines.TRIES", 50)
    with pytest.raises(SystemExit, match=r"none could be drawn with the font families DejaVuSans"):
        LineMaker(assets, Alphabet("汉字在这里"), seed=1).line()


def test_what_no_font_draws_is_told(font):
    assert undrawn(["a", " ", "汉", "b"], [font]) == "汉"


def test_other_files_beside_fonts_are_passed_over_and_damaged_fonts_named(tmp_path, assets):
    shutil.copytree(assets / "fonts", tmp_path / "fonts")
    (tmp_path / "fonts" / "LICENCE.txt").write_text("free")
    assert len(load_fonts(tmp_path, held_out=False)) == 1
    whole = (tmp_path / "fonts/DejaVuSans--DejaVuSans.woff2").read_bytes()
    for damaged in (b"wOF2 and no more", whole[:-100]):
        for path in (tmp_path / "fonts").glob("*.woff2"):
            path.write_bytes(damaged)
        with pytest.raises(SystemExit, match=r"woff2 cannot be read"):
            load_fonts(tmp_path, held_out=False)
