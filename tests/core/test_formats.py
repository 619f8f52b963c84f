"""hOCR, ALTO, TSV, JSON and text: what is written for which page, and that no text breaks it."""

import json
import pickle
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from format_pages import EXAMPLES, NASTY, NOTHING, SMALL, UPWARDS
from written_formats import ALTO, no_image, of_class, rows, titles

from ocr_core.errors import BadOption
from ocr_core.formats import FORMATS, FormatName, format_named
from ocr_core.formats.alto import alto
from ocr_core.formats.hocr import hocr
from ocr_core.formats.tsv import COLUMNS, tsv
from ocr_core.note import Note
from ocr_core.pipeline import load_pipeline
from ocr_core.types import ReadOptions


@pytest.fixture(scope="module")
def real_page():
    data = (EXAMPLES / "receipt.png").read_bytes()
    return load_pipeline().read(data, ReadOptions(granularity="word"))


def test_hocr_tells_places_and_confidences():
    document = hocr([SMALL], 'a "b" <c>.png')
    assert titles(document, "ocr_page") == ["image \"a 'b' <c>.png\"; bbox 0 0 320 240; ppageno 0"]
    assert titles(document, "ocr_carea") == ["bbox 10 20 110 44", "bbox 10 60 50 84"]
    assert titles(document, "ocr_line") == ["bbox 10 20 110 44", "bbox 10 60 50 84"]
    assert titles(document, "ocrx_word")[:2] == ["bbox 10 20 30 44; x_wconf 50", "bbox 40 20 110 44; x_wconf 99"]


def test_hocr_has_the_spaces_of_the_lines_and_no_others():
    lines = of_class(hocr([SMALL]), "ocr_line")
    assert ["".join(line.itertext()) for line in lines] == ["总 A<&>", "下一"]


def test_hocr_tells_the_angle_counter_clockwise():
    assert titles(hocr([UPWARDS]), "ocr_line") == ["bbox 50 100 80 200; textangle 90.0"]
    assert [word.text for word in of_class(hocr([UPWARDS]), "ocrx_word")] == ["up"]


def test_identifiers_of_hocr_are_unique():
    found = [e.get("id") for e in ElementTree.fromstring(hocr([SMALL])).iter() if e.get("id")]
    assert len(found) == len(set(found)) == 1 + 2 * 3 + 4


def test_alto_has_strings_and_spaces_in_their_order():
    first, second = ElementTree.fromstring(alto([SMALL])).iter(f"{ALTO}TextLine")
    assert [element.tag for element in first] == [f"{ALTO}String", f"{ALTO}SP", f"{ALTO}String"]
    assert [element.get("CONTENT") for element in second] == ["下", "一"]
    place = {"HPOS": "40", "VPOS": "20", "WIDTH": "70", "HEIGHT": "24"}
    assert first[2].attrib == {"ID": "line_1_2", "CONTENT": "A<&>", "WC": "0.9870", **place}


def test_alto_tells_the_corners_of_a_line_that_is_not_level():
    polygons = ElementTree.fromstring(alto([UPWARDS])).iter(f"{ALTO}Polygon")
    assert [polygon.get("POINTS") for polygon in polygons] == ["50,200 50,100 80,100 80,200"]
    assert "Polygon" not in alto([SMALL])


def test_tsv_is_what_tesseract_writes():
    table = rows(tsv([SMALL]))
    assert tuple(table[0]) == COLUMNS
    assert [row["level"] for row in table] == ["1", *"23455", *"23455"]
    assert table[5] == dict(
        zip(COLUMNS, ["5", "1", "1", "1", "1", "2", "40", "20", "70", "24", "98.70", "A<&>"], strict=True)
    )
    assert {row["conf"] for row in table if row["level"] != "5"} == {"-1"}


@pytest.mark.parametrize("name", ["hocr", "alto"])
def test_no_text_breaks_a_document(name):
    document = FORMATS[name].write(NASTY, no_image, "\x07\udcff.png").decode()
    root = ElementTree.fromstring(document)
    words = [e.get("CONTENT") or e.text for e in root.iter() if e.get("class") == "ocrx_word" or e.get("CONTENT")]
    assert words == ["\ufffd\ufffd\ufffd\ufffd a\tb\n]]>&amp;\"'"]


def test_readers_of_html_see_the_end_of_what_is_empty():
    document = hocr([NOTHING, SMALL])
    assert "<title></title>" in document
    assert set(re.findall(r"<(\w+)[^<>]*/>", document)) == {"meta"}  # which has no end in HTML


@pytest.mark.parametrize("name", ["text", "tsv", "json"])
def test_half_a_character_is_replaced(name):
    assert "?" in FORMATS[name].write(NASTY, no_image, "\udcff.png").decode()


def test_no_text_breaks_a_table():
    *_, last = rows(tsv([replace(NASTY, lines=(NASTY.lines[0], *SMALL.lines))]))
    assert last["text"] == "一"
    assert len({row.count("\t") for row in tsv([NASTY]).splitlines()}) == 1


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("pdf", "png")])
def test_a_page_without_text_is_written(name):
    assert bool(FORMATS[name].write(NOTHING, no_image, "empty.png")) == (name != "text")


def test_places_lie_within_the_page(real_page):
    for row in rows(tsv([real_page])):
        left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
        assert 0 <= left < left + width <= real_page.width
        assert 0 <= top < top + height <= real_page.height


def test_words_of_all_formats_are_those_of_the_text(real_page):
    expected = "".join(real_page.text.split())
    table = "".join(row["text"] for row in rows(tsv([real_page])))
    strings = ElementTree.fromstring(alto([real_page])).iter(f"{ALTO}String")
    assert table == expected
    assert "".join(string.get("CONTENT") for string in strings) == expected
    assert "".join("".join(e.itertext()) for e in of_class(hocr([real_page]), "ocrx_word")) == expected


def test_json_names_its_file_if_it_has_one(real_page):
    content = json.loads(FORMATS["json"].write(real_page, no_image, "a.png"))
    assert content.pop("file") == "a.png"
    assert content == json.loads(FORMATS["json"].write(real_page, no_image, ""))
    assert content["text"] == real_page.text


def test_words_are_asked_for_where_a_format_needs_them():
    plain, letters = ReadOptions(mode="page"), ReadOptions(granularity="char")
    assert FORMATS["hocr"].options(plain) == ReadOptions(mode="page", granularity="word")
    assert FORMATS["hocr"].options(letters) == letters
    assert FORMATS["text"].options(plain) == plain


def test_formats_are_known_by_name():
    assert set(FORMATS) == set(FormatName.__args__)
    assert format_named("alto") is FORMATS["alto"]
    with pytest.raises(BadOption, match=r"format='doc'.*text, json, hocr, alto, tsv, pdf, png"):
        format_named("doc")


def test_codes_of_warnings_are_told_where_all_have_one():
    warned = replace(SMALL, warnings=(Note("It was cut.", "cut_short"), Note("Small: 7.", "small_print", "7")))
    content = json.loads(FORMATS["json"].write(pickle.loads(pickle.dumps(warned)), no_image, ""))
    assert content["warnings"] == ["It was cut.", "Small: 7."]
    assert content["warning_details"] == [
        {"code": "cut_short", "values": []},
        {"code": "small_print", "values": ["7"]},
    ]
    others = replace(SMALL, warnings=(*warned.warnings, "Somebody else's."))
    assert "warning_details" not in json.loads(FORMATS["json"].write(others, no_image, ""))
