"""hOCR 1.2: a document of HTML whose elements say where their text stands.

Specification: https://kba.github.io/hocr-spec/1.2/. It is well-formed XML, as readers expect.
"""

import math
from collections.abc import Sequence
from xml.etree import ElementTree

from ocr_core.document_result import Sheet, UnreadPage, model_of
from ocr_core.formats.placed_words import around, blocks, words
from ocr_core.formats.xml_text import comment, document, xml_safe
from ocr_core.types import Box, LineResult, PageResult

_DOCTYPE = "<!DOCTYPE html>\n"

_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word"

LEVEL = 1.0
"""Degrees; the angle of lines that run less askew is not told."""


def hocr(sheets: Sequence[Sheet], name: str = "") -> str:
    """Return `sheets` as an hOCR document: pages, blocks, lines, words.

    Args:
        sheets: at least one, read with `granularity="word"`; else each line is one word. An unread one is a
            comment: readers take the size of each `ocr_page` for given.
        name: of the file that was read, as the document shall refer to it.
    """
    html = ElementTree.Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    head = ElementTree.SubElement(html, "head")
    ElementTree.SubElement(head, "title").text = xml_safe(name)
    ElementTree.SubElement(head, "meta", {"charset": "utf-8"})
    ElementTree.SubElement(head, "meta", {"name": "ocr-system", "content": f"ocr-pair {model_of(sheets)}"})
    ElementTree.SubElement(head, "meta", {"name": "ocr-capabilities", "content": _CAPABILITIES})
    body = ElementTree.SubElement(html, "body")
    for sheet in sheets:
        if isinstance(sheet, UnreadPage):
            body.append(comment(sheet.sentence))
        else:
            _add_page(body, sheet, name)
    return document(html, _DOCTYPE)


def _add_page(body: ElementTree.Element, page: PageResult, name: str) -> None:
    """Put `page` into `body`; `ppageno` counts the pages of the file from 0."""
    size = _bbox(Box(0, 0, page.width, page.height))
    file = xml_safe(name).replace('"', "'")
    title = f'image "{file}"; {size}; ppageno {page.number - 1}'
    sheet = _element(body, "div", "ocr_page", f"page_{page.number}", title)
    line_number = 0
    for number, lines in enumerate(blocks(page), 1):
        place = _bbox(around(lines))
        area = _element(sheet, "div", "ocr_carea", f"block_{page.number}_{number}", place)
        paragraph = _element(area, "p", "ocr_par", f"par_{page.number}_{number}", place)
        for line in lines:
            line_number += 1
            _add_line(paragraph, line, f"{page.number}_{line_number}")


def _add_line(paragraph: ElementTree.Element, line: LineResult, number: str) -> None:
    """Put `line` and its words into `paragraph`; spaces stand between words where they do in the line."""
    found = _element(paragraph, "span", "ocr_line", f"line_{number}", _bbox(line.box) + _angle(line))
    found.tail = "\n"
    for index, (word, spaced) in enumerate(words(line), 1):
        title = f"{_bbox(word.box)}; x_wconf {round(word.confidence * 100)}"
        element = _element(found, "span", "ocrx_word", f"word_{number}_{index}", title)
        element.text = xml_safe(word.text)
        element.tail = " " if spaced else None


def _element(parent: ElementTree.Element, tag: str, kind: str, identifier: str, title: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {"class": kind, "id": identifier, "title": title})


def _bbox(box: Box) -> str:
    return f"bbox {box.x0} {box.y0} {box.x1} {box.y1}"


def _angle(line: LineResult) -> str:
    """Return the property that tells the angle of `line`, counter-clockwise; nothing for a level line."""
    (x0, y0), (x1, y1) = line.polygon[:2]
    angle = math.degrees(math.atan2(y0 - y1, x1 - x0))
    return f"; textangle {angle:.1f}" if abs(angle) >= LEVEL else ""
