"""Several pages in each format, unread ones in their places; a PNG, which holds one page."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from format_pages import SMALL, UPWARDS
from written_formats import ALTO, XHTML, no_image, rows, titles

from ocr_core.document_result import DocumentResult, UnreadPage
from ocr_core.errors import BadOption, ImageTooLarge, UnreadableImage
from ocr_core.formats import FORMATS
from ocr_core.formats.marked_image import FRAME

TWO_PAGES = DocumentResult((replace(SMALL, number=2), replace(UPWARDS, number=5)), 6)


def written(name, result=TWO_PAGES):
    return FORMATS[name].write(result, no_image, "a.pdf").decode()


def test_text_has_form_feeds_between_pages():
    assert written("text") == f"{SMALL.text}\fup\n"


def test_json_of_a_document_has_its_pages():
    content = json.loads(FORMATS["json"].write(TWO_PAGES, no_image, ""))
    assert content["text"] == f"{SMALL.text}\fup"
    assert (content["page_count"], content["model"]) == (6, "crnn-0")
    assert content["timings_ms"] == {"decode": 2.0, "detect": 4.0, "recognize": 6.0, "total": 12.0}
    pages = content["pages"]
    assert [page.pop("page") for page in pages] == [2, 5]
    assert pages == [json.loads(FORMATS["json"].write(page, no_image, "")) for page in TWO_PAGES.pages]


DAMAGED = UnreadPage(3, UnreadableImage("It is -- say -- damaged & cut."), 1)
PARTLY = replace(TWO_PAGES, unread=(DAMAGED, UnreadPage(6, ImageTooLarge("It has 100 megapixels."), 3)))


def test_unread_pages_are_told_in_their_places():
    first, second = (page.text for page in TWO_PAGES.pages)
    told = ["Page 3 was not read: It is -- say -- damaged & cut.", "Page 6 was not read: It has 100 megapixels."]
    assert written("text", PARTLY) == f"{first}\f[{told[0]}]\f{second}\f[{told[1]}]\n"
    pages = [row for row in rows(written("tsv", PARTLY)) if row["level"] == "1"]
    assert [(row["page_num"], row["width"], row["text"]) for row in pages] == [
        ("2", "320", ""),
        ("3", "0", told[0]),
        ("5", "320", ""),
        ("6", "0", told[1]),
    ]
    builder = ElementTree.TreeBuilder(insert_comments=True)
    body = ElementTree.fromstring(written("hocr", PARTLY), ElementTree.XMLParser(target=builder)).find(
        f"{XHTML}body"
    )
    notes = [sheet.text.strip() if sheet.tag is ElementTree.Comment else "" for sheet in body]
    assert notes == ["", told[0].replace("--", "‐‐"), "", told[1]]
    sheets = ElementTree.fromstring(written("alto", PARTLY)).iter(f"{ALTO}Page")
    assert [(s.get("ID"), s.get("QUALITY"), s.get("QUALITY_DETAIL"), len(s)) for s in sheets] == [
        ("page_2", None, None, 1),
        ("page_3", "Damaged", told[0], 0),
        ("page_5", None, None, 1),
        ("page_6", None, told[1], 0),
    ]


def test_warnings_of_a_document_name_their_page():
    warned = DocumentResult((replace(SMALL, number=3, warnings=("Small print.",)), SMALL), 3)
    assert warned.warnings == ("Page 3: Small print.",)


def test_pages_of_hocr_alto_and_tsv_have_their_numbers():
    assert [title.split("; ")[-1] for title in titles(written("hocr"), "ocr_page")] == ["ppageno 1", "ppageno 4"]
    sheets = list(ElementTree.fromstring(written("alto")).iter(f"{ALTO}Page"))
    assert [(sheet.get("ID"), sheet.get("PHYSICAL_IMG_NR")) for sheet in sheets] == [
        ("page_2", "2"),
        ("page_5", "5"),
    ]
    assert {row["page_num"] for row in rows(written("tsv"))} == {"2", "5"}


@pytest.mark.parametrize("name", ["hocr", "alto"])
def test_identifiers_are_unique_over_pages(name):
    root = ElementTree.fromstring(written(name))
    found = [value for e in root.iter() for key, value in e.items() if key.lower() == "id"]
    assert len(found) == len(set(found)) > 10


def test_marked_image_has_a_frame_and_a_number_at_each_line():
    paper = cv2.imencode(".png", np.full((240, 320, 3), 255, np.uint8))[1].tobytes()
    marked = cv2.imdecode(
        np.frombuffer(FORMATS["png"].write(SMALL, lambda _: paper, ""), np.uint8), cv2.IMREAD_COLOR
    )
    assert marked.shape == (240, 320, 3)
    assert marked[44, 60].tolist() == pytest.approx(FRAME, abs=25)  # under the first line
    assert (marked[:18] != 255).any()  # the number stands above it, as there is no room on its left
    assert (marked[100:] == 255).all()
    assert (marked[25:40, 14:106] == 255).all()  # and nothing over the print


def test_a_png_holds_one_page():
    with pytest.raises(BadOption, match="one page"):
        written("png")
