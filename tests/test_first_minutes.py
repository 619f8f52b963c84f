"""The first ten minutes of a new user, as the documents tell them: a fresh clone, a fresh environment, the network.

Minutes long, and only a part of `make test-scale`.
"""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFont
from serving import free_port

from ocr_core.pipeline import load_pipeline
from ocr_core.types import ReadOptions
from training.metrics import edit_distance

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.scale


def test_clone_serve_and_curl(tmp_path):
    port = free_port()
    clone = tmp_path / "ocr-pair"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    for app in ("fastapi", "flask"):
        served = subprocess.Popen(
            ["make", "serve", f"APP={app}", f"PORT={port}"],
            cwd=clone,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with served:
            try:
                assert any(line.endswith(f"open http://127.0.0.1:{port}/\n") for line in served.stdout)
                page = httpx.get(f"http://127.0.0.1:{port}/")
                assert "ocr-pair" in page.text
                picture = (clone / "examples/notice.png").read_bytes()
                answer = httpx.post(f"http://127.0.0.1:{port}/ocr", files={"file": picture}).json()
                assert answer["text"] == (clone / "examples/notice.txt").read_text(encoding="utf-8").strip()
            finally:
                os.killpg(served.pid, signal.SIGTERM)
    read = subprocess.run([clone / ".venv/bin/ocr", clone / "examples/line-en.png"], capture_output=True, text=True)
    assert read.stdout == (clone / "examples/line-en.txt").read_text(encoding="utf-8")


def test_training_on_two_fonts_as_written(tmp_path):
    text = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    block = re.search(r"two fonts.+?```bash\n(.+?)\nOCR_RECOGNIZER=(\S+) make serve\n```", text, re.S)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "training").symlink_to(ROOT / "training")
    commands = block[1].replace("--minutes 5", "--minutes 1")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", "-ec", commands], cwd=tmp_path, env=environment, check=True)
    pipeline = load_pipeline(tmp_path / block[2])
    picture = drawn("12.50  340-7", tmp_path / "first/fonts/Serif--Book.ttf")
    read = pipeline.read(picture, ReadOptions(mode="line")).text
    assert edit_distance(read.replace(" ", ""), "12.50340-7") <= 2, read


def drawn(text, font):
    """Return a PNG of `text` in black on white."""
    picture = Image.new("L", (400, 60), 255)
    ImageDraw.Draw(picture).text((20, 8), text, font=ImageFont.truetype(str(font), 36))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
