"""Nothing that is read here is reported to anybody."""

import subprocess
import sys

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
