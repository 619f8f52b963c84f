"""The command line over folders: what is written where, what a second run does, what failures leave behind."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import GrayReader, frames, text_pdf, without_page
from format_pages import SMALL

from ocr_core.batch import Failure, FailureTable, in_order, pictures
from ocr_core.cli import main
from ocr_core.errors import NotAnImage
from ocr_core.types import PageResult, ReadOptions


class CountingReader:
    """Reads any bytes as the same page and keeps count; `bad` is no image, `bug` is a fault of ours."""

    name = "fake-0"

    def __init__(self):
        self.read_bytes, self.options = [], []

    def read(self, data: bytes, options: ReadOptions, *, deadline=None, progress=None) -> PageResult:
        self.read_bytes.append(data)
        self.options.append(options)
        if data == b"bad":
            raise NotAnImage("This is not an image.")
        if data == b"bug":
            raise ZeroDivisionError("oh")
        return SMALL


@pytest.fixture
def reader():
    return CountingReader()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pictures, one more a folder below, and a file that is none."""
    monkeypatch.chdir(tmp_path)
    for name in ("scans/b.PNG", "scans/a.jpg", "scans/deep/a.jpg", "scans/notes.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(name.encode())
    return tmp_path


def written(folder="out"):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_a_folder_is_read_by_name(folder, reader, capsys):
    assert main(["scans", "-j", "1"], reader) == 0
    assert reader.read_bytes == [b"scans/a.jpg", b"scans/b.PNG"]
    assert capsys.readouterr().out.startswith("==> scans/a.jpg <==\n总 A<&>\n\n下一\n\n==> scans/b.PNG <==\n")


def test_results_lie_as_the_pictures_do(folder, reader, capsys):
    assert main(["scans", "--recursive", "--output", "out", "--format", "hocr"], reader) == 0
    assert written() == ["a.jpg.hocr", "b.PNG.hocr", "deep/a.jpg.hocr"]
    assert "总" in Path("out/a.jpg.hocr").read_text(encoding="utf-8")
    assert {options.granularity for options in reader.options} == {"word"}
    assert capsys.readouterr() == ("", "")


def test_a_second_run_reads_only_what_is_new(folder, reader):
    main(["scans", "-o", "out"], reader)
    later = Path("out/b.PNG.txt").stat().st_mtime + 10
    os.utime("scans/b.PNG", (later, later))
    Path("scans/c.png").write_bytes(b"new")
    again = CountingReader()
    assert main(["scans", "-o", "out", "-j", "1"], again) == 0
    assert again.read_bytes == [b"scans/b.PNG", b"new"]
    every = CountingReader()
    main(["scans", "-o", "out", "--overwrite"], every)
    assert len(every.read_bytes) == 3


def test_failures_are_kept_and_tried_again(folder, reader, capsys):
    Path("scans/a.jpg").write_bytes(b"bad")
    Path("scans/b.PNG").write_bytes(b"bug")
    assert main(["scans", "-r", "-o", "out"], reader) == 1
    assert written() == ["deep/a.jpg.txt", "failures.tsv"]
    first, second = Path("out/failures.tsv").read_text(encoding="utf-8").splitlines()
    assert first == "scans/a.jpg\tnot_an_image\tThis is not an image."
    assert second.startswith("scans/b.PNG\tinternal_error\tSomething went wrong")
    assert capsys.readouterr().err.startswith(
        "ocr: scans/a.jpg: This is not an image.\nocr: scans/b.PNG: Something"
    )

    Path("scans/a.jpg").write_bytes(b"good")
    assert main(["scans/a.jpg", "-o", "out"], reader) == 0
    assert Path("out/failures.tsv").read_text(encoding="utf-8").startswith("scans/b.PNG\t")  # not forgotten
    Path("scans/b.PNG").write_bytes(b"good")
    assert main(["scans", "-o", "out"], reader) == 0
    assert written() == ["a.jpg.txt", "b.PNG.txt", "deep/a.jpg.txt"]


def test_runs_side_by_side_keep_each_others_failures(tmp_path):
    first, second = FailureTable(tmp_path, []), FailureTable(tmp_path, [])
    first.add(Failure("a.png", "not_an_image", "It is none."))
    second.add(Failure("b\udcff.png", "not_an_image", "It is none."))
    first.add(Failure("c.png", "not_an_image", "It is none."))
    rows = (tmp_path / "failures.tsv").read_bytes().splitlines()
    assert [row.split(b"\t")[0] for row in rows] == [b"a.png", b"b\xff.png", b"c.png"]


def test_a_page_that_is_left_out_is_told_and_kept_in_mind(folder, capsys):
    Path("two.pdf").write_bytes(without_page(text_pdf("one", "two"), 1))
    assert main(["two.pdf"], GrayReader()) == 1
    said = capsys.readouterr()
    assert said.out == "[Page 1 was not read: It is damaged.]\f1654x2339 255\n"
    assert said.err == "ocr: two.pdf: warning: Page 1 was not read: It is damaged.\n"
    row = "two.pdf\tunreadable_image\tPage 1: It is damaged.\n"
    assert main(["two.pdf", "-o", "out"], GrayReader()) == 1
    assert main(["two.pdf", "-o", "out"], GrayReader()) == 0  # it is not read again, and not forgotten
    assert Path("out/failures.tsv").read_text(encoding="utf-8") == row
    Path("two.pdf").write_bytes(text_pdf("one", "two"))
    assert main(["two.pdf", "-o", "out", "--overwrite"], GrayReader()) == 0
    assert written() == ["two.pdf.txt"]


@pytest.mark.parametrize(("output", "kind"), [("scans", "pdf"), ("scans/out", "png")])
def test_results_among_the_pictures_are_not_read(output, kind, folder):
    made = ["a.jpg", "b.PNG", "deep/a.jpg"]
    for name in made:
        Path("scans", name).write_bytes(frames("PNG"))
    for _ in range(3):
        assert main(["scans", "-r", "-o", output, "-f", kind, "--overwrite"], GrayReader()) == 0
    assert {f"{name}.{kind}" for name in made} <= set(written(output))
    assert len(written("scans")) == 2 * len(made) + 1  # the notes


def test_a_name_that_is_too_long_costs_its_picture_alone(folder, reader, capsys):
    longest, too_long = "n" * 247 + ".png", "m" * 251 + ".png"
    for name in (longest, too_long):
        Path("scans", name).write_bytes(b"new")
    assert main(["scans", "-o", "out"], reader) == 1
    assert written() == ["a.jpg.txt", "b.PNG.txt", "failures.tsv", f"{longest}.txt"]
    assert "Its name is too long" in capsys.readouterr().err
    assert Path("out/failures.tsv").read_text(encoding="utf-8").startswith(f"scans/{too_long}\tname_too_long\t")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scans", "--format", "hocr"], "--output DIR"),
        (["scans/a.jpg", "scans/deep/a.jpg", "-o", "out"], "would both be written to out/a.jpg.txt"),
        (["empty"], "empty holds no picture"),
        (["scans/a.jpg", ""], "One of the names is empty"),
        (["scans", "-j", "0"], "--jobs"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_read(arguments, sentence, folder, reader, capsys):
    Path("empty").mkdir()
    assert main(arguments, reader) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert reader.read_bytes == []


def test_an_output_that_cannot_be_written_ends_with_3(folder, reader, capsys):
    Path("out").mkdir()
    Path("out/a.jpg.txt").mkdir()
    assert main(["scans/a.jpg", "-o", "out", "--overwrite"], reader) == 3
    assert "out" in capsys.readouterr().err
    assert written() == []  # and nothing half written


def test_one_picture_goes_to_stdout_in_any_format(folder, reader, capsysbinary):
    assert main(["scans/a.jpg", "--format", "tsv"], reader) == 0
    assert capsysbinary.readouterr().out.startswith(b"level\tpage_num")


def test_a_terminal_gets_a_bar_and_a_summary(folder, reader, capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    Path("scans/a.jpg").write_bytes(b"bad")
    main(["scans", "-o", "out"], reader)
    said = terminal.getvalue()
    assert "2/2" in said
    assert said.index("2/2") < said.index("ocr: scans/a.jpg: This is not an image.")
    assert said.endswith("1 read, 0 done before, 1 failed; see out/failures.tsv\n")


def test_results_come_in_the_order_of_the_pictures_and_not_all_are_held(folder):
    for index in range(40):
        Path(f"scans/{index:02}.png").write_bytes(b"")
    found, begun = pictures(["scans"], recursive=False), []
    results = in_order(lambda picture: begun.append(picture) or picture.source, found, jobs=2)
    first, source = next(results)
    assert first.source == source == "scans/00.png"
    assert len(begun) <= 6
    assert [picture for picture, _ in results] == found[1:]


ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

MADE = {"receipt.pdf": b"%PDF", "marked.png": b"\x89PNG"}
"""Files that the document's commands write, and how they begin."""


@pytest.mark.parametrize("command", re.findall(r"^(ocr .*?) +#", DOCUMENT, re.M))
def test_commands_of_the_document_run(command, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "scans").symlink_to(ROOT / "examples")
    run = "import sys; from ocr_core.cli import main; sys.exit(main())"
    shell = f"set -e; ocr() {{ {sys.executable} -c '{run}' \"$@\"; }}; {command}"
    result = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    written = {name: (tmp_path / name).read_bytes()[:4] for name in MADE if (tmp_path / name).exists()}
    assert result.stdout or list(tmp_path.glob("texts/*.txt")) or written
    assert all(MADE[name] == start for name, start in written.items())
