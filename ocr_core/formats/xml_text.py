"""What every format in XML needs: text without forbidden characters, and a tree as a document."""

import re
from typing import Any
from xml.etree import ElementTree

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, in any notation: https://www.w3.org/TR/xml/#charsets."""

_HYPHEN = "\u2010"


def xml_safe(text: str) -> str:
    """Return `text` with U+FFFD in place of what XML cannot hold; markup is escaped by the tree, not here."""
    return _FORBIDDEN.sub("\ufffd", text)


def comment(text: str) -> "ElementTree.Element[Any]":
    """Return `text` as a comment, which may hold no two hyphens in a row: what looks like one stands there."""
    return ElementTree.Comment(f" {xml_safe(text).replace('-', _HYPHEN)} ")


def document(root: ElementTree.Element, doctype: str = "") -> str:
    """Return `root` as an XML document, with `doctype` before it."""
    content = ElementTree.tostring(root, encoding="unicode", short_empty_elements=not doctype)
    if doctype:
        # a reader of HTML takes <title /> and <div /> for a beginning, and all that follows for their content
        content = content.replace("></meta>", " />")  # which has no end in HTML
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{content}\n'
