"""Shell completion as docs/cli.md has it, and the exit codes that it lists."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from ocr_core import cli, read_command

DOCUMENT = Path(__file__).parents[2].joinpath("docs/cli.md").read_text(encoding="utf-8")
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

SHELLS = {
    "bash": ["bash", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "--interactive"],
}
"""Interactive shells that read no configuration of the machine."""

TELL = {
    "bash": 'ocr() { echo "<$*>"; }',
    "zsh": 'ocr() { echo "<$*>"; }',
    "fish": 'function ocr; echo "<$argv>"; end',
}
"""Functions in each shell that print their arguments."""


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


def setup(shell):
    """Return what the document has for the configuration of `shell`."""
    return re.search(rf"^{shell}: .+?```sh\n(.+?)```", DOCUMENT, re.M | re.S)[1]


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_in_the_shell_itself(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    with terminal(shell, tmp_path) as (say, wait_for):
        # completion asks the program; the line itself is run by a function of that name, which tells what it got
        say(f"{setup(shell)}{TELL[shell]}\necho rea''dy\n")
        wait_for("ready")
        say("ocr a.png --format ho\t\n")
        wait_for("<a.png --format hocr")


@contextmanager
def terminal(shell, home):
    """Yield what types into an interactive shell and what waits for its output."""
    master, slave = pty.openpty()
    environment = {"HOME": str(home), "PATH": PATH, "TERM": "dumb", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        ["setsid", "--ctty", *SHELLS[shell]], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    shown = ""

    def say(keys):
        os.write(master, keys.encode())

    def wait_for(wanted):
        nonlocal shown
        while wanted not in shown:
            assert select.select([master], [], [], 60)[0], f"never: {wanted}\n{shown}"
            shown += os.read(master, 65536).decode(errors="replace")

    with process:
        try:
            yield say, wait_for
        finally:
            process.kill()
            os.close(master)


def test_every_exit_code_is_documented():
    codes = {value for name, value in {**vars(cli), **vars(read_command)}.items() if name.startswith("EXIT_")}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", DOCUMENT, re.M)} == codes
