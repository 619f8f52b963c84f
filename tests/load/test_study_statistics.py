"""Bootstrap, equivalence and verdicts by hand-made values."""

import importlib.util
import math

import pytest

if importlib.util.find_spec("scipy") is None:
    pytest.skip("the extra `study` is not installed", allow_module_level=True)

from locustfiles.report.judgement import Claim, Finding, closed_loop_seconds, count_of, judge, show
from locustfiles.report.spread import Ratio, ratio, spread


def test_spread_holds_the_mean_and_stays_within_the_values():
    found = spread([10.0, 12.0, 14.0])
    assert found.value == 12.0
    assert 10.0 <= found.low < 12.0 < found.high <= 14.0
    assert spread([10.0, 12.0, 14.0]) == found


def test_spread_of_equal_values_is_nothing():
    assert spread([5.0, 5.0]).high - spread([5.0, 5.0]).low == 0.0
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_ratio_of_hand_made_pairs():
    # logs: 0, log 4; mean log 2; standard error log 2; t(0.975, 1) = 12.706
    found = ratio([1.0, 4.0], [1.0, 1.0])
    assert found.value == pytest.approx(2.0)
    assert found.high == pytest.approx(math.exp(math.log(2) * (1 + 12.7062)), rel=1e-4)
    assert found.answer == "undecided"


@pytest.mark.parametrize(
    ("ours", "theirs", "answer"),
    [
        ([100.0, 101.0, 100.5], [100.0, 100.0, 101.0], "equal"),
        ([200.0, 202.0, 198.0], [100.0, 100.0, 100.0], "more"),
        ([50.0, 51.0, 50.5], [100.0, 100.0, 100.0], "less"),
        ([100.0, 150.0, 70.0], [100.0, 100.0, 100.0], "undecided"),
        ([107.0, 107.1, 106.9], [100.0, 100.0, 100.0], "more"),
        ([103.0, 103.1, 102.9], [100.0, 100.0, 100.0], "equal"),
        ([103.0], [100.0], "undecided"),
    ],
    ids=["equal", "twice", "half", "noise", "a little beyond the margin", "a little within it", "one pair"],
)
def test_answer_of_the_equivalence_test(ours, theirs, answer):
    assert ratio(ours, theirs).answer == answer


def test_pairs_cancel_what_both_have_in_common():
    # the machine was half as fast in the second repeat
    assert ratio([100.0, 50.0, 100.0], [99.0, 50.0, 101.0]).answer == "equal"


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1.0], [1.0, 2.0]), ([0.0], [1.0])])
def test_a_ratio_needs_positive_pairs(ours, theirs):
    with pytest.raises(ValueError, match="positive numbers"):
        ratio(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "published", "verdict"),
    [
        (Ratio(1.5, 1.4, 1.6, "more", 3), 1.48, "confirmed"),
        (Ratio(1.0, 0.99, 1.01, "equal", 3), 1.48, "refuted"),
        (Ratio(1.1, 1.05, 1.15, "more", 3), 1.48, "depends"),
        (Ratio(8.0, 7.0, 9.0, "more", 3), 1.48, "depends"),
        (Ratio(0.8, 0.7, 0.9, "less", 3), 1.48, "refuted"),
        (Ratio(1.2, 0.8, 1.8, "undecided", 3), 1.48, "undecided"),
        (Ratio(1.0, 0.8, 1.25, "undecided", 3), 1.48, "refuted"),
        (Ratio(1.5, 0.0, math.inf, "undecided", 1), 1.48, "undecided"),
        (None, 1.48, "not measured"),
    ],
    ids=["inside", "equal", "smaller", "larger", "other way", "wide", "excludes it", "one repeat", "no records"],
)
def test_verdict_on_a_published_ratio(ours, published, verdict):
    assert judge(ours, published)[0] == verdict


def finding(verdict):
    return Finding("what", "published", "ours", verdict)


@pytest.mark.parametrize(
    ("verdicts", "core", "expected"),
    [
        (["confirmed", "confirmed"], 0, "confirmed"),
        (["confirmed", "refuted"], 0, "depends"),
        (["refuted", "not measured", "undecided"], 0, "refuted"),
        (["refuted", "confirmed"], 1, "refuted"),
        (["undecided", "not measured"], 0, "undecided"),
        (["not measured"], 0, "not measured"),
    ],
)
def test_verdict_on_a_claim(verdicts, core, expected):
    assert Claim(1, "claim", tuple(map(finding, verdicts)), core=core).verdict == expected


def test_small_arithmetic():
    assert closed_loop_seconds(50, 6.8) == pytest.approx(7.353, abs=1e-3)
    assert (count_of(1.1, 1), count_of(39.0, 40), count_of(6.0, 40)) == ("confirmed", "confirmed", "refuted")
    assert [show(value) for value in (None, 0.123, 12.34, 123.4, 12345.0)] == ["–", "0.12", "12.3", "123", "12,345"]
