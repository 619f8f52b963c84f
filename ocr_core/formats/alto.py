"""ALTO 4: what libraries and archives keep beside a scan.

Schema: https://www.loc.gov/standards/alto/v4/alto-4-2.xsd; later ones of version 4 accept the same.
"""

from collections.abc import Sequence
from xml.etree import ElementTree

from ocr_core.document_result import Sheet, UnreadPage, model_of
from ocr_core.errors import UnreadableImage
from ocr_core.formats.placed_words import around, blocks, words
from ocr_core.formats.xml_text import document, xml_safe
from ocr_core.types import Box, LineResult, PageResult

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"


def alto(sheets: Sequence[Sheet], name: str = "") -> str:
    """Return `sheets` as an ALTO document: blocks, lines, strings and the spaces between them, in pixels.

    Args:
        sheets: at least one, read with `granularity="word"`; else each line is one string. An unread one is a page
            without content whose `QUALITY_DETAIL` tells why.
        name: of the file that was read, as the document shall refer to it.
    """
    root = ElementTree.Element(
        "alto",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
        },
    )
    _describe(ElementTree.SubElement(root, "Description"), model_of(sheets), name)
    layout = ElementTree.SubElement(root, "Layout")
    for sheet in sheets:
        if isinstance(sheet, UnreadPage):
            quality = {"QUALITY": "Damaged"} if isinstance(sheet.error, UnreadableImage) else {}
            reason = {**quality, "QUALITY_DETAIL": xml_safe(sheet.sentence)}
            ElementTree.SubElement(layout, "Page", {**_names(sheet.number), **reason})
        else:
            _add_page(layout, sheet)
    return document(root)


def _add_page(layout: ElementTree.Element, page: PageResult) -> None:
    """Put `page` into `layout`. Identifiers begin with its number where it is not the first: they are unique."""
    of_page = f"p{page.number}_" if page.number > 1 else ""
    size = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    sheet = ElementTree.SubElement(layout, "Page", {**_names(page.number), **size})
    space = ElementTree.SubElement(sheet, "PrintSpace", _place(Box(0, 0, page.width, page.height)))
    line_number = 0
    for number, lines in enumerate(blocks(page), 1):
        place = _place(around(lines))
        block = ElementTree.SubElement(space, "TextBlock", {"ID": f"{of_page}block_{number}", **place})
        for line in lines:
            line_number += 1
            _add_line(block, line, f"{of_page}line_{line_number}")


def _describe(description: ElementTree.Element, model: str, name: str) -> None:
    """Say what was measured, on which file, and by what."""
    ElementTree.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ElementTree.SubElement(description, "sourceImageInformation")
    ElementTree.SubElement(source, "fileName").text = xml_safe(name)
    processing = ElementTree.SubElement(description, "Processing", {"ID": "ocr"})
    software = ElementTree.SubElement(processing, "processingSoftware")
    ElementTree.SubElement(software, "softwareName").text = "ocr-pair"
    ElementTree.SubElement(software, "softwareVersion").text = model


def _add_line(block: ElementTree.Element, line: LineResult, identifier: str) -> None:
    """Put `line` into `block`; where it stands askew, its corners too."""
    found = ElementTree.SubElement(block, "TextLine", {"ID": identifier, **_place(line.box)})
    box = line.box
    if line.polygon != ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)):
        points = " ".join(f"{x},{y}" for x, y in line.polygon)
        ElementTree.SubElement(ElementTree.SubElement(found, "Shape"), "Polygon", {"POINTS": points})
    for index, (word, spaced) in enumerate(words(line), 1):
        content = {"ID": f"{identifier}_{index}", "CONTENT": xml_safe(word.text), "WC": f"{word.confidence:.4f}"}
        ElementTree.SubElement(found, "String", {**content, **_place(word.box)})
        if spaced:
            ElementTree.SubElement(found, "SP")


def _names(number: int) -> dict[str, str]:
    return {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number)}


def _place(box: Box) -> dict[str, str]:
    return {
        "HPOS": str(box.x0),
        "VPOS": str(box.y0),
        "WIDTH": str(box.x1 - box.x0),
        "HEIGHT": str(box.y1 - box.y0),
    }
