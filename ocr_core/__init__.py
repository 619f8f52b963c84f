"""Image -> text: the engine of both services, free of HTTP, frameworks and torch.

    bytes --image_io--> image --detect--> lines --preprocess--> tensors --engine--> classes --ctc--> text

`load_pipeline()` loads the shipped model; `pipeline.read(data)` answers with a `PageResult`.

Notation, used in every docstring:

    H, W    height and width in pixels
    N       lines of text in one call
    T       time steps of the recogniser along a line
    C       classes of the recogniser, the CTC blank included (class 0)
    box     x0, y0, x1, y1 in pixels of the original image as displayed (after its EXIF turn),
            x to the right, y down, end-exclusive: the box is x1 - x0 pixels wide
    quad    (4, 2) corners x, y, clockwise from the text's own top left, in the same pixels
    image   (H, W, 3) uint8, channels blue, green, red
    gray    (H, W) uint8, 0 = black, 255 = white
"""

import os
from typing import TYPE_CHECKING

from ocr_core.errors import InputError, OcrError, ServiceError
from ocr_core.types import Box, LineResult, PageReader, PageResult, Reading, ReadOptions

if TYPE_CHECKING:
    from ocr_core.pipeline import OcrPipeline, load_pipeline

# ONNX Runtime from 1.29 on reports its use to its maker unless this is set before it is loaded. Pictures that are
# read here, and the reading of them, are nobody's business.
os.putenv("ORT_DISABLE_TELEMETRY", "1")

__all__ = [
    "Box",
    "InputError",
    "LineResult",
    "OcrError",
    "OcrPipeline",
    "PageReader",
    "PageResult",
    "ReadOptions",
    "Reading",
    "ServiceError",
    "load_pipeline",
]


def __getattr__(name: str) -> object:
    """Return a name of the pipeline, imported on first use.

    Training needs the alphabet and the preprocessing on machines that have no ONNX Runtime.
    """
    if name in ("OcrPipeline", "load_pipeline"):
        from ocr_core import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
