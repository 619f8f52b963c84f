"""What every format in XML needs: text without forbidden characters, and a tree as a document."""

import re
from xml.etree import ElementTree

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, in any notation: https://www.w3.org/TR/xml/#charsets."""


def xml_safe(text: str) -> str:
    """Return `text` with U+FFFD in place of what XML cannot hold; markup is escaped by the tree, not here."""
    return _FORBIDDEN.sub("\ufffd", text)


def document(root: ElementTree.Element, doctype: str = "") -> str:
    """Return `root` as an XML document, with `doctype` before it."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{ElementTree.tostring(root, encoding="unicode")}\n'
