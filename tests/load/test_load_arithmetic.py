"""Percentiles and slopes by hand-made values, the samples, and what counts as reading them."""

import pytest

from locustfiles.figures import percentile, slope
from locustfiles.samples import draw_samples
from locustfiles.verification import VerificationError, check_truth


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
