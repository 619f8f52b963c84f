"""Pages of PDFs and TIFFs as inputs of bulk jobs, wherever the file is."""

import io
import struct
from pathlib import Path

import fsspec
import pytest
from bulk_inputs import keys, put, tar
from PIL import Image

from ocr_core.bulk import tiff_pages
from ocr_core.bulk.inputs import file_bytes
from ocr_core.bulk.sources import count_inputs, inputs
from ocr_core.errors import InputError

pytestmark = pytest.mark.usefixtures("here")


def test_pages_of_pdfs_are_inputs_wherever_the_pdf_is():
    from fpdf import FPDF

    document = FPDF(unit="pt", format=(100, 50))
    for _ in range(3):
        document.add_page()
    document.output("a.pdf")
    put("b.pdf", b"%PDF-1.7 nothing else")
    tar("in.tar", [("deep/a.pdf", Path("a.pdf").read_bytes())])
    pages = [f"#page={number}" for number in (1, 2, 3)]
    assert keys("*") == ["a.pdf" + page for page in pages] + ["b.pdf#page=1"] + [
        "in.tar!/deep/a.pdf" + page for page in pages
    ]
    found = list(inputs("*"))
    assert [one.place for one in found][2:5] == [
        "a.pdf/page-00003",
        "b.pdf/page-00001",
        "in.tar/deep/a.pdf/page-00001",
    ]
    assert [one.content().page for one in found[:3]] == [1, 2, 3]
    assert file_bytes(found[-1].content()) == Path("a.pdf").read_bytes()


def tiff(pages):
    file, sheet = io.BytesIO(), Image.new("L", (9, 9))
    sheet.save(file, "TIFF", save_all=True, append_images=[sheet] * (pages - 1))
    return file.getvalue()


def test_pages_of_tiffs_are_inputs_wherever_the_tiff_is(here):
    put("in/a.tif", tiff(3))
    put("in/b.TIFF", tiff(1))
    put("in/c.tif", b"no TIFF")
    tar("in/d.tar", [("e.tif", tiff(2)), ("f.tif", tiff(1))])
    expected = ["a.tif#page=1", "a.tif#page=2", "a.tif#page=3", "b.TIFF", "c.tif"]
    expected += ["d.tar!/e.tif#page=1", "d.tar!/e.tif#page=2", "d.tar!/f.tif"]
    assert keys("in") == [f"in/{name}" for name in expected]
    found = list(inputs("in"))
    assert [one.place for one in found][2:6] == ["a.tif/page-00003", "b.TIFF", "c.tif", "d.tar/e.tif/page-00001"]
    assert [one.content().page for one in found] == [1, 2, 3, None, None, 1, 2, None]
    assert file_bytes(found[-1].content()) == tiff(1)
    assert count_inputs("in") == 3 + 1 + 1 + 2  # archives are not unpacked for it
    memory = fsspec.filesystem("memory")
    try:
        memory.put(str(here / "in"), "/bulk-tiff/", recursive=True)
        assert keys("memory://bulk-tiff/in") == [f"memory:///bulk-tiff/in/{name}" for name in expected]
        assert count_inputs("memory://bulk-tiff/in/*.tif") == 2
    finally:
        memory.rm("/bulk-tiff", recursive=True)


def test_remote_tiffs_are_asked_ahead_and_stay_in_order(monkeypatch):
    memory = fsspec.filesystem("memory")
    monkeypatch.setattr(tiff_pages, "AHEAD", 3)
    names = [f"{number:02}.{'png' if number % 3 == 0 else 'tif'}" for number in range(20)]
    try:
        for number, name in enumerate(names):
            memory.pipe(f"/bulk-ahead/{name}", tiff(1 + number % 2))
        pages = [[""], ["#page=1", "#page=2"]]
        expected = [n + page for i, n in enumerate(names) for page in ([""] if n.endswith("png") else pages[i % 2])]
        assert keys("memory://bulk-ahead") == [f"memory:///bulk-ahead/{name}" for name in expected]
    finally:
        memory.rm("/bulk-ahead", recursive=True)


def test_a_tiff_whose_pages_cannot_be_counted_fails_and_is_no_picture(monkeypatch):
    memory, asked = fsspec.filesystem("memory"), []

    def lost(stream):
        asked.append(stream)
        raise ConnectionResetError("the store is away")

    monkeypatch.setattr(tiff_pages, "tiff_pages", lost)
    monkeypatch.setattr(tiff_pages.time, "sleep", lambda seconds: None)
    try:
        memory.pipe("/bulk-lost/a.tif", tiff(3))
        (found,) = inputs("memory://bulk-lost")
        with pytest.raises(InputError, match=r"cannot be counted: the store is away"):
            found.content()
        assert len(asked) == tiff_pages.ATTEMPTS
    finally:
        memory.rm("/bulk-lost", recursive=True)


def test_a_tiff_that_leads_back_to_its_own_pages_has_each_once():
    looped = struct.pack("<4sIHI", b"II*\0", 8, 0, 8)  # an empty directory that is followed by itself
    assert tiff_pages.tiff_pages(io.BytesIO(looped)) == 1
