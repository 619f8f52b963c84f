"""The rules that keep the tree readable: who imports whom, sizes, names, frozen results."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ocr_core

ROOT = Path(__file__).parents[1]
PACKAGES = ("ocr_core", "services", "training", "locustfiles", "fuzz", "models", "static")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CORE = [path for path in SOURCES if path.is_relative_to(ROOT / "ocr_core")]

MAX_LINES = 250
BANNED_STEMS = {"utils", "util", "helpers", "helper", "common", "misc"}

FORBIDDEN = {
    "ocr_core": {"services", "training", "locustfiles", "flask", "fastapi", "starlette", "torch", "locust"},
    "services": {"training", "locustfiles", "torch", "locust"},
    "services/client": {"ocr_core", "services", "flask", "fastapi", "starlette"},
    "services/flask_app": {"fastapi", "starlette", "grpc", "services.fastapi_app", "services.grpc_app"},
    "services/fastapi_app": {"flask", "werkzeug", "grpc", "services.flask_app", "services.grpc_app"},
    "services/grpc_app": {"flask", "fastapi", "starlette", "services.flask_app", "services.fastapi_app"},
    "training": {"services", "locustfiles", "flask", "fastapi", "locust"},
    "locustfiles": {"ocr_core", "services", "training", "torch", "locustfiles.arms"},
    "locustfiles/arms": {"training", "torch", "locust"},
    "fuzz": {"training", "locustfiles", "flask", "fastapi"},
    "models": {"ocr_core", "services", "training"},
}
"""What the files of a folder may not import."""

SERVERS = ROOT / "locustfiles" / "arms"
"""What the load tests put a load on: processes of their own, which know the services."""

LAYERS = (
    {"errors", "page_choice", "types", "note", "alphabet", "line_support", "detector", "recognizer"},
    {"document_result"},
    {
        "tiff_tags",
        "tiff_image",
        "image_header",
        "opaque",
        "still",
        "image_io",
        "preview",
        "preprocess",
        "further_looks",
        "detect",
        "ctc",
        "reading_order",
    }
    | {
        "detect_components",
        "detect_ink",
        "detect_large",
        "detect_lines",
        "detect_marks",
        "detect_broken",
        "detect_sideways",
        "detect_cores",
        "single_line",
        "crop",
        "words",
        "latin_marks",
        "belief",
        "long_lines",
        "lone_digits",
        "line_result",
        "layout",
        "contest",
        "rivals",
        "gutters",
        "page_view",
        "page_warnings",
        "orientation",
    },
    {"language_model", "model_spec", "processor", "shipped", "sizing"},
    {"beam"},
    {"engine"},
    {"detect_network"},
    {"frames", "pdf_worker", "pdf_input"},
    {"document"},
    {"xml_text", "placed_words", "page_json", "glyphless_font"},
    {"hocr", "alto", "tsv", "searchable_pdf", "marked_image", "formats"},
    {"pipeline"},
    {"batch"},
    {"doctor", "read_command"},
    {"bulk", "inputs", "found_files", "archives", "tables", "page_counter", "sources"}
    | {"tiff_pages", "batch_reader", "local_pool", "ray_tasks", "tabular", "store", "target"}
    | {"bulk_job", "progress", "bulk_command"},
    {"cli"},
)
"""Modules of the core; each may import those of its own layer and of the ones before."""


def imports(path: Path) -> set[str]:
    """Return the dotted names that `path` imports, at the top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            own = path.is_relative_to(ROOT / "services" / "client")  # it has another name when it is installed
            assert node.level in (0, own), f"{path}: a relative import hides where it leads"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def layer_of(module: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if module in layer)


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_forbidden_is_imported(path):
    found = imports(path)
    for folder, forbidden in FORBIDDEN.items():
        if path.is_relative_to(ROOT / folder) and not (folder == "locustfiles" and path.is_relative_to(SERVERS)):
            wrong = {n for n in found for bad in forbidden if n == bad or n.startswith(bad + ".")}
            assert not wrong, f"{folder} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", [p for p in CORE if p.stem != "__init__"], ids=ids)
def test_core_imports_point_one_way(path):
    own = layer_of(path.stem)
    for name in imports(path):
        package, _, module = name.partition(".")
        module = module.partition(".")[0]
        if package == "ocr_core" and module:
            assert layer_of(module) <= own, f"{path.stem} may not import {module}"


def test_every_module_of_the_layers_exists():
    named = [module for layer in LAYERS for module in layer]
    there = {path.stem for path in CORE} | {path.parent.name for path in CORE}
    assert sorted(set(named)) == sorted(named)
    assert set(named) <= there


def test_core_modules_import_each_other_without_a_cycle():
    graph = {p.stem: {n.split(".")[1] for n in imports(p) if n.startswith("ocr_core.")} for p in CORE}
    del graph["__init__"]
    while graph:
        free = {module for module, wanted in graph.items() if not wanted & graph.keys() - {module}}
        assert free, f"a cycle among {sorted(graph)}"
        graph = {module: wanted for module, wanted in graph.items() if module not in free}


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_files_are_short_and_named_for_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert path.stem not in BANNED_STEMS


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_dataclasses_of_the_core_are_frozen_with_slots(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                text = ast.unparse(decorator)
                if text.startswith("dataclass"):
                    assert "frozen=True" in text, f"{node.name} can be changed"
                    assert "slots=True" in text, f"{node.name} takes any attribute"


@pytest.mark.parametrize("path", [p for p in SOURCES if not p.is_relative_to(ROOT / "training")], ids=ids)
def test_the_environment_is_read_in_one_place(path):
    if path != ROOT / "services" / "settings.py":
        assert not imports(path) & {"os.environ", "os.getenv"}
        text = path.read_text(encoding="utf-8")
        assert "os.environ" not in text
        assert "os.getenv" not in text


def test_public_surface_is_small_and_described():
    assert len(ocr_core.__all__) <= 12
    assert len(set(ocr_core.__all__)) == len(ocr_core.__all__)
    for name in ocr_core.__all__:
        assert getattr(ocr_core, name).__doc__, f"{name} has no docstring"


def test_importing_the_core_loads_no_runtime():
    # training imports the alphabet and the preprocessing on machines without ONNX Runtime
    code = "import sys, ocr_core, ocr_core.alphabet, ocr_core.preprocess; print('onnxruntime' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "False"
