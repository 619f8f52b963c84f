"""The pages of a PDF as images, drawn by PDFium in a process of its own for each file (`pdf_worker`)."""

import json
import os
import selectors
import struct
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ocr_core.errors import BadOption, DeadlineExceeded, ImageTooLarge, ProtectedDocument, UnreadableImage
from ocr_core.image_header import BMP_RESOLUTION, INCH
from ocr_core.types import Box, LineResult, PageResult, Reading, Span, Timings
from ocr_core.words import words_of

MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024
"""Bytes in which readers look for the magic; some programs write something in front of it."""

DPI = 200
"""Pixels an inch at which a page is drawn, unless it is a scan of another resolution."""

LEAST_DPI = 50
"""Pixels an inch below which a page that is too large for `max_pixels` is refused: print could not be read."""

MEMORY = 2 << 30
"""Bytes of address space of the process. PDFium unpacks images as large as they declare to be."""

PAGE_S = 60.0
"""Seconds after which a page is given up where there is no deadline."""

CPU_S = 600
"""Seconds of a CPU for a whole file: ends the process if this one was killed."""

EMBEDDED = "embedded"
"""`PageResult.model` of a page whose text is the file's own."""

_BROKEN = "The PDF is damaged, or it asks for more memory than a PDF may have."


def is_pdf(data: bytes) -> bool:
    """Return whether `data`, which is no image, is a PDF."""
    return MAGIC in data[:MAGIC_WITHIN]


def pdf_is_offered() -> bool:
    """Return whether the library is installed that reads PDFs: it is an extra."""
    return find_spec("pypdfium2") is not None


class PdfSource:
    """The pages of a PDF, drawn when they are asked for. Is a `Source`; belongs to one thread; close it."""

    paged = True

    def __init__(self, data: bytes, max_pixels: int, deadline: float | None = None) -> None:
        """Open the PDF `data`.

        Args:
            data: the file.
            max_pixels: of the largest page that is drawn; a larger one is drawn with fewer pixels an inch.
            deadline: `time.monotonic()` seconds after which no page is waited for.

        Raises:
            BadOption: the library that reads PDFs is not installed.
            ProtectedDocument: it opens with a password only.
            UnreadableImage: it is damaged.
        """
        self.lost = False
        if not pdf_is_offered():
            raise BadOption("PDFs are not read here: the extra is missing, pip install 'ocr-pair[pdf]'.")
        self._max_pixels, self._deadline = max_pixels, deadline
        # -P: a script's own folder is not looked into for modules, or our `types` would hide Python's
        command = [sys.executable, "-P", str(Path(__file__).with_name("pdf_worker.py"))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._received = bytearray()
        self._page_ends = 0.0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        try:
            self._send(json.dumps({"bytes": len(data), "memory": MEMORY, "cpu_s": CPU_S}).encode() + b"\n" + data)
            self.count: int = self._answer("The PDF is damaged.")["pages"]
        except BaseException:
            self.close()
            raise

    def image(self, number: int) -> bytes:
        """Return page `number`, from 1, as a BMP file that tells its resolution.

        Raises `UnreadableImage` or `ImageTooLarge`, `DeadlineExceeded` if the deadline comes first.
        """
        said = self._ask(number, text=False)
        height, stride = said["height"], said["stride"]
        rows = np.frombuffer(self._receive(height * stride), np.uint8).reshape(height, stride)
        pixels = rows[:, : 3 * said["width"]].reshape(height, said["width"], 3)
        bmp = bytearray(cv2.imencode(".bmp", pixels)[1])
        struct.pack_into("<ii", bmp, BMP_RESOLUTION, *[round(said["dpi"] / INCH)] * 2)
        return bytes(bmp)

    def embedded(self, number: int) -> PageResult | None:
        """Return the text that page `number`, from 1, carries, in pixels of `image`; None for none."""
        started = time.perf_counter()
        said = self._ask(number, text=True)
        lines = tuple(_line(text, boxes, (said["width"], said["height"])) for text, boxes in said["lines"])
        if not any(character.isalnum() for line in lines for character in line.text):
            return None
        spent = (time.perf_counter() - started) * 1e3
        return PageResult(lines, said["width"], said["height"], EMBEDDED, Timings(spent, 0.0, 0.0, spent))

    def close(self) -> None:
        """End the process."""
        self._selector.close()
        with self._process:
            self._process.kill()

    def _ask(self, number: int, text: bool) -> dict[str, Any]:
        wanted = {"page": number - 1, "dpi": DPI, "least_dpi": LEAST_DPI, "pixels": self._max_pixels, "text": text}
        self._send(json.dumps(wanted).encode() + b"\n")
        return self._answer("It is damaged.")

    def _answer(self, damaged: str) -> dict[str, Any]:
        """Return the next answer of the process; raise what its error means, `damaged` for most."""
        while (end := self._received.find(b"\n")) < 0:
            self._wait_for_more()
        said: dict[str, Any] = json.loads(self._taken(end + 1))
        match said.get("error"):
            case None:
                return said
            case "password":
                raise ProtectedDocument("The PDF asks for a password; save a copy without one, and send that.")
            case "large":
                width, height = said["inches"]
                raise ImageTooLarge(
                    f"The page is {width:.0f} x {height:.0f} inches large: even at {LEAST_DPI} pixels an inch it "
                    f"has more than the {self._max_pixels} pixels that are read."
                )
        raise UnreadableImage(damaged)

    def _receive(self, size: int) -> bytes:
        """Return the next `size` bytes that the process sends."""
        while len(self._received) < size:
            self._wait_for_more()
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        taken = bytes(memoryview(self._received)[:size])
        del self._received[:size]
        return taken

    def _wait_for_more(self) -> None:
        """Take what the process has sent; raise `DeadlineExceeded`, or `UnreadableImage` if it ended or hangs."""
        until = self._page_ends if self._deadline is None else min(self._deadline, self._page_ends)
        if not self._selector.select(max(0.0, until - time.monotonic())):
            if until == self._deadline:
                raise DeadlineExceeded("The PDF was not drawn within the time that was given for it.")
            self.lost = True
            raise UnreadableImage(f"A page of the PDF was not drawn within {PAGE_S:.0f} s; leave it out.")
        more = os.read(self._stdout, 1 << 20)
        if not more:
            self.lost = True
            raise UnreadableImage(_BROKEN)
        self._received += more

    def _send(self, data: bytes) -> None:
        self._page_ends = time.monotonic() + PAGE_S
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._stdin, rest) :]
        except BrokenPipeError:
            self.lost = True
            raise UnreadableImage(_BROKEN) from None


def _line(text: str, boxes: list[list[int]], size: tuple[int, int]) -> LineResult:
    """Return a line of embedded text with its words: `boxes` of its characters, `size` of the page."""
    spans = tuple(Span(text[i:j], i, 1.0, *_around(boxes[i:j], size)) for i, j in words_of(text))
    return LineResult(Reading(text, 1.0), *_around(boxes, size), spans)


def _around(boxes: list[list[int]], size: tuple[int, int]) -> tuple[tuple[tuple[int, int], ...], Box]:
    """Return the corners of the box around `boxes` and that box, inside a page of `size`; spaces have no area."""
    solid = [box for box in boxes if box[0] < box[2] and box[1] < box[3]] or boxes
    (width, height), (x0s, y0s, x1s, y1s) = size, zip(*solid, strict=True)
    x0, y0 = min(max(0, min(x0s)), width - 1), min(max(0, min(y0s)), height - 1)
    x1, y1 = max(x0 + 1, min(max(x1s), width)), max(y0 + 1, min(max(y1s), height))
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), Box(x0, y0, x1, y1)
