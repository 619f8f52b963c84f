"""PDFs, TIFFs and animations for tests, made here, and a reader that tells which page it was given."""

import os
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
from fpdf import FPDF
from PIL import Image

from ocr_core.document import opened, read_document
from ocr_core.image_io import decode_image
from ocr_core.page_choice import PageChoice
from ocr_core.types import Box, LineResult, PageResult, Reading, ReadOptions, Timings

GRAYS = (40, 120, 200)
"""Grays of the three pages of `frames`."""


class GrayReader:
    """A `PageReader` whose text is the size of the image and the gray of its middle."""

    name = "gray-0"

    def __init__(self):
        self.read_pages = 0

    def read(self, data, options=ReadOptions(), *, deadline=None, progress=None):
        pixels = decode_image(data).pixels
        height, width = pixels.shape[:2]
        text = f"{width}x{height} {pixels[height // 2, width // 2].max()}"
        corners = ((0, 0), (width, 0), (width, height), (0, height))
        line = LineResult(Reading(text, 0.9), corners, Box(0, 0, width, height))
        if progress:
            progress.found(width, height, 1)
            progress.line(line)
        self.read_pages += 1
        return PageResult((line,), width, height, self.name, Timings(1, 1, 1, 3))


def text_pdf(*texts, password=None):
    """Return a PDF of A4 with one line of text a page; a page without a text is empty."""
    pdf = FPDF(format="A4")
    pdf.set_font("Helvetica", size=24)
    if password is not None:
        pdf.set_encryption(owner_password="owner", user_password=password)
    for text in texts:
        pdf.add_page()
        if text:
            pdf.text(20, 40, text)
    return bytes(pdf.output())


def without_page(data, number):
    """Return the PDF `data`, made here, with nothing where its page tree refers to page `number`, from 1."""
    tree = re.search(rb"/Kids \[(.+?)\]", data, re.S)
    page = re.findall(rb"\d+ 0 R", tree[1])[number - 1]
    return data.replace(tree[0], tree[0].replace(page, b"0 0 R"), 1)


def scan_pdf(width, height, points):
    """Return a PDF of one page, as wide as `points`, that is covered by an image of width x height pixels."""
    picture = BytesIO()
    Image.fromarray(np.full((height, width), 90, np.uint8)).save(picture, "JPEG")
    page = FPDF(unit="pt", format=(points, points * height / width))
    page.set_margin(0)
    page.set_auto_page_break(False)
    page.add_page()
    page.image(BytesIO(picture.getvalue()), 0, 0, page.w, page.h)
    return bytes(page.output())


def turned_pdf(data, degrees):
    """Return the PDF `data` with its first page turned."""
    document, file = pypdfium2.PdfDocument(data), BytesIO()
    document[0].set_rotation(degrees)
    document.save(file)
    return file.getvalue()


def frames(kind, sizes=((60, 40), (60, 40), (60, 40)), **options):
    """Return an image file of several pages or frames, each of one of `GRAYS`."""
    images = [Image.new("RGB", size, (gray,) * 3) for size, gray in zip(sizes, GRAYS, strict=True)]
    file = BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:], **options)
    return file.getvalue()


def damaged_tiff(number):
    """Return a TIFF of the pages of `frames` with noise in place of the pixels of page `number`, from 1."""
    data = frames("TIFF", compression="tiff_deflate")
    with Image.open(BytesIO(data)) as image:
        image.seek(number - 1)
        (start,), (size,) = image.tag_v2[273], image.tag_v2[279]  # StripOffsets, StripByteCounts
    return data[:start] + b"\xff" * size + data[start + size :]


def read_pages(data, pages="", pdf_text="read", reader=None, max_pixels=40_000_000, options=ReadOptions(), **more):
    choice = PageChoice(pages, pdf_text)
    with opened(data, choice, max_pixels, more.get("deadline")) as source:
        return read_document(reader or GrayReader(), source, options, choice, **more)


def workers():
    """Return the processes of PDFs that this one has started and not yet waited for."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    return [command for command in commands if b"pdf_worker" in command or not command]
