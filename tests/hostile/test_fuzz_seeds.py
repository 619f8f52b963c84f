"""The inputs that fuzzing found or started from, replayed through the same targets without atheris."""

import importlib
import resource
from pathlib import Path

import pytest

SEEDS = sorted(path for path in (Path(__file__).parents[2] / "fuzz/seeds").rglob("*") if path.is_file())
MAX_GROWTH_KIB = 100 * 1024
"""A seed once made the decoder take 4 GB."""


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_seed(seed):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    importlib.import_module(f"fuzz.{seed.parent.name}").one_input(seed.read_bytes())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH_KIB
