"""Which command of the documents is run by which test, or why by none. A command without a rule fails the tests.

Commands are the lines of code blocks in `bash` or without a language that begin with one of `PROGRAMS`.
"""

import re
from dataclasses import dataclass

PROGRAMS = (
    "make|curl|ocr|python|pip|node|lit|eval|sudo|docker|podman|kubectl|helm|systemctl|install|nginx|prometheus|ray|git|"
    r"mkdir|source=\S+|echo|export|fonttools|grpcurl|redis-server|locust|apt-get|env|sh|"
    r"(?:\.venv/bin/\w+)|_OCR_COMPLETE=\w+"
)
BLOCK = re.compile(r"^```([\w-]*)\n(.*?)^```$", re.M | re.S)
SHELL = ("", "bash", "console", "sh")
COMMAND = re.compile(rf"^(?:\$ )?((?:[A-Z][A-Z_]*=\S+ )*(?:{PROGRAMS})(?: .+)?)$", re.M)


@dataclass(frozen=True)
class Run:
    """It is run in tests/test_documents.py, in a folder with examples/, beside a service."""


@dataclass(frozen=True)
class Elsewhere:
    """It is run by another file, which says these words."""

    file: str
    words: str


@dataclass(frozen=True)
class Not:
    """It is not run, for this reason."""

    reason: str


TRAINING = "tests/training/test_"
CI = ".ci/run"
FIRST = "tests/test_first_minutes.py"

RULES = [
    (r"(echo .*)?curl .*http://127\.0\.0\.1:8000/", Run()),
    (r"(\.venv/bin/)?ocr (?!FILE|serve|doctor  |models  )", Run()),
    (r"echo .*\| curl ", Run()),
    (r"node examples/client\.mjs", Run()),
    (r"ocr FILE", Not("It is a summary of the usage.")),
    (r"ocr serve flask\|fastapi", Not("It is a summary of the usage.")),
    (r"ocr bulk ", Elsewhere("tests/core/test_bulk_command.py", '"bulk"')),
    (r"ocr serve", Elsewhere("tests/core/test_cli.py", '"serve"')),
    (r"ocr (doctor|models)  ", Elsewhere("tests/core/test_doctor.py", '"doctor"')),
    (r"eval .*_OCR_COMPLETE|_OCR_COMPLETE=", Elsewhere("tests/core/test_cli_completion.py", "_OCR_COMPLETE")),
    (r"lit parse", Elsewhere("tests/interop/test_liteparse.py", "LiteParse(")),
    (r"make (install|check|test|docs)\b(?!-)", Elsewhere(CI, "make clean install")),
    (r"make serve", Elsewhere(FIRST, "make serve")),
    (r"OCR_RECOGNIZER=\S+ make serve", Elsewhere(FIRST, "OCR_RECOGNIZER")),
    (r"make training-sheet", Elsewhere(TRAINING + "reports.py", "sheet")),
    (r"python -m deploy\.simulation", Elsewhere("tests/deploy_simulation/test_simulation.py", "deploy.simulation")),
    (r"make study", Elsewhere("tests/load/test_study_load.py", "study")),
    (
        r"mkdir -p first|source=|echo '0123|\.venv/bin/fonttools|\.venv/bin/python .* first",
        Elsewhere(FIRST, "two fonts"),
    ),
    (r"sudo apt-get install", Not("It changes the system; CI's machines have the packages.")),
    (r"pip install", Not("It changes the environment of the tests; make install does the same with all extras.")),
    (r"(\.venv/bin/)?python -m training\.assets", Elsewhere(TRAINING + "assets.py", "training.assets")),
    (r"(\.venv/bin/)?python -m training\.train ", Elsewhere(TRAINING + "training.py", "training.train")),
    (r"python -m training\.grow ", Elsewhere(TRAINING + "grow.py", "training.grow")),
    (r"(\.venv/bin/)?python -m training\.export ", Elsewhere(TRAINING + "export.py", "training.export")),
    (r"python -m training\.quantise", Elsewhere(TRAINING + "export.py", "training.quantise")),
    (r"python -m training\.language", Not("It needs gigabytes of memory and the manuals of all of Debian.")),
    (r"python -m training\.(held_out|evaluate)", Elsewhere(TRAINING + "evaluate.py", "training.evaluate")),
    (
        r"python -m training\.(page_view_sheet|train_detector|export_detector)",
        Elsewhere(TRAINING + "detector.py", "trainer"),
    ),
    (r"docker ", Not("No Docker engine is needed for the tests; tests/deploy runs the steps of the image.")),
    (r"uvicorn --factory", Elsewhere("tests/services/test_by_hand.py", "uvicorn")),
    (r"docker compose", Elsewhere("tests/deploy/test_compose.py", "compose.yaml")),
    (r"kubectl ", Elsewhere("tests/deploy/test_kubernetes.py", "kustomize")),
    (
        r"(install|systemctl|nginx) ",
        Not("It changes the system; tests/deploy lets systemd and nginx judge the files."),
    ),
    (r"prometheus ", Elsewhere("tests/deploy/test_compose.py", "prometheus")),
]
"""(pattern of the beginning of a command, what becomes of it); of several that match, the longest match counts."""


def commands(text: str) -> list[str]:
    """Return the commands of a document, without comments and outputs."""
    blocks = [block for language, block in BLOCK.findall(text) if language in SHELL]
    return [re.sub(r"\s+#.*$", "", found).strip() for block in blocks for found in COMMAND.findall(block)]


def rule_of(command: str) -> Run | Elsewhere | Not | None:
    """Return what becomes of `command`; None where no rule says it."""
    matches = [(len(found[0]), rule) for pattern, rule in RULES if (found := re.match(pattern, command))]
    return max(matches, key=lambda match: match[0])[1] if matches else None
