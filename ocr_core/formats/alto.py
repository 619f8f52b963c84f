"""ALTO 4: what libraries and archives keep beside a scan.

Schema: https://www.loc.gov/standards/alto/v4/alto-4-2.xsd; later ones of version 4 accept the same.
"""

from xml.etree import ElementTree

from ocr_core.formats.placed_words import around, blocks, words
from ocr_core.formats.xml_text import document, xml_safe
from ocr_core.types import Box, LineResult, PageResult

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"


def alto(page: PageResult, name: str = "") -> str:
    """Return `page` as an ALTO document: blocks, lines, strings and the spaces between them, in pixels.

    Args:
        page: a result, read with `granularity="word"`; else each line is one string.
        name: of the image file, as the document shall refer to it.
    """
    root = ElementTree.Element(
        "alto",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
        },
    )
    _describe(ElementTree.SubElement(root, "Description"), page, name)
    size = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    layout = ElementTree.SubElement(root, "Layout")
    sheet = ElementTree.SubElement(layout, "Page", {"ID": "page_1", "PHYSICAL_IMG_NR": "1", **size})
    space = ElementTree.SubElement(sheet, "PrintSpace", _place(Box(0, 0, page.width, page.height)))
    line_number = 0
    for number, lines in enumerate(blocks(page), 1):
        place = _place(around(lines))
        block = ElementTree.SubElement(space, "TextBlock", {"ID": f"block_{number}", **place})
        for line in lines:
            line_number += 1
            _add_line(block, line, f"line_{line_number}")
    return document(root)


def _describe(description: ElementTree.Element, page: PageResult, name: str) -> None:
    """Say what was measured, on which file, and by what."""
    ElementTree.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ElementTree.SubElement(description, "sourceImageInformation")
    ElementTree.SubElement(source, "fileName").text = xml_safe(name)
    processing = ElementTree.SubElement(description, "Processing", {"ID": "ocr"})
    software = ElementTree.SubElement(processing, "processingSoftware")
    ElementTree.SubElement(software, "softwareName").text = "ocr-pair"
    ElementTree.SubElement(software, "softwareVersion").text = page.model


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


def _place(box: Box) -> dict[str, str]:
    return {
        "HPOS": str(box.x0),
        "VPOS": str(box.y0),
        "WIDTH": str(box.x1 - box.x0),
        "HEIGHT": str(box.y1 - box.y0),
    }
