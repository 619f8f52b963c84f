"""The Flask app under gunicorn's gevent worker, which is not ours: its look at the caller's socket may not wait."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from serving import free_port

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
    deadline = time.monotonic() + 20
    with httpx.Client(base_url=address, transport=httpx.HTTPTransport(retries=5)) as client:
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        answer = client.post("/ocr", files={"file": ("a.png", b"image")}, headers={"X-Deadline-Ms": "9000"})
    assert answer.status_code == 200
