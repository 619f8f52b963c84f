"""How the characters of a line are set: small and high, small capitals, lists, marks that are closed up."""

import random
from itertools import accumulate

import pytest

from training import setting
from training.fonts import load_fonts
from training.setting import RAISED, set_runs


@pytest.fixture(scope="module")
def font(assets):
    return load_fonts(assets, held_out=False)[0]


def always(monkeypatch, share):
    for name in ("RAISED_SHARE", "SMALL_CAPITAL_SHARE", "MOVED_MARK_SHARE", "BULLET_GAP_SHARE", "LIGATURE_SHARE"):
        monkeypatch.setattr(setting, name, 1.0 if name == share else 0.0)


def runs_of(text, font, seed=5):
    """Return the runs of `text` at 40 pixels, none of them spaced wider."""
    runs = set_runs(text, font, 40, random.Random(seed))
    assert "".join(run.text for run in runs) == text
    return runs


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("增长[12]。", ["[12]"]),
        ("比较。”2这就是", ["2"]),
        ("the 10,000th of May 2nd", ["th", "nd"]),
        ("he said.12 Then", ["12"]),
        ("3.14 and 1,000", []),
        ("合计：15.00", []),
        ("时间：12:30", []),
        ("array[1234]", []),
    ],
)
def test_references_notes_and_ordinals_may_stand_high(text, raised):
    assert [found.group() for found in RAISED.finditer(text)] == raised


@pytest.mark.parametrize(
    ("text", "widest"),
    [("CONTENTS", 0.28), ("目录", 0.28), ("Contents", 0.1), ("A1", 0.1), ("1234", 0.1)],
)
def test_only_capitals_and_chinese_are_spaced_as_widely_as_a_space(font, monkeypatch, text, widest):
    always(monkeypatch, "")
    gaps = [run.gap / 40 for seed in range(200) for run in set_runs(text, font, 40, random.Random(seed))]
    assert 0.9 * widest < max(gaps) <= widest


def test_what_stands_high_is_smaller_than_the_rest(font, monkeypatch):
    always(monkeypatch, "")
    (plain,) = runs_of("of the 2nd", font)
    always(monkeypatch, "RAISED_SHARE")
    first, second = runs_of("of the 2nd", font)
    assert (first.text, second.text, first.rise) == ("of the 2", "nd", 0)
    assert second.rise >= 10
    assert second.face.size < first.face.size == plain.face.size


def test_capitals_after_the_first_of_a_word_may_be_small(font, monkeypatch):
    always(monkeypatch, "SMALL_CAPITAL_SHARE")
    runs = runs_of("HUNTON & CO. OF", font)
    assert [run.text for run in runs] == ["H", "UNTON", " & C", "O", ". O", "F"]
    assert runs[1].face.size < runs[0].face.size == runs[2].face.size
    assert len(runs_of("Hunton and Williams", font)) == 1


@pytest.mark.parametrize("entry", ["• Human factors", "- one", "3. Three", "(a) First", "12) Twelve"])
def test_an_entry_of_a_list_may_begin_far_from_its_mark(entry, font, monkeypatch):
    always(monkeypatch, "BULLET_GAP_SHARE")
    mark, rest = runs_of(entry, font)
    assert mark.text == entry[: entry.index(" ") + 1]
    assert mark.gap >= 12
    assert rest.gap == 0


class WideFace:
    """A font of Chinese: marks as wide as characters."""

    size = 40

    def getlength(self, text):
        return 40.0 * len(text)


def test_room_after_wide_marks_is_closed_up_or_the_mark_moved(font, monkeypatch):
    always(monkeypatch, "MOVED_MARK_SHARE")
    monkeypatch.setattr(setting, "opened", lambda path, size: WideFace())
    ways = set()
    for seed in range(40):
        runs = set_runs("课本、作业，资料", font, 40, random.Random(seed))
        ends = list(accumulate(run.width(1.0) for run in runs))
        if [run.text for run in runs] != ["课本", "、", "作业", "，", "资料"]:
            continue  # spaced wider, letter by letter
        if runs[0].gap > 0:
            assert ends[1] == pytest.approx(120)  # what follows a mark that was moved stays where it was
            ways.add("moved")
        else:
            assert 120 - 0.5 * 40 < ends[1] < 120
            ways.add("closed up")
    assert ways == {"moved", "closed up"}


def test_marks_of_a_narrow_font_stay(font, monkeypatch):
    always(monkeypatch, "MOVED_MARK_SHARE")
    assert len(runs_of("“a” b", font)) == 1
