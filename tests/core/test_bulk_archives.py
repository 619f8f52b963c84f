"""The members of tar and zip files as inputs of bulk jobs; what is damaged fails alone."""

import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from bulk_inputs import put, read, tar

from ocr_core.bulk.sources import count_inputs, inputs

pytestmark = pytest.mark.usefixtures("here")


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
