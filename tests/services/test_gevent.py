"""The Flask app under gunicorn's gevent worker, which is not ours: its look at the caller's socket may not wait."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from serving import PATIENCE_S, free_port, refuses, wait_until

pytest.importorskip("gevent")


@pytest.fixture
def address():
    port = free_port()
    app = "fake_reader:app_with_fake('flask')"
    command = ["-m", "gunicorn", "-k", "gevent", "-b", f"127.0.0.1:{port}", "--no-control-socket", app]
    with subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OCR_LOG": "off"},
        stderr=subprocess.DEVNULL,
    ) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def test_a_picture_is_read_while_its_sender_waits(address):
    wait_until(lambda: not refuses(address))
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        answer = client.post("/ocr", files={"file": ("a.png", b"image")}, headers={"X-Deadline-Ms": "20000"})
    assert answer.status_code == 200
