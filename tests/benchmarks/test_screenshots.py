"""Screenshots of HTML with their text: what the browser shows is told, and nothing else."""

import json

import pytest

pytest.importorskip("websockets")

from benchmarks import chromium, screenshots
from benchmarks.page_set import load_pages

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")

SENTENCE = "Doves fly over the old bridge at noon"
DOCUMENT = f"""<!doctype html><meta charset="utf-8"><style>p {{ font-size: 20px }}</style>
<p>{SENTENCE} <b>every</b> <code>da</code>y.</p><p style="text-transform: uppercase">loud</p>
<p style="visibility: hidden">unseen</p><p style="margin-left: -500px; width: 300px">outside</p>
<ul><li>今天下午三点 at 3</ul><div style="position: relative; height: 40px"><p>covered</p>
<div style="position: absolute; inset: 0; background: white"></div></div><input value="typed">"""


def test_the_text_that_is_seen_is_told_with_its_place(tmp_path):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "page.html").write_text(DOCUMENT, "utf8")
    screenshots.main([str(tmp_path / "out"), str(tmp_path / "html"), "--count", "3"])
    pages = load_pages(tmp_path / "out")
    assert len(pages) == 3
    for page in pages:
        assert " ".join(line.text for line in page.lines) == f"{SENTENCE} every day. LOUD 今天下午三点 at 3"
        areas = [line.area for line in page.lines]
        assert all(x0 < x1 and y0 < y1 for x0, y0, x1, y1 in areas)
        assert areas == sorted(areas, key=lambda area: area[1])


def test_pages_with_little_text_are_left_out(tmp_path):
    short = tmp_path / "short.html"
    short.write_text("<p>Too little", "utf8")
    screenshots.main([str(tmp_path / "out"), str(short), "--count", "2"])
    assert not [*map(json.loads, (tmp_path / "out" / "pages.jsonl").read_text("utf8").split())]


def test_a_folder_without_html_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"holds no \.html file"):
        screenshots.main([str(tmp_path / "out"), str(tmp_path)])
