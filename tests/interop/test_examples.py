"""The programs in examples/ run against both real services and print the texts of the pictures."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from real_servers import SERVICES

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "client.py": [sys.executable],
    "client.mjs": ["node"],
    "curl.sh": ["sh"],
}


def test_every_program_is_here():
    drawing = {"draw.py", "pages.py"}  # run by hand when the pictures change
    assert {path.name for path in EXAMPLES.iterdir() if path.suffix not in (".png", ".txt")} == {
        *PROGRAMS,
        *drawing,
    }


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_program_prints_what_is_read(name, service, real_services):
    interpreter = PROGRAMS[name]
    if shutil.which(interpreter[0]) is None:
        pytest.skip(f"{interpreter[0]} is not installed")
    command = [*interpreter, EXAMPLES / name, real_services[service].address]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")
    for picture in ("notice", "line-en", "line-zh"):
        for line in (EXAMPLES / f"{picture}.txt").read_text(encoding="utf-8").splitlines():
            assert line in result.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_says_what_went_wrong(name):
    interpreter = PROGRAMS[name]
    if shutil.which(interpreter[0]) is None:
        pytest.skip(f"{interpreter[0]} is not installed")
    command = [*interpreter, EXAMPLES / name, "http://127.0.0.1:1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert result.stderr
