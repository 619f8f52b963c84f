"""A short form of the measurements of reliability: what must hold on any machine, however slow, and no speeds."""

import importlib.util

import pytest

if importlib.util.find_spec("psutil") is None:
    pytest.skip("the extra `load` is not installed", allow_module_level=True)

from benchmarks.reliability import endurance, interruption, overload
from benchmarks.reliability.bars import Bar, table
from benchmarks.reliability.client import Reply
from benchmarks.reliability.service import SERVICES

SPEEDS = ("overload: answers a second", "overload: P99")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "measure",
    [
        lambda service: overload.overload(service, 3.0),
        lambda service: endurance.correct_under_load(service, 60),
        lambda service: interruption.sigterm(service, 1),
        interruption.sigkill,
    ],
    ids=["overload", "correct", "sigterm", "sigkill"],
)
def test_promise(service, measure):
    bars = [bar for bar in measure(service) if not bar.name.startswith(SPEEDS)]
    assert bars
    assert [str(bar) for bar in bars if not bar.kept] == []


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
