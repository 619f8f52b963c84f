"""The Dockerfile: linted, built and run, without a Docker engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from image import BASE, MISSING, Image
from replicas import ROOT

LINTER = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")

LAYER_MB = 330
"""Most megabytes of what is laid upon the base image.

The base has 118 of its own (3.13.15, amd64; https://github.com/docker-library/repo-info, which Docker's registry of
official images writes): so the whole stays below 450, with room for what releases of the libraries add.
"""

scale = pytest.mark.scale
needs_builder = pytest.mark.skipif(
    bool(MISSING) or os.geteuid() != 0, reason=f"needs root and buildah, debootstrap; missing: {MISSING}"
)


@pytest.mark.skipif(LINTER is None, reason="no hadolint is installed")
def test_dockerfile_has_no_known_flaw():
    result = subprocess.run([LINTER, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def test_what_is_copied_is_let_through():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    names = {name for words in copied for name in words.split()}
    assert names == allowed
    assert all((ROOT / name).exists() for name in names)


def test_nothing_is_reported_to_the_maker_of_the_runtime():
    for path in ("Dockerfile", "deploy/systemd/ocr-pair@.service"):
        assert "ORT_DISABLE_TELEMETRY=1" in (ROOT / path).read_text(encoding="utf-8")


def test_what_the_image_leaves_out_is_not_needed():
    removed = re.findall(r"(?<=[ /])(numpy/\w+|onnxruntime/(?!capi)\w+)", (ROOT / "Dockerfile").read_text())
    assert {"numpy/random", "onnxruntime/tools"} <= set(removed)
    program = f"""
import sys
sys.modules.update(dict.fromkeys({[name.replace("/", ".") for name in removed]}))
import services.fastapi_app.server, services.flask_app.server
from ocr_core import load_pipeline
print(load_pipeline().read(open("examples/notice.png", "rb").read()).text)
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.stdout.strip(), result.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    built = Image(tmp_path_factory.mktemp("image"))
    try:
        built.build()
        yield built
    finally:
        built.remove()


@scale
@needs_builder
def test_image_is_made_for_a_user_without_rights(image):
    assert image.config["User"].isdecimal()
    assert image.config["User"] != "0"
    assert "ORT_DISABLE_TELEMETRY=1" in image.config["Env"]
    assert BASE in (ROOT / "Dockerfile").read_text()
    size = subprocess.run(["du", "-sb", f"{image.root}/venv"], capture_output=True, text=True, check=True).stdout
    assert int(size.split()[0]) <= LAYER_MB * 1_000_000, size


@scale
@needs_builder
@pytest.mark.parametrize("service", ["fastapi", "flask"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_image_serves_from_a_read_only_root(image, service, workers):
    with image.running(SERVICE=service, OCR_WORKERS=workers) as (address, settings):
        name = "line-zh"
        with (ROOT / f"examples/{name}.png").open("rb") as picture:
            answer = httpx.post(f"{address}/ocr", files={"file": picture}, timeout=30, trust_env=False)
        assert answer.json()["text"] == (ROOT / f"examples/{name}.txt").read_text(encoding="utf-8").strip()
        with (ROOT / f"examples/{name}.png").open("rb") as picture:
            form = {"format": "pdf"}
            pdf = httpx.post(f"{address}/ocr", files={"file": picture}, data=form, timeout=30, trust_env=False)
        assert pdf.content.startswith(b"%PDF")
        kind, *check = image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        assert subprocess.run(image.command(check, **settings)).returncode == 0
    assert subprocess.run(image.command(check, **settings), stderr=subprocess.DEVNULL).returncode != 0


@scale
@needs_builder
def test_image_has_what_is_loaded_late_and_cannot_be_written_to(image):
    code = "import redis, fpdf, pypdfium2; from PIL import Image; Image.new('L', (9, 9)).save('/tmp/a.tiff')"
    code += "; assert Image.open('/tmp/a.tiff').size == (9, 9)"
    subprocess.run(image.command(["python", "-c", code]), check=True)
    write = subprocess.run(image.command(["sh", "-c", "touch /venv/x || touch /x"]), capture_output=True)
    assert write.returncode != 0
