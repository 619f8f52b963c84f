"""The evaluation on folders made in the test, through the shipped model."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from training.error_report import draw_sheet, worst_lines
from training.evaluate import main, output_path, read_labels


def drawn(text: str) -> Image.Image:
    """Return `text` as dark print on white, 48 px high."""
    font = ImageFont.load_default(32)
    image = Image.new("RGB", (round(font.getlength(text)) + 20, 48), "white")
    ImageDraw.Draw(image).text((10, 4), text, fill="black", font=font)
    return image


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three lines, the last with a wrong truth, and a page of two."""
    path = tmp_path / "mine"
    (path / "crops").mkdir(parents=True)
    (path / "pages").mkdir()
    for name, text in (("a.png", "HELLO 2026"), ("b.png", "TOTAL 19.90"), ("c.png", "HELLO")):
        drawn(text).save(path / "crops" / name)
    labels = "a.png\tHELLO 2026\nb.png\tTotal 19.90\nc.png\tHELLOXY\n"
    (path / "labels.tsv").write_text(labels, encoding="utf-8")

    page = Image.new("RGB", (400, 300), "white")
    page.paste(drawn("HELLO 2026"), (30, 40))
    page.paste(drawn("TOTAL 19.90"), (30, 160))
    page.save(path / "pages" / "p.png")
    truth = [{"box": [40, 45, 220, 45, 220, 80, 40, 80], "text": "HELLO 2026"}, {"text": "TOTAL 19.90"}]
    (path / "pages.jsonl").write_text(json.dumps({"file": "p.png", "lines": truth}) + "\n", encoding="utf-8")
    return path


def test_line_scores_and_readings(folder, tmp_path, capsys):
    out = tmp_path / "readings.tsv"
    main([str(folder), "--out", str(out)])
    assert out.read_text(encoding="utf-8") == "a.png\tHELLO 2026\nb.png\tTOTAL 19.90\nc.png\tHELLO\n"
    model, grey, binarised = capsys.readouterr().out.splitlines()
    assert model.startswith("crnn-")
    assert grey.split()[:4] == ["mine", "grey", "3", "lines"]
    # two edits in 9 + 10 + 7 characters without spaces; strict, four more letters have the wrong case
    assert "CER   7.69% lines right  66.7%" in grey
    assert "strict CER  21.43% lines right  33.3%" in grey
    assert binarised.split()[:4] == ["mine", "binarised", "3", "lines"]


def test_pages_are_written_with_boxes(folder, tmp_path, capsys):
    out = tmp_path / "pages.jsonl"
    main([str(folder), "--pages", "--out", str(out)])
    (row,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert row["file"] == "p.png"
    assert [line["text"] for line in row["lines"]] == ["HELLO 2026", "TOTAL 19.90"]
    x0, y0, _, _, x1, y1, _, _ = row["lines"][0]["box"]
    assert 30 <= x0 <= 44
    assert 40 <= y0 <= 52
    assert 200 <= x1 <= 240
    assert 68 <= y1 <= 90
    assert "characters F1 1.000" in capsys.readouterr().out


def test_errors_are_listed_and_drawn(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main([str(folder), "--errors", "5"])
    printed = capsys.readouterr().out
    assert "x -> nothing  1" in printed
    assert "c.png\n    truth  HELLOXY\n    read   HELLO\n" in printed
    with Image.open(tmp_path / "errors-mine.png") as sheet:
        assert np.asarray(sheet).min() < 50


def test_worst_lines_come_first():
    assert worst_lines([("abc", "abc"), ("abc", "ab"), ("abc", ""), ("A b", "ab")]) == [2, 1]


def test_sheet_shows_image_truth_and_guess(folder):
    sheet = draw_sheet([folder / "crops" / "a.png"], [("HELLO 2026", "HELLO 2O26")])
    dark = (sheet < 128).any(axis=1)
    assert dark[:40].any()  # the line
    assert dark[40:60].any()  # the truth
    assert dark[60:80].any()  # the guess


def test_several_folders_make_one_file_each(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    out = tmp_path / "out.tsv"
    assert output_path(out, one, [one]) == out
    assert output_path(out, two, [one, two]) == tmp_path / "out-two.tsv"
    assert output_path(None, one, [one]) is None


def test_label_without_text_is_an_empty_line(tmp_path):
    (tmp_path / "crops").mkdir()
    for name in "abc":
        (tmp_path / f"crops/{name}.png").touch()
    (tmp_path / "labels.tsv").write_text("a.png\t\nb.png\nc.png\tx y\n", encoding="utf-8")
    assert [(s.name, s.text) for s in read_labels(tmp_path)] == [("a.png", ""), ("b.png", ""), ("c.png", "x y")]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("", "is empty"),
        ("a.png HELLO 2026\n", "a row without a tab"),
        (
            "a.png\tHELLO 2026\nx.png\tNO\ny.png\tNO\n",
            r"2 of the 3 pictures of .* are not in .*crops: x.png, y.png",
        ),
    ],
)
def test_labels_that_do_not_fit_are_named_before_anything_is_read(folder, labels, message):
    (folder / "labels.tsv").write_text(labels, encoding="utf-8")
    with pytest.raises(SystemExit, match=message):
        read_labels(folder)


def test_a_folder_without_labels_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"labels.tsv cannot be read: No such file"):
        read_labels(tmp_path)
