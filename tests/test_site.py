"""The site of the documents: built without a warning, with its diagrams, and with nothing from elsewhere."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_every_diagram_is_drawn():
    spec = importlib.util.spec_from_file_location("diagrams", ROOT / "docs/diagrams.py")
    diagrams = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(diagrams)
    drawn = {diagrams.drawing(source) for source in diagrams.sources()}
    assert len(drawn) >= 2
    assert drawn == set(diagrams.IMAGES.glob("diagram-*.svg")), "Run: python docs/diagrams.py"


@pytest.mark.scale  # twenty seconds; CI runs `make docs`
def test_site_is_built_strictly_and_loads_nothing_from_elsewhere(tmp_path):
    pytest.importorskip("material", reason="the extra `docs` is not installed")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", tmp_path],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    pages = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    assert {
        "index.html",
        "overview.html",
        "overview-zh.html",
        "model-card.html",
        "contributing.html",
    } <= pages.keys()
    for page in pages.values():
        assert not re.search(
            r'<(?:script|img|iframe)[^>]+src="?https?:|<link[^>]+(?:stylesheet|preconnect)"[^>]+https?:', page
        )
    assert pages["architecture.html"].count("images/diagram-") >= 2
    assert "flowchart" not in pages["architecture.html"]
