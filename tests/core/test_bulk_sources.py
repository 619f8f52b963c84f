"""Sources of bulk jobs: folders, globs, tables, fsspec; the same order in every run."""

import base64
import json
import os
import shutil
from pathlib import Path

import fsspec
import pyarrow
import pytest
from bulk_inputs import keys, put, read, tar
from pyarrow import parquet

from ocr_core.bulk import found_files
from ocr_core.bulk.inputs import file_bytes
from ocr_core.bulk.sources import count_inputs, inputs
from ocr_core.errors import BadOption

pytestmark = pytest.mark.usefixtures("here")


def test_a_folder_is_read_in_order_and_what_is_no_picture_is_passed_over():
    for name in ("in/b.png", "in/a.JPG", "in/deep/er/c.tif", "in/notes.md", "in/a/z.gif", "in/out/results/x.png"):
        put(name)
    os.symlink("..", "in/loop")
    os.symlink("nowhere", "in/dead.png")
    assert read("in", target="in/out") == [
        ("in/a/z.gif", b"z.gif"),
        ("in/a.JPG", b"a.JPG"),
        ("in/b.png", b"b.png"),
        ("in/dead.png", "No such file or directory."),
        ("in/deep/er/c.tif", b"c.tif"),
    ]
    assert [one.place for one in inputs("in/deep")] == ["er/c.tif"]
    assert count_inputs("in", target="in/out") == 5


def test_many_names_are_put_in_order_on_disk(monkeypatch):
    names = [f"{number * 7919 % 1000:03}.png" for number in range(1000)] + ["é.png", "中.png"]
    for name in names:
        put(f"in/{name}")
    in_memory = keys("in")
    monkeypatch.setattr(found_files, "HELD", 10)
    assert keys("in") == in_memory == sorted(f"in/{name}" for name in names)


def test_names_that_are_no_utf8_are_read_and_can_be_told():
    os.mkdir("in")
    with open(b"in/\xff.png", "wb") as file:
        file.write(b"x")
    assert read("in") == [("in/\\xff.png", b"x")]


def test_globs_and_single_files():
    for name in ("in/a/1.png", "in/b/1.png", "in/b/2.jpg", "in/odd"):
        put(name)
    assert [(one.key, one.place) for one in inputs("in/*/1.png")] == [
        ("in/a/1.png", "a/1.png"),
        ("in/b/1.png", "b/1.png"),
    ]
    assert keys("in/**/*.jpg") == ["in/b/2.jpg"]
    assert read("in/odd") == [("in/odd", b"odd")]
    with pytest.raises(BadOption, match="missing does not exist"):
        keys("missing")
    with pytest.raises(BadOption, match="cannot be read"):
        keys("nosuch://x")


def test_json_lines_that_are_too_deep_or_hold_halves_of_characters():
    put("in/a.png", b"A")
    Path("in/t.jsonl").write_text("[" * 100_000 + '\n{"id": "\\ud800", "path": "a.png"}\n')
    (_, deep), (_, content), _ = sorted(read("in"), key=lambda one: "row" not in one[0])
    assert deep.startswith("The line is no JSON")
    assert content == b"A"
    assert list(inputs("in/t.jsonl"))[1].content().name == "?"


def test_json_lines_hold_paths_or_bytes():
    put("tables/pictures/a.png", b"A")
    rows = [
        {"path": "pictures/a.png", "id": "first"},
        {"bytes": base64.b64encode(b"B").decode()},
        {"bytes": "?"},
        {"other": 1},
        [],
    ]
    lines = [json.dumps(row) for row in rows] + ["{", "", json.dumps({"path": "gone.png"})]
    put("tables/t.jsonl", "\n".join(lines).encode())
    found = read("tables/t.jsonl")
    assert [key for key, _ in found] == [f"tables/t.jsonl#row={n}" for n in (1, 2, 3, 4, 5, 6, 8)]
    contents = [content for _, content in found]
    assert contents[:2] == [b"A", b"B"]
    for said, content in zip(
        ["no base64", "names no picture", "no JSON object", "no JSON", "No such file"], contents[2:], strict=True
    ):
        assert said in content
    assert next(inputs("tables/t.jsonl")).content().name == "first"
    assert read("tables/t.jsonl", column="id")[0] == ("tables/t.jsonl#row=1", "No such file or directory.")


def test_parquet_rows_are_unpacked_only_when_asked_for():
    rows = [{"image": {"bytes": b"x" * number, "path": f"{number}.png"}, "n": number} for number in range(1, 41)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), "t.parquet", row_group_size=7)
    assert [content for _, content in read("t.parquet")] == [b"x" * number for number in range(1, 41)]
    wanted = [one for index, one in enumerate(inputs("t.parquet")) if index in (3, 4, 38)]
    assert [one.key for one in wanted] == [f"t.parquet#row={number}" for number in (4, 5, 39)]
    some = (one for one in inputs("t.parquet"))
    assert [len(file_bytes(one.content())) for one in some if one.key.endswith(("row=4", "row=39"))] == [4, 39]
    assert "No column is called nothing" in read("t.parquet", column="nothing")[0][1]
    put("bad.parquet", b"PAR1 no table PAR1")
    assert "cannot be read" in read("bad.parquet")[0][1]


def test_a_path_in_parquet_that_is_no_utf8_fails_alone():
    put("a.png", b"A")
    paths = pyarrow.array([b"a.png", b"\xff.png", b"a.png"]).view(pyarrow.string())
    parquet.write_table(pyarrow.table({"path": paths}), "t.parquet")
    (_, first), (_, second), (_, third) = read("t.parquet")
    assert (first, third) == (b"A", b"A")
    assert second.startswith("The table is damaged: 'utf-8' codec")


def test_fsspec_addresses(here):
    put("in/a.png", b"A")
    tar("in/b.tar", [("c.png", b"C")])
    expected = [content for _, content in read("in")]
    assert [content for _, content in read(f"file://{here}/in")] == expected
    memory = fsspec.filesystem("memory")
    try:
        memory.put(str(here / "in"), "/bulk-test/", recursive=True)
        assert read("memory://bulk-test/in") == [
            ("memory:///bulk-test/in/a.png", b"A"),
            ("memory:///bulk-test/in/b.tar!/c.png", b"C"),
        ]
        assert keys("memory://bulk-test/*/*.png") == ["memory:///bulk-test/in/a.png"]
        before = [one.digest for one in inputs("memory://bulk-test/in")]
        memory.pipe("/bulk-test/in/a.png", b"B")
        after = [one.digest for one in inputs("memory://bulk-test/in")]
        assert before[0] != after[0]
        assert before[1] == after[1]
        assert count_inputs("memory://bulk-test/in") is None  # the archive would be fetched twice
    finally:
        memory.rm("/bulk-test", recursive=True)


def test_digests_change_with_the_input(here):
    put("in/a.png", b"1")
    put("in/b.png", b"1")
    before = [one.digest for one in inputs("in")]
    assert before == [one.digest for one in inputs("in")]
    put("in/b.png", b"22")
    after = [one.digest for one in inputs("in")]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)
    shutil.copytree("in", "other")
    assert not {*after} & {one.digest for one in inputs("other")}
