"""A short form of the measurements of reliability: what must hold on any machine, however slow, and no speeds."""

import importlib.util

import pytest

if importlib.util.find_spec("psutil") is None:
    pytest.skip("the extra `load` is not installed", allow_module_level=True)

from benchmarks.reliability import client, endurance, interruption, overload, service
from benchmarks.reliability.bars import Bar, table
from benchmarks.reliability.client import Reply
from benchmarks.reliability.service import SERVICES

SPEEDS = ("overload: answers a second", "overload: P99", "SIGKILL of a worker: until")
PATIENCE_S = 300


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """Requests have time to be answered."""
    monkeypatch.setattr(overload, "DEADLINE_MS", PATIENCE_S * 1000)
    monkeypatch.setattr(client, "TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(interruption, "BACK_S", PATIENCE_S)
    monkeypatch.setattr(service, "READY_S", PATIENCE_S)
    monkeypatch.setenv("OCR_DEADLINE_MS", str(PATIENCE_S * 1000))
    monkeypatch.setenv("OCR_GRACE_S", str(PATIENCE_S))


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "measure",
    [
        lambda name: overload.overload(name, 3.0),
        lambda name: endurance.correct_under_load(name, 60),
        lambda name: interruption.sigterm(name, 1),
        interruption.sigkill,
    ],
    ids=["overload", "correct", "sigterm", "sigkill"],
)
def test_promise(name, measure):
    measured = measure(name)
    bars = [bar for bar in measured if not bar.name.startswith(SPEEDS)]
    assert bars
    assert [str(bar) for bar in bars if not bar.kept] == []
    assert max((bar.value for bar in measured if bar.unit == " s"), default=0) < PATIENCE_S  # it came back


def test_a_service_that_answers_wrongly_is_found(monkeypatch):
    async def lies(*_):
        return [("line-1.png", Reply(200, b'{"text":"wrong"}', 0.1)), ("line-2.png", Reply(-1, b"", 0.1))]

    monkeypatch.setattr(endurance, "closed_loop", lies)
    differ, _ = endurance.correct_under_load("fastapi", 2)
    assert (differ.value, differ.kept) == (2, False)


def test_table_marks_what_is_broken_and_what_was_not_run():
    kept, broken = Bar("speed", 2.0, 1, at_most=False, unit="/s"), Bar("lost", 3, 0)
    assert table([("a", [kept]), ("b", [kept, broken])]).splitlines() == [
        "| promise | bar | a | b |",
        "|---|---|---|---|",
        "| speed | >= 1/s | 2/s | 2/s |",
        "| lost | <= 0 | not run | 3 **broken** |",
    ]
