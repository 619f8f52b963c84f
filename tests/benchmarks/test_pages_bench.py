"""The page benchmark: turned pages with their truth, scores, and a run from end to end."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.page_scores import score_pages, tokens
from benchmarks.page_set import Line, Page, load_pages, turned
from benchmarks.pages import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two example pages and their truth."""
    (tmp_path / "pages").mkdir()
    rows = []
    for name in ("notice", "receipt"):
        shutil.copy(ROOT / f"examples/{name}.png", tmp_path / "pages")
        text = (ROOT / f"examples/{name}.txt").read_text(encoding="utf-8").rstrip("\n").replace("\t", "\n")
        rows.append(json.dumps({"file": f"{name}.png", "text": text}))
    (tmp_path / "pages.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0, 7, -12])
def test_truth_turns_with_the_page(rotate, skew):
    image = np.zeros((200, 300, 3), np.uint8)
    image[40:60, 100:180] = 255
    seen, turn = turned(image, rotate, skew)
    y, x = np.nonzero(seen[:, :, 0] > 128)
    corners = np.array([[100, 40], [180, 40], [180, 60], [100, 60]]) @ turn[:2, :2].T + turn[:2, 2]
    assert corners.min(axis=0) == pytest.approx([x.min(), y.min()], abs=1.5)
    assert corners.max(axis=0) == pytest.approx([x.max() + 1, y.max() + 1], abs=1.5)


def page(*lines, **more):
    return Page("p", b"", tuple(lines), **more)


def test_tokens_are_words_and_single_ideographs():
    assert tokens(["Total: ＡＢＣ (12.50)", "合计 12.50元"]) == {
        "total": 1, "abc": 1, "12.50": 2, "合": 1, "计": 1, "元": 1,
    }  # fmt: skip


def test_scores_of_a_page_read_in_part():
    truth = page(Line("one two", (0, 0, 100, 20)), Line("three four", (0, 30, 100, 50)))
    score = score_pages([truth], [[Line("one too", (0, 0, 90, 20)), Line("x", (200, 200, 210, 210))]])
    assert (score.token_precision, score.token_recall) == (1 / 3, 1 / 4)
    assert score.token_f1 == pytest.approx(2 / 7)
    assert score.line_recall == 0.5


def test_what_is_ignored_or_unknown_does_not_count_against():
    found = [Line("one", (0, 0, 50, 20)), Line("stamp", (100, 100, 150, 120))]
    masked = page(Line("one", (0, 0, 50, 20)), ignore=((90, 90, 200, 200),))
    assert score_pages([masked], [found]).token_f1 == 1
    incomplete = page(Line("one", (0, 0, 50, 20)), complete=False)
    score = score_pages([incomplete, page(Line("two"))], [found, [Line("two")]])
    assert (score.token_precision, score.token_recall) == (1, 1)


def test_pieces_of_a_line_cover_it_together_and_a_page_wide_box_does_not():
    truth = page(Line("one two", (0, 0, 100, 20)))
    pieces = [Line("one", (0, 0, 30, 20)), Line("two", (70, 0, 100, 20))]
    assert score_pages([truth], [pieces]).line_recall == 1
    assert score_pages([truth], [pieces[:1]]).line_recall == 0


def test_order_is_that_of_lines_that_follow_each_other():
    one, two, three, four = (Line(str(y), (0, y, 100, y + 20)) for y in (0, 30, 60, 90))
    truth = page(one, two, Line("without a place"), three, four)
    assert score_pages([truth], [[one, two, three, four]]).order == 1
    assert score_pages([truth], [[one, three, two, four]]).order == 0
    assert score_pages([truth], [[three, four, one, two]]).order == pytest.approx(2 / 3)
    assert score_pages([truth], [[one, four]]).order == 1  # what was not found is the other scores' business
    assert score_pages([truth], [[]]).order == 0


def test_order_is_that_of_whole_lines_whatever_stands_between_their_pieces():
    one, two = Line("a b", (0, 0, 100, 20)), Line("c d", (0, 30, 100, 50))
    pieces = [Line(t, (x, y, x + w, y + 20)) for t, x, y, w in (
        ("a", 0, 0, 60), ("b", 60, 0, 40), ("-", 0, 22, 5), ("c", 0, 30, 60), ("d", 60, 30, 40),
    )]  # fmt: skip
    assert score_pages([page(one, two)], [pieces]).order == 1
    assert score_pages([page(one, two)], [[Line("a b c d", (0, 0, 100, 50))]]).order == 1
    assert score_pages([page(one, two)], [[Line("b", (60, 0, 100, 20)), two]]).order == 0  # too little of one line


def test_columns_that_were_read_across_are_out_of_order():
    left, right = ([Line("x", (x, y, x + 90, y + 20)) for y in range(0, 120, 30)] for x in (0, 100))
    across = [Line("x x", (0, y, 190, y + 20)) for y in range(0, 120, 30)]
    apart = [line for row in zip(left, right, strict=True) for line in row]
    assert score_pages([page(*left, *right)], [across]).order == 0
    assert score_pages([page(*left, *right)], [apart]).order == 0
    assert score_pages([page(*left, *right)], [left + right]).order == 1


@pytest.mark.parametrize("detector", ["plain", "both"])
def test_the_benchmark_reads_turned_pages(folder, capsys, detector):
    main([str(folder), "--ours", "--detector", detector, "--rotate", "90", "--skew", "3"])
    title, row = capsys.readouterr().out.splitlines()
    assert "2 pages, turned by 93" in title
    assert float(row.split()[1]) > 0.9


def test_a_missing_image_is_named(folder):
    (folder / "pages" / "notice.png").unlink()
    with pytest.raises(FileNotFoundError, match="notice"):
        load_pages(folder)
    with pytest.raises(SystemExit, match="notice"):
        main([str(folder), "--ours"])


def test_every_second_page_may_be_left_out(folder):
    assert [page.name for page in load_pages(folder, every=2)] == ["notice.png"]
    assert cv2.imdecode(np.frombuffer(load_pages(folder)[1].data, np.uint8), 1) is not None
