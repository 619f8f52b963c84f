"""The choice between the int8 and the single-precision recogniser."""

import pytest

from ocr_core import pipeline
from ocr_core.processor import has_int8
from ocr_core.shipped import shipped_model

XEON = "processor\t: 0\nflags\t\t: fpu sse2 avx2 avx512f avx512_vnni\n"
OLD = "processor\t: 0\nflags\t\t: fpu sse2 avx2 fma\n"


@pytest.mark.parametrize(
    ("machine", "cpuinfo", "expected"),
    [
        ("x86_64", XEON, True),
        ("x86_64", OLD, False),
        ("AMD64", "", False),
        ("x86_64", OLD.replace("fma", "avx_vnni"), True),
        ("aarch64", "", True),
        ("arm64", "", True),
    ],
)
def test_int8_where_it_is_exact(machine, cpuinfo, expected):
    assert has_int8(machine, cpuinfo) is expected


@pytest.mark.parametrize("exact", [True, False])
def test_the_shipped_model_follows_the_processor(exact, monkeypatch):
    monkeypatch.setattr(pipeline, "has_int8", lambda: exact)
    path = shipped_model("recognizer.onnx" if exact else "recognizer-fp32.onnx")
    language = pipeline.LanguageModel(shipped_model(pipeline.LANGUAGE_MODEL))
    assert pipeline.load_pipeline(detector="plain").name == pipeline.CrnnEngine(path, 1, language).name
