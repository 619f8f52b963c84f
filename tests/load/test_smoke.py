"""The verdict of the load test on outcomes and on servers that go wrong in known ways."""

import importlib.util
import sys
from pathlib import Path

import pytest

# looked for, not imported: Locust would replace the standard library's sockets in this process
if importlib.util.find_spec("locust") is None or importlib.util.find_spec("psutil") is None:
    pytest.skip("the extra `load` is not installed", allow_module_level=True)

from locustfiles.server import running
from locustfiles.smoke import Load, Outcome, Request, problems, smoke

FAKE = Path(__file__).with_name("fake_ocr_server.py")

SECONDS = (0.8, 3.8, 14.8, 59.8)
"""Of load: a machine that has little time for it needs more, to send enough or to judge the memory."""

TOO_SHORT = ("There was no request.", "The load was too short to judge the memory.")
FLAT = [(float(second), 100.0) for second in range(5)]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome([Request(0, 1, "")], FLAT, 0), []),
        (Outcome([], FLAT, 0), ["There was no request."]),
        (Outcome([Request(0, 1, "")], FLAT, 3), ["Locust ended with status 3; what it said is above."]),
        (Outcome([Request(0, 1, ""), Request(0, 1, "status 500")], FLAT, 0), ["1 of 2 requests: status 500"]),
        (Outcome([Request(0, 1, "")], FLAT[:1], 0), ["The load was too short to judge the memory."]),
        (
            Outcome([Request(0, 1, "")], [(0.0, 100.0), (1.0, 104.0), (2.0, 108.0)], 0),
            ["Memory grew by 4.0 MiB a second; the bound is 3.0."],
        ),
    ],
    ids=["fine", "no request", "locust failed", "error", "too short", "growing"],
)
def test_problems(outcome, expected):
    assert problems(outcome) == expected


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("right", "passed"),
        ("wrong-once", "requests: wrong text"),
        ("fails-once", "requests: status 500"),
        ("leaks", "Memory grew"),
        ("illiterate", "Locust ended with status 3"),
    ],
    ids=["right", "wrong once", "fails once", "leaks", "illiterate"],
)
def test_verdict_on_a_server(behaviour, sentence, capfd):
    command = [sys.executable, str(FAKE), behaviour]
    for seconds in SECONDS:
        passed = smoke("fake", command, Load(users=2, seconds=seconds, warm_up=0.2))
        printed = capfd.readouterr()
        if sentence in printed.out:
            break
        assert passed or any(words in printed.out for words in TOO_SHORT)
    assert passed is (behaviour == "right")
    assert sentence in printed.out
    if behaviour == "illiterate":
        assert "came back as 'lorem ipsum'" in printed.err


def test_a_server_that_does_not_start_fails(capfd):
    assert not smoke("broken", [sys.executable, "-c", "raise SystemExit(7)"], Load())
    assert "ended with status 7 before it was ready" in capfd.readouterr().out


def test_a_server_ends_with_the_block():
    with running([sys.executable, str(FAKE), "right"]) as server:
        assert server.memory() > 5
        assert server.process.is_running()
    assert not server.process.is_running()
    assert server.memory() == 0.0
