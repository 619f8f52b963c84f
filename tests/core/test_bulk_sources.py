"""Sources of bulk jobs: folders, globs, archives, tables, PDFs, fsspec; the same order in every run."""

import base64
import json
import os
import shutil
import tarfile
import zipfile
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


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


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


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz"])
def test_tar_members_are_harmless_and_unique(ending):
    path = f"in.{ending}"
    members = [
        ("a.png", b"1"),
        ("../../a.png", b"2"),
        ("/etc/a.png", b"3"),
        ("./a.png", b"4"),
        ("notes.md", b"-"),
        ("b.zip", b"-"),
    ]
    tar(path, members, f"w:{ending.partition('.')[2]}")
    assert read(path) == [
        (f"{path}!/a.png", b"1"),
        (f"{path}!/a~2.png", b"2"),
        (f"{path}!/etc/a.png", b"3"),
        (f"{path}!/a~3.png", b"4"),
        (f"{path}!/b.zip", "An archive or table in an archive is not read; unpack the outer one."),
    ]
    assert [one.place for one in inputs(path)][1] == f"{path}/a~2.png"
    assert count_inputs(path) == 5


def test_links_in_a_tar_are_failures_and_not_left_out():
    put("a.png")
    os.link("a.png", "hard.png")
    os.symlink("a.png", "soft.pdf")
    with tarfile.open("in.tar", "w") as archive:
        for name in ("a.png", "hard.png", "soft.pdf"):
            archive.add(name)
    sentence = "It is a link to a.png, and links in archives are not followed."
    assert read("in.tar") == [
        ("in.tar!/a.png", b"a.png"),
        ("in.tar!/hard.png", sentence),
        ("in.tar!/soft.pdf", sentence),
    ]


def damaged_archives():
    tar("whole.tar", [(f"{index}.png", bytes(600)) for index in range(3)])
    data = Path("whole.tar").read_bytes()
    yield "cut in a member", ".tar", data[:2300], 1
    yield "cut between members", ".tar", data[:3072], 2
    yield "damaged header", ".tar", data[:1536] + b"x" * 512 + data[2048:], 1
    yield "no archive", ".tar", b"hello", 0
    tar("whole.tgz", [(f"{index}.png", os.urandom(600)) for index in range(3)], "w:gz")
    yield "cut stream", ".tgz", Path("whole.tgz").read_bytes()[:-700], 1
    yield "no zip", ".zip", b"PK hello", 0
    members, mark, directory = bytes(zipped("a.png", "ü.png")).partition(b"PK\x01\x02")
    yield "zip of another version", ".zip", members + mark + directory[:2] + b"\x63" + directory[3:], 0
    yield "zip whose name is none", ".zip", members + mark + directory.replace("ü".encode(), b"\xc3\xff"), 0


def test_what_is_damaged_is_said_and_what_comes_before_is_read():
    for name, ending, data, good in damaged_archives():
        Path(f"bad{ending}").write_bytes(data)
        found = read(f"bad{ending}")
        assert sum(isinstance(content, bytes) for _, content in found) == good, name
        assert "damaged" in found[-1][1], name
        assert len({key for key, _ in found}) == len(found)


def zipped(*names):
    """Return the bytes of a zip file of `names`."""
    with zipfile.ZipFile("in.zip", "w") as archive:
        for name in names:
            archive.writestr(name, b"content of " + name.encode())
    return bytearray(Path("in.zip").read_bytes())


def test_zip_members_of_which_one_is_damaged_and_one_has_a_password():
    data = zipped("a.png", "b.png", "c.png")
    data[data.index(b"content of b")] ^= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # c.png claims to be encrypted
    Path("in.zip").write_bytes(data)
    (_, first), (_, second), (_, third) = read("in.zip")
    assert first == b"content of a.png"
    assert second.startswith("It is damaged in its archive: Bad CRC-32")
    assert "cannot be unpacked" in third
    assert "password" in third


def test_a_zip_member_whose_own_header_is_damaged_fails_alone():
    data = zipped("a.png", "b.png", "c.png")
    data[data.index(b"PK\x03\x04", 4)] = 0
    Path("in.zip").write_bytes(data)
    (_, first), (_, second), (_, third) = read("in.zip")
    assert (first, third) == (b"content of a.png", b"content of c.png")
    assert second.startswith("It is damaged in its archive: Bad magic number")


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
