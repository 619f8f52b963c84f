"""What the documents say is so: links, commands, settings, field names, and the examples' texts."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from document_commands import Elsewhere, Run, commands, rule_of

from ocr_core.cli import main
from ocr_core.formats.page_json import page_json
from ocr_core.pipeline import load_pipeline
from ocr_core.types import PageResult, Timings
from services import contract, settings
from training.metrics import edit_distance

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("models/*.md")])
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}
README, API, DEPLOYMENT = (TEXTS[name] for name in ("README.md", "docs/api.md", "docs/deployment.md"))
EXAMPLES = sorted((ROOT / "examples").glob("*.png"))

LINK = re.compile(r"https?://\S+")
VARIABLE = re.compile(r"\b(HOST|PORT|OCR_[A-Z_]+)\b")


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
            assert anchor in map(slug, headings), target


@pytest.mark.parametrize("name", TEXTS)
def test_no_place_of_one_machine_is_named(name):
    assert not re.search(r"/tmp/|/work/|/root/|/home/", TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_named_exist(name):
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", TEXTS[name]):
        ignored = path.startswith(("runs/", "assets/", "results/"))  # made by commands of the documents
        assert ignored or (ROOT / path).exists(), path


@pytest.mark.parametrize("name", TEXTS)
def test_extras_that_are_named_exist(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = re.findall(r"ocr-pair\[([\w,]+)\]|extras? `(\w+)`", TEXTS[name])
    named = {extra for pair in found for text in pair if text for extra in text.split(",")}
    assert named <= set(project["optional-dependencies"])


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {verb for text in TEXTS.values() for verb in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)}
    assert {"serve", "test"} <= named <= targets


def test_modules_exist_and_know_their_flags():
    commands = {row for text in TEXTS.values() for row in re.findall(r"python -m (training[^`#|\n]*)", text)}
    assert len(commands) >= 8
    for command in commands:
        spec = importlib.util.find_spec(re.match(r"[\w.]+", command)[0])
        assert spec, command
        source = Path(spec.origin).read_text(encoding="utf-8")
        trainer = {"training.train": "trainer.py", "training.train_detector": "detector_trainer.py"}.get(spec.name)
        if trainer:  # one flag for each field
            fields = re.findall(r"^    (\w+): ", (ROOT / "training" / trainer).read_text(encoding="utf-8"), re.M)
            source += "".join(f'"--{field.replace("_", "-")}"' for field in fields)
        flags = re.findall(r"--[a-z0-9-]+", command)
        assert [flag for flag in flags if f'"{flag}"' not in source] in ([], ["--help"])


def test_settings_are_documented_with_their_defaults():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", DEPLOYMENT, re.M))
    source = Path(settings.__file__).read_text(encoding="utf-8")
    assert set(rows) == set(re.findall(r'read\("([A-Z_]+)"', source))
    default = settings.Settings()
    found = {
        "OCR_THREADS": "the CPUs of the process",
        "OCR_RECOGNIZER": "the shipped model",
        "OCR_CACHE_URL": "none",
        "OCR_API_KEYS": "none",
        "OCR_RATE_LIMIT": "none",
        "OCR_CORS_ORIGINS": "none",
        "OCR_PEER_URL": "none",
        "OCR_GRPC_TLS_CERT": "none",
        "OCR_GRPC_TLS_KEY": "none",
        "OCR_GRPC_TLS_CLIENT_CA": "none",
        "PROMETHEUS_MULTIPROC_DIR": "chosen by the service",
    }
    shown = {True: "on", False: "off"}
    for name in rows:
        value = getattr(default, name.removeprefix("OCR_").lower(), None)
        assert rows[name] == found.get(name, f"`{shown[value] if isinstance(value, bool) else value}`")


def test_no_other_variable_is_named():
    known = set(re.findall(r'read\("([A-Z_]+)"', Path(settings.__file__).read_text(encoding="utf-8")))
    assert {name for text in TEXTS.values() for name in VARIABLE.findall(LINK.sub("", text))} <= known


@pytest.mark.parametrize("text", [README, API], ids=["README.md", "docs/api.md"])
def test_answer_of_curl_has_the_fields_and_the_text(text, pipeline):
    answer = json.loads(re.search(r'^\{.*?"warnings": ?\[\]\s*\}$', text, re.M | re.S)[0])
    page = pipeline.read((ROOT / "examples/line-en.png").read_bytes())
    real = page_json(page)
    assert list(answer) == list(real)
    assert [list(line) for line in answer["results"]] == [list(line) for line in real["results"]]
    assert list(answer["timings_ms"]) == list(real["timings_ms"])
    assert answer["image"] == real["image"]
    assert answer["results"][0]["bbox"] == real["results"][0]["bbox"]
    assert answer["text"] == expected("line-en")


def test_fields_and_errors_are_documented():
    empty = PageResult((), 1, 1, "m", Timings(0, 0, 0, 0))
    assert all(f"| `{name}` |" in API for name in page_json(empty))
    codes = {(status, error.code) for error, status in contract.STATUS.items()}
    codes |= {(status, code) for status, (code, _) in contract.HTTP_ERRORS.items()}
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", API, re.M)
    assert {(int(status), code) for status, code in rows} == codes


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_has_a_test_or_a_reason(name):
    for command in commands(TEXTS[name]):
        rule = rule_of(command)
        assert rule is not None, (
            f"Say in tests/document_commands.py which test runs it, or why none does: {command}"
        )
        if isinstance(rule, Elsewhere):
            assert rule.words in (ROOT / rule.file).read_text(encoding="utf-8"), (
                f"{rule.file} does not run: {command}"
            )


RUN = {command.removeprefix(".venv/bin/") for text in TEXTS.values() for command in commands(text)}
RUN = sorted(command for command in RUN if rule_of(command) == Run())


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder that looks like a clone in which `make serve` has run, with some scans."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("examples", "README.md"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "scans").mkdir()
    (folder / "scans/a.png").symlink_to(EXAMPLES[0])
    return folder


@pytest.mark.parametrize("command", RUN)
def test_command_runs(command, clone, real_services):
    if shutil.which(command.split()[0]) is None and command.startswith("node"):
        pytest.skip("node is not installed")
    address = real_services["fastapi"].address
    here = command.replace("http://127.0.0.1:8000", address).replace("http://127.0.0.1:8001", address)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(["bash", "-ec", here], cwd=clone, env=environment, capture_output=True, timeout=300)
    assert result.returncode == 0, result.stderr.decode()
    written = re.search(r"(?:> |--output )(\S+)", command)
    answer = result.stdout.decode() if written is None else "".join(map(str, (clone / written[1]).parent.iterdir()))
    assert answer.strip()
    assert '"code":"' not in answer.replace('"code":"not_an_image"', "")  # what the stream of the document shows


def expected(name: str) -> str:
    """Return the text that the picture of an example shows."""
    return (ROOT / f"examples/{name}.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_read(path, pipeline):
    # capitals of the shape of the small letter are told by their size alone: NOV for Nov
    shapes = str.maketrans("OV", "ov")
    read = pipeline.read(path.read_bytes()).text
    assert edit_distance(read.translate(shapes), expected(path.stem).translate(shapes)) <= 1, read


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/api.md"])
def test_examples_name_the_shipped_models_and_how_sure_they_are(name, pipeline):
    assert set(re.findall(r"crnn-\w+\+detector-\w+", TEXTS[name])) == {pipeline.name}
    line = pipeline.read((ROOT / "examples/line-en.png").read_bytes()).lines[0]
    told = re.search(r'"confidence": ?([\d.]+)', TEXTS[name])[1]
    assert float(told) == pytest.approx(line.reading.confidence, abs=0.005)


@pytest.mark.parametrize("name", ["README.zh-CN.md", "docs/api.md"])
def test_examples_show_one_and_the_same_answer(name):
    confidence, timings = r'"confidence": ?([\d.]+)', r'"timings_ms": ?({.*?})'
    for figures in (confidence, timings):
        shown, told = (re.search(figures, text)[1].replace(" ", "") for text in (README, TEXTS[name]))
        assert told == shown


def test_command_line_example(pipeline, capsys, monkeypatch):
    arguments, output = re.search(r"^\$ ocr (.+)\n(.+)$", README, re.M).groups()
    monkeypatch.chdir(ROOT)
    assert main(arguments.split(), pipeline) == 0
    assert edit_distance(capsys.readouterr().out.strip(), output) <= 1
    assert output == expected(Path(arguments).stem)


def test_python_example_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(re.search(r"^```python\n(.+?)^```", README, re.M | re.S)[1], {})
    assert len(capsys.readouterr().out.splitlines()) == 4
