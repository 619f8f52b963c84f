"""The process that opens a PDF for `pdf_input`: alone with it, within bounds of memory and time.

PDFium is C++ that reads what strangers send, is not safe to use from several threads, and unpacks an image of any
size that a file declares. Here it may crash, hang or ask for too much without harm to anybody else's reading.

    stdin   one line of JSON, {"bytes", "memory", "cpu_s"}, and the file; then a line for each page that is wanted:
            {"page": index, "dpi", "least_dpi", "pixels": most of them, "text": bool}
    stdout  one line of JSON for each: {"pages": n} first; then for a text {"width", "height", "lines"}, for a
            picture {"width", "height", "stride", "dpi"} and height x stride bytes, blue, green, red; or
            {"error": ...}.

Run by its path, it imports nothing of this package: it starts in a tenth of a second.
"""

import json
import math
import resource
import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pypdfium2
from pypdfium2 import raw

POINTS_PER_INCH = 72
WHOLE_PAGE = 0.8
"""Share of a page from which a single image on it is taken for a scan of it."""

SCAN_DPI = 300
"""Most pixels an inch that a scan is given; more are lost work."""

ENOUGH_PIXELS = 8_000_000
"""A page with a scan is given at least so many, or the resolution of other pages: what seems to be a scan may be
the background of a slide. Some programs give a scan a point for each pixel, and then these are enough."""

OBJECTS = 20
"""Objects of a page among which such a scan is looked for."""

CHARACTERS = 100_000
"""Most characters of a page whose text is told."""

PASSWORD_ERRORS = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)

Reply = dict[str, Any]


def main() -> None:
    """Answer on stdout what is asked on stdin, until its end."""
    order = json.loads(sys.stdin.buffer.readline())
    _bound(order["memory"], order["cpu_s"])
    data = sys.stdin.buffer.read(order["bytes"])
    try:
        document = pypdfium2.PdfDocument(data)
        document.init_forms()  # what was typed into the fields of a form is seen too
    except pypdfium2.PdfiumError as error:
        _reply({"error": "password" if error.err_code in PASSWORD_ERRORS else "damaged"})
        return
    _reply({"pages": len(document)})
    for line in sys.stdin.buffer:
        wanted = json.loads(line)
        try:
            page = document[wanted["page"]]
            answer, pixels = _text(page, wanted) if wanted["text"] else _picture(page, wanted)
            page.close()
        except (pypdfium2.PdfiumError, ValueError, OverflowError):
            answer, pixels = {"error": "damaged"}, b""
        _reply(answer, pixels)


def _bound(memory: int, cpu_s: int) -> None:
    """Let this process have `memory` bytes and `cpu_s` seconds of a CPU, and leave no dump of its memory."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _reply(answer: Reply, pixels: bytes | memoryview = b"") -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(pixels)
    sys.stdout.buffer.flush()


def _picture(page: pypdfium2.PdfPage, wanted: Reply) -> tuple[Reply, bytes | memoryview]:
    """Return the size and the pixels of a page, or an error where even `least_dpi` would give too many pixels."""
    dpi = _resolution(page, wanted["dpi"], wanted["pixels"])
    if dpi < wanted["least_dpi"]:
        return {"error": "large", "inches": [side / POINTS_PER_INCH for side in page.get_size()]}, b""
    bitmap = page.render(scale=dpi / POINTS_PER_INCH)
    size = {"width": bitmap.width, "height": bitmap.height, "stride": bitmap.stride, "dpi": dpi}
    return size, memoryview(bitmap.buffer)


def _resolution(page: pypdfium2.PdfPage, dpi: float, pixels: int) -> float:
    """Return the pixels an inch to draw a page with: those of the scan that it is, else `dpi`; within `pixels`."""
    width, height = page.get_size()
    if not (math.isfinite(width * height) and width > 0 and height > 0):
        raise ValueError("a page without an area")

    def dpi_of(pixels: float, area: float) -> float:
        return POINTS_PER_INCH * math.sqrt(pixels / area)

    for found in islice(page.get_objects(max_depth=1), OBJECTS):
        if isinstance(found, pypdfium2.PdfImage):
            left, bottom, right, top = found.get_bounds()
            area = (right - left) * (top - bottom)
            if area >= WHOLE_PAGE * width * height:
                own = min(SCAN_DPI, dpi_of(math.prod(found.get_px_size()), area))
                dpi = max(own, min(dpi, dpi_of(ENOUGH_PIXELS, width * height)))
                break
    # sides are rounded up to whole pixels: a page gets a little less than it might, and a scan not one pixel more,
    # into which all of it would be stretched
    return min(dpi * (1 - 1e-5), 0.999 * dpi_of(pixels, (width + 1) * (height + 1)))


def _text(page: pypdfium2.PdfPage, wanted: Reply) -> tuple[Reply, bytes]:
    """Return the lines of text that a page carries: [text, [x0, y0, x1, y1] of each character].

    Boxes are in the pixels of the picture that `_picture` gives for the same order, x to the right, y down.
    """
    dpi = _resolution(page, wanted["dpi"], wanted["pixels"])
    width, height = (math.ceil(side * dpi / POINTS_PER_INCH) for side in page.get_size())
    text = page.get_textpage()
    lines: list[tuple[str, list[list[int]]]] = [("", [])]
    for index, character in _characters(text):
        if character in "\r\n":
            lines.append(("", []))
            continue
        said, boxes = lines[-1]
        said += _shown(character)
        boxes.append(_box(page, text, index, (width, height)))
        lines[-1] = said, boxes
    return {"width": width, "height": height, "lines": [line for line in lines if line[0].strip()]}, b""


def _characters(text: pypdfium2.PdfTextPage) -> Iterator[tuple[int, str]]:
    """Yield (index, character) along `text`; PDFium tells some in two halves, as UTF-16 has them."""
    half = ""
    for index in range(min(text.count_chars(), CHARACTERS)):
        unit = chr(raw.FPDFText_GetUnicode(text, index))
        if "\ud800" <= unit <= "\udbff":
            half = unit
            continue
        yield index, (half + unit).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")[-1]
        half = ""


def _shown(character: str) -> str:
    """Return `character`, or a stand-in for a control character: a font may lack the meanings of its glyphs."""
    if character == "\x02":  # how PDFium writes a hyphen at the end of a line
        return "-"
    if unicodedata.category(character) != "Cc":
        return character
    return " " if character.isspace() else "\ufffd"


def _box(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, index: int, size: tuple[int, int]) -> list[int]:
    """Return x0, y0, x1, y1 of a character on the picture of `size`, upright however the page is turned."""
    place = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, index, place)
    corners = [_on_picture(page, size, x, y) for x in (place.left, place.right) for y in (place.bottom, place.top)]
    xs, ys = zip(*corners, strict=True)
    return [min(xs), min(ys), max(xs), max(ys)]


def _on_picture(page: pypdfium2.PdfPage, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    return pypdfium2.PdfPosConv(page, (0, 0, *size, 0)).to_bitmap(x, y)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
