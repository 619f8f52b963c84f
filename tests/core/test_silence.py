"""Nothing that is read here is reported to anybody, and what is damaged is reported to its sender alone."""

import io
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

PROGRAM = """
import ctypes
import ocr_core
import sys
assert "onnxruntime" not in sys.modules
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
print(getenv(b"ORT_DISABLE_TELEMETRY").decode())
"""


def test_the_runtime_is_told_to_report_nothing_before_it_is_loaded():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1"


READ = """
import sys
from ocr_core.errors import UnreadableImage
from ocr_core.image_io import decode_image
try:
    decode_image(sys.stdin.buffer.read())
except UnreadableImage:
    print("unreadable")
"""


def lzw_tiff():
    """Return a TIFF whose pixels libtiff unpacks."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "TIFF", compression="tiff_lzw")
    return file.getvalue()


def with_tag(data, tag, count, value):
    """Return the TIFF `data` with another value in an entry that has `count` of two bytes, or where they are."""
    at = data.index(struct.pack("<HHI", tag, 3, count))
    return data[: at + 8] + struct.pack("<I", value) + data[at + 12 :]


@pytest.mark.parametrize("what", ["pixels", "samples", "depths"])
def test_a_damaged_tiff_writes_nothing_between_the_lines_of_a_log(what):
    data = lzw_tiff()
    if what == "pixels":
        data = data[:100] + b"\xff" * 200 + data[300:]
    elif what == "samples":
        data = with_tag(data, 277, 1, 2048)
    else:
        data = with_tag(data, 258, 3, len(data) - 4)  # bits of three colours, of which one is beyond the end
    told = subprocess.run([sys.executable, "-c", READ], input=data, capture_output=True, check=True)
    assert (told.stdout, told.stderr) == (b"unreadable\n", b"")
