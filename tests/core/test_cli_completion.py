"""Shell completion as docs/cli.md has it, and the exit codes that it lists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_core import cli, read_command

DOCUMENT = Path(__file__).parents[2].joinpath("docs/cli.md").read_text(encoding="utf-8")
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def completions(*words):
    """Return what bash offers for the last of `words` behind `ocr`."""
    result = subprocess.run(
        ["ocr"],
        env={"PATH": PATH, "_OCR_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["ocr", *words]),
             "COMP_CWORD": str(len(words))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [row.partition(",")[2] for row in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [(["se"], "serve"), (["serve", "f"], "flask"), (["--for"], "--format"), (["a.png", "--format", "h"], "hocr")],
)
def test_words_are_completed(words, offered):
    assert offered in completions(*words)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_line_of_the_document_sets_completion_up(shell):
    line = next(row.split("  #")[0] for row in DOCUMENT.splitlines() if f"_OCR_COMPLETE={shell}_source" in row)
    if shutil.which(shell) is None:
        script = subprocess.run(
            ["ocr"], env={"PATH": PATH, "_OCR_COMPLETE": f"{shell}_source"}, capture_output=True
        )
        assert f"_OCR_COMPLETE={shell}_complete" in script.stdout.decode()
        pytest.skip(f"{shell} is not installed: only its script was looked at")
    ask = {"bash": "complete -p ocr", "zsh": "print $_comps[ocr]", "fish": "complete -c ocr"}[shell]
    begin = "autoload -U compinit; compinit -u; " if shell == "zsh" else ""
    result = subprocess.run(
        [shell, "-c", f"{begin}{line}\n{ask}"], env={**os.environ, "PATH": PATH}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "_ocr_completion" in result.stdout


def test_every_exit_code_is_documented():
    codes = {value for name, value in {**vars(cli), **vars(read_command)}.items() if name.startswith("EXIT_")}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", DOCUMENT, re.M)} == codes
