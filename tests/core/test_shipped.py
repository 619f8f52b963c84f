"""The models that come with the package: their manifest is true, and a changed one is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from stand_ins import png

from ocr_core import shipped
from ocr_core.errors import ModelFileError
from ocr_core.pipeline import load_pipeline

MODELS = Path(__file__).parents[2] / "models"


def test_changed_model_is_refused(tmp_path, monkeypatch):
    shutil.copy(MODELS / "manifest.json", tmp_path)
    monkeypatch.setattr(shipped.resources, "files", lambda package: tmp_path)
    with pytest.raises(ModelFileError, match="missing"):
        load_pipeline()
    (tmp_path / "recognizer.onnx").write_bytes(b"something else")
    with pytest.raises(ModelFileError, match="damaged"):
        load_pipeline()


def test_manifest_describes_the_shipped_files():
    entries = json.loads((MODELS / "manifest.json").read_text(encoding="utf-8"))
    assert set(entries) == {path.name for path in MODELS.iterdir() if path.suffix in (".onnx", ".npz")}
    for name, entry in entries.items():
        assert entry["bytes"] == (MODELS / name).stat().st_size <= 10_000_000
        assert entry["role"]


@pytest.mark.parametrize("text", ["57 3 128", "page 7 4 2", "7 4 2", "12 34 56", "© 2024 Acme"])
def test_signs_that_stand_one_by_one_keep_their_spaces(text):
    font = ImageFont.load_default(28)
    image = Image.new("L", (round(font.getlength(text)) + 24, 48), 250)
    ImageDraw.Draw(image).text((12, 6), text, fill=20, font=font)
    (line,) = load_pipeline().read(png(np.asarray(image))).lines
    assert line.text == text
