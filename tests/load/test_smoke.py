"""The arithmetic of the load test, and its verdict on servers that go wrong in known ways."""

import importlib.util
import sys
from pathlib import Path

import pytest

from locustfiles.figures import percentile, slope
from locustfiles.samples import draw_samples
from locustfiles.smoke import Load, Outcome, Request, problems, smoke
from locustfiles.verification import VerificationError, check_truth

FAKE = Path(__file__).with_name("fake_ocr_server.py")

# found, not imported: an import would replace the standard library's sockets in this process
needs_locust = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="Locust is not installed")

FLAT = [(float(second), 100.0) for second in range(5)]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.95, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([float(value) for value in range(1, 101)], 0.95, 95.0),
        ([1.0, 2.0, 9.0], 1.0, 9.0),
        ([1.0, 2.0, 9.0], 0.0, 1.0),
    ],
    ids=["one", "middle of three", "lower of two middles", "95 of 100", "largest", "smallest"],
)
def test_percentile(values, share, expected):
    assert percentile(values, share) == expected


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], 0.0),
        ([(1.0, 5.0)], 0.0),
        ([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], 2.0),
        ([(0.0, 9.0), (1.0, 6.0), (2.0, 3.0)], -3.0),
        ([(0.0, 0.0), *((float(x), 50.0) for x in range(1, 10))], 0.0),
        ([(0.0, 1.0), (0.0, 7.0)], 0.0),
    ],
    ids=["none", "one", "rising", "falling", "a single step", "one moment"],
)
def test_slope(points, expected):
    assert slope(points) == expected


def test_samples_are_the_same_in_each_run():
    first, second = draw_samples(), draw_samples()
    assert first == second
    assert len({sample.name for sample in first}) == 6
    assert draw_samples(seed=1)[0].text != first[0].text


def test_one_clean_sample_that_is_read_is_enough():
    samples = draw_samples()
    texts = {sample.name: "" for sample in samples}
    check_truth(samples, {**texts, samples[1].name: f"Title {samples[1].text.upper()}\n"})
    with pytest.raises(VerificationError, match="No clean sample"):
        check_truth(samples, texts)
    with pytest.raises(VerificationError, match="No clean sample"):
        check_truth(samples, {**texts, samples[-1].name: samples[-1].text})  # the noisy page


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


@needs_locust
@pytest.mark.parametrize(
    ("behaviour", "passes", "sentence"),
    [
        ("right", True, "passed"),
        ("wrong-once", False, "requests: wrong text"),
        ("fails-once", False, "requests: status 500"),
        ("leaks", False, "Memory grew"),
        ("illiterate", False, "Locust ended with status 3"),
    ],
)
def test_verdict_on_a_server(behaviour, passes, sentence, capfd):
    command = [sys.executable, str(FAKE), behaviour]
    assert smoke("fake", command, Load(users=2, seconds=0.8, warm_up=0.2)) is passes
    printed = capfd.readouterr()
    assert sentence in printed.out
    if behaviour == "illiterate":
        assert "came back as 'lorem ipsum'" in printed.err


def test_a_server_that_does_not_start_fails(capfd):
    assert not smoke("broken", [sys.executable, "-c", "raise SystemExit(7)"], Load())
    assert "ended with status 7 before it was ready" in capfd.readouterr().out
