"""The command line with a reader of its own: what is printed where, and the exit codes."""

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from documents import GrayReader, text_pdf

from ocr_core.cli import main
from ocr_core.errors import NotAnImage
from ocr_core.types import Box, LineResult, PageResult, Reading, ReadOptions, Timings


class FakeReader:
    """Reads every file as its own bytes; `bad` is no image, `dim` has a warning."""

    name = "fake-0"

    def __init__(self):
        self.options = []

    def read(self, data: bytes, options: ReadOptions, *, deadline=None, progress=None) -> PageResult:
        self.options.append(options)
        if data == b"bad":
            raise NotAnImage("This is not an image.")
        polygon = ((1, 2), (11, 2), (11, 8), (1, 8))
        lines = tuple(
            LineResult(Reading(text, 0.98765), polygon, Box(1, 2, 11, 8)) for text in data.decode().split("\n")
        )
        warnings = ("The light is dim.",) if data == b"dim" else ()
        return PageResult(lines, 12, 9, self.name, Timings(1.0, 2.0, 3.254, 6.5), warnings)


@pytest.fixture
def reader():
    return FakeReader()


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_one_image_prints_its_text_alone(tmp_path, capsys, reader):
    assert main([write(tmp_path, "a.png", "你好\nworld".encode())], reader) == 0
    assert capsys.readouterr() == ("你好\nworld\n", "")


def test_several_images_have_headers(tmp_path, capsys, reader):
    a, b = write(tmp_path, "a.png", b"one"), write(tmp_path, "b.png", b"two")
    assert main([a, b], reader) == 0
    assert capsys.readouterr().out == f"==> {a} <==\none\n\n==> {b} <==\ntwo\n"


def test_json_is_one_object_a_line(tmp_path, capsys, reader):
    a, b = write(tmp_path, "a.png", "一".encode()), write(tmp_path, "b.png", b"dim")
    assert main(["--json", a, b], reader) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "一" in first
    assert json.loads(first) == {
        "file": a,
        "text": "一",
        "results": [
            {
                "text": "一",
                "bbox": [1, 2, 11, 8],
                "polygon": [[1, 2], [11, 2], [11, 8], [1, 8]],
                "confidence": 0.9877,
            }
        ],
        "image": {"width": 12, "height": 9},
        "model": "fake-0",
        "warnings": [],
        "timings_ms": {"decode": 1.0, "detect": 2.0, "recognize": 3.25, "total": 6.5},
    }
    assert json.loads(second)["warnings"] == ["The light is dim."]


def test_warnings_go_to_stderr(tmp_path, capsys, reader):
    name = write(tmp_path, "a.png", b"dim")
    assert main([name], reader) == 0
    assert capsys.readouterr() == ("dim\n", f"ocr: {name}: warning: The light is dim.\n")


def test_a_bad_image_is_named_and_the_others_are_read(tmp_path, capsys, reader):
    bad, good = write(tmp_path, "bad.txt", b"bad"), write(tmp_path, "good.png", b"good")
    missing = str(tmp_path / "missing.png")
    assert main([bad, missing, good], reader) == 1
    out, err = capsys.readouterr()
    assert out.endswith(f"==> {good} <==\ngood\n")
    assert err.splitlines() == [
        f"ocr: {bad}: This is not an image.",
        f"ocr: {missing}: No such file or directory.",
    ]


def test_a_dash_reads_stdin(capsys, reader, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"piped")))
    assert main(["-"], reader) == 0
    assert capsys.readouterr().out == "piped\n"


def test_options_reach_the_reader(tmp_path, reader):
    name = write(tmp_path, "a.png", b"x")
    main([name, "--mode", "line", "--threshold", "auto"], reader)
    main([name, "--granularity", "word"], reader)
    main([name], reader)
    assert reader.options == [
        ReadOptions(threshold="auto", mode="line"),
        ReadOptions(granularity="word"),
        ReadOptions(),
    ]


def test_json_holds_the_words_and_characters_that_were_asked_for(capsys):
    picture = str(Path(__file__).parents[2] / "examples" / "line-en.png")
    assert main([picture, "--json", "--granularity", "char"]) == 0
    (line,) = json.loads(capsys.readouterr().out)["results"]
    assert " ".join(word["text"] for word in line["words"]) == line["text"]
    assert "".join(character["text"] for character in line["characters"]) == line["text"].replace(" ", "")
    for span in line["words"] + line["characters"]:
        assert line["text"][span["start"] :].startswith(span["text"])
        assert span["bbox"] == [*span["polygon"][0], *span["polygon"][2]]


@pytest.mark.parametrize("arguments", [[], ["--mode", "book", "a.png"], ["--threshold", "yes", "a.png"], ["-x"]])
def test_wrong_usage_exits_with_2(arguments, capsys, reader):
    assert main(arguments, reader) == 2
    assert "Usage: ocr" in capsys.readouterr().err


def test_help_tells_options_and_exit_codes(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for part in (
        "--format",
        "--output",
        "--jobs",
        "--recursive",
        "ocr serve",
        "ocr doctor",
        "--json",
        "--mode",
        "--threshold",
        "--granularity",
        "exit code",
        "stdin",
    ):
        assert part in text


RUN = "import sys; from ocr_core.cli import main; sys.exit(main())"


def test_a_reader_of_the_output_may_leave_early():
    examples = Path(__file__).parents[2] / "examples"
    command = [sys.executable, "-c", RUN, *map(str, [examples / "line-en.png"] * 3)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("shell", "code", "sentence"),
    [
        ("{run} {file} > /dev/full", 3, "stdout: No space left on device."),
        ("{run} {file} >&-", 3, "stdout is closed"),
        ("{run} - <&-", 1, "stdin is closed."),
    ],
)
def test_streams_that_are_full_or_closed_are_told_in_a_sentence(shell, code, sentence):
    file = Path(__file__).parents[2] / "examples" / "line-en.png"
    command = shell.format(run=f"{sys.executable} -c '{RUN}'", file=file)
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert result.returncode == code
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_pages_of_a_pdf_are_chosen(tmp_path, capsys):
    file = write(tmp_path, "a.pdf", text_pdf("one", "two"))
    assert main(["--pages", "2,1", "--pdf-text", "keep", file], GrayReader()) == 0
    assert capsys.readouterr() == ("two\fone\n", "")
    assert main(["--pages", "3", file], GrayReader()) == 1
    assert capsys.readouterr().err == f"ocr: {file}: pages=3 names page 3; the file has pages 1 to 2.\n"
    assert main(["--pages", "x", file], GrayReader()) == 2
    assert "no choice of pages" in capsys.readouterr().err


def test_a_document_is_one_line_of_json_and_one_searchable_pdf(tmp_path, capsysbinary):
    file = write(tmp_path, "a.pdf", text_pdf("one", "two"))
    assert main(["--json", file], GrayReader()) == 0
    (line,) = capsysbinary.readouterr().out.splitlines()
    assert [page["page"] for page in json.loads(line)["pages"]] == [1, 2]
    assert main(["--format", "pdf", file], GrayReader()) == 0
    assert len(pypdfium2.PdfDocument(capsysbinary.readouterr().out)) == 2


def test_a_marked_png_is_of_one_page(tmp_path, capsysbinary):
    file = write(tmp_path, "a.pdf", text_pdf("one", "two"))
    assert main(["--format", "png", file], GrayReader()) == 1
    assert b"pages=1" in capsysbinary.readouterr().err
    assert main(["--format", "png", "--pages", "2", file], GrayReader()) == 0
    assert capsysbinary.readouterr().out.startswith(b"\x89PNG")


def test_a_folder_may_hold_pdfs(tmp_path, capsys):
    write(tmp_path, "a.pdf", text_pdf("one"))
    assert main([str(tmp_path), "--output", str(tmp_path / "out")], GrayReader()) == 0
    assert (tmp_path / "out/a.pdf.txt").read_text().startswith("1654x2339")


@pytest.mark.parametrize("told", ["flag", "variable"])
def test_another_model_file_is_named_by_a_flag_or_a_variable(tmp_path, capsys, monkeypatch, told):
    file, model = write(tmp_path, "a.png", b""), tmp_path / "none.onnx"
    if told == "variable":
        monkeypatch.setenv("OCR_RECOGNIZER", str(model))
    assert main([*(["--recognizer", str(model)] if told == "flag" else []), file]) == 3
    assert capsys.readouterr() == ("", f"ocr: The model file {model} cannot be read: No such file or directory.\n")
