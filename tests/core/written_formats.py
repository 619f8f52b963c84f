"""What the tests of the formats look for in a file."""

import csv
import io
from xml.etree import ElementTree

from ocr_core.formats.alto import NAMESPACE

XHTML = "{http://www.w3.org/1999/xhtml}"
ALTO = f"{{{NAMESPACE}}}"


def no_image(number):
    raise AssertionError("this format needs no image")


def of_class(document, name):
    return [e for e in ElementTree.fromstring(document).iter() if e.get("class") == name]


def titles(document, name):
    return [element.get("title") for element in of_class(document, name)]


def rows(table):
    return list(csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE))
