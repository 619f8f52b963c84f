"""Puts tables into a document, each between its marks, so that what the document says is what was printed."""

import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path


def fill(document: Path, name: str, command: Callable[[], None]) -> None:
    """Run `command`, and put what it prints between the marks `simulation:name` of `document`.

    Raises `ValueError` where the document has no such marks.
    """
    printed = StringIO()
    with redirect_stdout(printed):
        command()
    sys.stdout.write(f"{name}\n{printed.getvalue()}\n")
    sys.stdout.flush()
    begin, end = f"<!-- simulation:{name} -->", f"<!-- /simulation:{name} -->"
    text = document.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise ValueError(f"{document} has no place for {name}: write {begin} and {end} into it.")
    filled = f"{begin}\n{printed.getvalue()}{end}"
    document.write_text(
        re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: filled, text, flags=re.DOTALL), encoding="utf-8"
    )
