"""The pages of a TIFF and the frames of an animation as images of their own, by Pillow."""

import io
from collections.abc import Callable

import cv2
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ocr_core.errors import ImageTooLarge, UnreadableImage
from ocr_core.image_header import ImageHeader, read_header
from ocr_core.image_io import displayed
from ocr_core.tiff_image import stored_pixels
from ocr_core.types import PageResult

_READERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    "TIFF": TiffImageFile,
    "GIF": GifImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
}
"""Formats that hold several pictures; the others are images of one page."""


class FrameSource:
    """The pages of a TIFF or the frames of an animation. Is a `Source`; belongs to one thread."""

    paged, lost = True, False

    def __init__(self, data: bytes, max_pixels: int) -> None:
        """Take the image file `data`, and the most pixels that a page of it may have.

        Raises what `read_header` raises, and `ImageTooLarge`.
        """
        self._data, self._max_pixels = data, max_pixels
        self._header: ImageHeader = read_header(data)
        self.count = self._header.frames if self._header.format in _READERS else 1
        # a frame is drawn over those before it; the pages of a TIFF have nothing to do with each other
        self._is_drawn_over = self._header.format != "TIFF"
        if self._is_drawn_over:
            self._check((self._header.width, self._header.height))
        self._file: ImageFile | None = None
        self._damaged_from = self.count

    def image(self, number: int) -> bytes:
        """Return page `number`, from 1, as a BMP file; a file of one page as it is.

        Raises `UnreadableImage` or `ImageTooLarge`.
        """
        if self.count == 1:
            return self._data
        index = number - 1
        if index > self._damaged_from:
            raise UnreadableImage(f"It is drawn over frame {self._damaged_from + 1}, which cannot be read.")
        try:
            stored = stored_pixels(self._at(index))
        except Exception as error:  # a damaged file surfaces as whatever its first wrong number leads to
            self.close()
            self._file = None
            if self._is_drawn_over:
                self._damaged_from = min(self._damaged_from, index)
            if isinstance(error, ImageTooLarge):
                raise
            raise UnreadableImage("It is damaged or incomplete.") from error
        return cv2.imencode(".bmp", displayed(stored, self._header.orientation))[1].tobytes()

    def embedded(self, number: int) -> PageResult | None:
        """Return None: images carry no text."""
        return None

    def close(self) -> None:
        """Give back what is held of the file."""
        if self._file:
            self._file.close()

    def _at(self, index: int) -> ImageFile:
        """Return the file, standing on page `index`, from 0; its pixels are not decoded yet.

        The file of an animation stays open, so that going forward decodes each of its frames once.
        """
        if self._file is None or self._file.tell() > index:
            self.close()
            self._file = _READERS[self._header.format](io.BytesIO(self._data))
        first = self._file.tell() + 1 if self._is_drawn_over else index
        for place in range(first, index + 1):
            self._file.seek(place)
            # the pages of a TIFF differ, and a frame of a GIF may reach over its canvas
            self._check(self._file.size)
        return self._file

    def _check(self, size: tuple[int, int]) -> None:
        width, height = size
        if width * height > self._max_pixels:
            raise ImageTooLarge(
                f"The image has {width} x {height} = {width * height} pixels; at most {self._max_pixels} are read."
            )
