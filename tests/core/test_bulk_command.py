"""`ocr bulk` as people call it, with the shipped model."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest
from bulk_readers import files
from pyarrow import parquet

from ocr_core.cli import main
from ocr_core.formats.page_json import page_json
from ocr_core.pipeline import load_pipeline

EXAMPLES = Path(__file__).parents[2] / "examples"
RUN = "import sys; from ocr_core.cli import main; sys.exit(main())"
RUN_UNTIL_INTERRUPTED = """
import time
from ocr_core.bulk.bulk_job import BulkJob

def commit_and_wait(self, shard, commit=BulkJob._commit, reached=[]):
    commit(self, shard)
    if shard.number == 1 and not reached:
        reached.append(shard)
        time.sleep(300)

BulkJob._commit = commit_and_wait
"""
"""In front of `RUN`: once it has written a part of the second shard, it waits for the signal."""


@pytest.fixture(autouse=True)
def _sigterm():
    """Give back what the command changes for its process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("line-en.png", "line-zh.png"):
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


def test_a_table_of_what_the_pipeline_reads(source, tmp_path, capsys):
    from fpdf import FPDF

    document = FPDF(unit="pt", format=(340, 23))
    document.add_page()
    document.image(EXAMPLES / "line-en.png", 0, 0, 340)
    document.output(str(source / "z.pdf"))
    arguments = [str(source), str(tmp_path / "out"), "--granularity", "word", "-j", "1"]
    assert main(["bulk", *arguments]) == 1
    assert "3 read, 1 failed" in capsys.readouterr().err
    (part,) = (tmp_path / "out/results").iterdir()
    rows = parquet.read_table(part).to_pylist()
    assert [Path(row["input"]).name for row in rows] == ["line-en.png", "line-zh.png", "z.pdf#page=1"]
    pipeline = load_pipeline()
    for row in rows[:2]:
        page = page_json(pipeline.read(Path(row["input"]).read_bytes()))
        assert (row["text"], row["image"], row["model"]) == (page["text"], page["image"], page["model"])
    assert rows[2]["text"] == rows[0]["text"]
    assert " ".join(word["text"] for word in rows[0]["results"][0]["words"]) == rows[0]["text"]
    failed = (tmp_path / "out/failures.tsv").read_text(encoding="utf-8").split("\t")
    assert failed[:2] == [str(source / "bad.png"), "not_an_image"]


def test_a_document_for_each_input_into_any_store(source, capsys):
    memory = fsspec.filesystem("memory")
    try:
        assert main(["bulk", str(source), "memory://bulk-out", "-f", "pdf", "-j", "1"]) == 1
        assert memory.ls("/bulk-out/results", detail=False) == [
            "/bulk-out/results/line-en.png.pdf",
            "/bulk-out/results/line-zh.png.pdf",
        ]
        assert memory.cat("/bulk-out/results/line-zh.png.pdf").startswith(b"%PDF")
        capsys.readouterr()
        assert main(["bulk", str(source), "memory://bulk-out", "-f", "pdf"]) == 1
        assert "3 of them in an earlier run" in capsys.readouterr().err
    finally:
        memory.rm("/bulk-out", recursive=True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing", "out"], "missing does not exist"),
        (["nosuch://a", "out"], "nosuch://a cannot be read"),
        (["empty", "out"], "empty holds nothing that is read"),
        (["empty", "empty/file"], "cannot be written"),
        (["line.png", "out", "--engine", "ray", "--address", "127.0.0.1:1"], "No Ray cluster answers"),
        (["empty", "out", "--shard", "0"], "--shard"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments, sentence, tmp_path, monkeypatch, capsys):
    if "ray" in arguments:
        pytest.importorskip("ray", reason="the extra `ray` is not installed")
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("empty/file").write_text("no folder")
    Path("line.png").write_bytes((EXAMPLES / "line-en.png").read_bytes())
    assert main(["bulk", *arguments]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.scale)])
def test_an_interrupted_job_goes_on_where_it_stopped(sent, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    line = (EXAMPLES / "line-en.png").read_bytes()
    for index in range(60):
        (source / f"{index:03}.png").write_bytes(line)
    arguments = ["bulk", str(source), str(target), "-f", "jsonl", "--mode", "line", "--shard", "10", "-j", "1"]
    program = [sys.executable, "-c", RUN_UNTIL_INTERRUPTED + RUN]
    process = subprocess.Popen([*program, *arguments], stderr=subprocess.PIPE)
    while not list(target.glob("journal/00000001.json")):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(sent)
    _, said = process.communicate()
    assert process.returncode == 130, said.decode()
    assert b"Traceback" not in said
    done = sum(len(json.loads(path.read_text())) for path in target.glob("journal/*.json"))
    assert 10 < done < 60
    again = subprocess.run([sys.executable, "-c", RUN, *arguments], stderr=subprocess.PIPE, check=True)
    assert f"60 read, 0 failed, {done} of them in an earlier run".encode() in again.stderr
    rows = [json.loads(row) for part in sorted(target.glob("results/*")) for row in part.read_text().splitlines()]
    assert [row["input"] for row in rows] == [str(source / f"{index:03}.png") for index in range(60)]
    assert len({row["text"] for row in rows}) == 1
    assert "failures.tsv" in files(target)
