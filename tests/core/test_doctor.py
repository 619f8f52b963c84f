"""`ocr doctor`, `ocr models`, `ocr serve` and completion, as a person calls them."""

import os
import re
import subprocess
import sys

import pytest
from serving import PATIENCE_S, free_port, http, refuses, wait_until

from ocr_core import doctor
from ocr_core.cli import main

RUN = [sys.executable, "-c", "import sys; from ocr_core.cli import main; sys.exit(main())"]


def test_doctor_tells_what_matters_and_reads_a_line(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("python", "onnxruntime", "instructions", "cpus", "recognizer.onnx"):
        assert re.search(rf"^{re.escape(name)} +\S", out, re.M), name
    assert re.search(r"^self-test +one line in \d+\.\d ms", out, re.M)


def test_a_damaged_model_is_found(capsys, monkeypatch):
    real = doctor._digest
    monkeypatch.setattr(doctor, "_digest", lambda file: "0" * 64 if file.name == "language.npz" else real(file))
    assert main(["models"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if row.startswith("DAMAGED")] == [row for row in rows if "language.npz" in row]
    assert main(["doctor"]) == 1
    assert re.search(r"^! language\.npz .*DAMAGED", capsys.readouterr().out, re.M)


def test_help_and_wrong_usage_load_no_runtime():
    code = "import sys; from ocr_core.cli import main; main(['-x']); sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_serve_starts_a_service_and_ends_with_it(service):
    port = free_port()
    process = subprocess.Popen([*RUN, "serve", service, "--port", str(port)], stdout=subprocess.PIPE)
    try:
        wait_until(lambda: not refuses(f"http://127.0.0.1:{port}"))
        assert http.get(f"http://127.0.0.1:{port}/healthz").content == b'{"status":"ok"}'
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (0, -15)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ocr s", "plain,serve"),
        ("ocr --fo", "plain,--format"),
        ("ocr pic", "file,pic"),
        ("ocr serve f", "plain,flask"),
    ],
)
def test_the_shell_completes(line, expected):
    words = str(len(line.split()) - 1)
    environment = {**os.environ, "_OCR_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": words}
    code = "from ocr_core.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert expected in result.stdout.splitlines()
