"""Preprocessing on images whose pixels are known."""

import cv2
import numpy as np
import pytest

from ocr_core.preprocess import (
    UNEVEN_LIGHT,
    WIDTH_BUCKETS,
    adaptive_threshold,
    bucket_width,
    fit_height,
    light_unevenness,
    normalize,
    pad_width,
    to_gray,
)


def quad(*corners: tuple[float, float]) -> np.ndarray:
    return np.array(corners, np.float32)


def printed_page(height: int = 400, width: int = 600) -> np.ndarray:
    """Return black print on white paper."""
    page = np.full((height, width), 255, np.uint8)
    for y in range(40, height, 40):
        cv2.putText(page, "Lines of print on paper", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    return page


def test_gray_weighs_the_channels_as_eyes_do():
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert to_gray(image).tolist() == [[29, 150, 76, 255]]


def test_threshold_finds_ink_in_light_and_shade():
    page = np.tile(np.linspace(60, 250, 200).astype(np.uint8), (40, 1))
    page[18:22, 20:24] = 30
    page[18:22, 170:174] = 180  # lighter than the paper on the dark side
    binary = adaptive_threshold(page)
    assert set(np.unique(binary)) <= {0, 255}
    assert binary[18:22, 20:24].max() == 0
    assert binary[18:22, 170:174].max() == 0
    assert binary[5, 100] == binary[35, 190] == 255


def test_light_is_even_on_print_and_uneven_under_a_shadow():
    page = printed_page()
    assert light_unevenness(page) < 0.05
    shade = np.linspace(0.3, 1.0, page.shape[1])
    assert light_unevenness((page * shade).astype(np.uint8)) > UNEVEN_LIGHT
    panels = page.copy()
    panels[150:250] = 255 - panels[150:250]  # a dark panel is no shadow
    assert light_unevenness(panels) < UNEVEN_LIGHT


def test_light_on_an_image_too_small_to_judge_is_even():
    assert light_unevenness(np.array([[0, 255]], np.uint8)) == 0.0
    line = np.tile(np.linspace(0, 255, 600).astype(np.uint8), (60, 1))
    assert light_unevenness(line) == 0.0


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(32, 100, 100), (64, 100, 50), (16, 100, 200), (30, 20, 21), (100, 1, 8), (1, 1, 32), (10, 9000, 2400)],
)
def test_fit_keeps_the_ratio(height, width, expected):
    fitted = fit_height(np.full((height, width), 7, np.uint8))
    assert fitted.shape == (32, expected)
    assert np.all(fitted == 7)


def test_shrinking_averages():
    line = np.zeros((64, 64), np.uint8)
    line[::2] = 200
    assert np.all(fit_height(line) == 100)


@pytest.mark.parametrize(("width", "bucket"), [(8, 64), (64, 64), (65, 80), (641, 672), (1281, 1440), (2400, 2400)])
def test_bucket_is_the_next_width(width, bucket):
    assert bucket_width(width) == bucket


def test_buckets_are_whole_time_steps_of_both_networks():
    assert all(width % 8 == 0 for width in WIDTH_BUCKETS)
    assert list(WIDTH_BUCKETS) == sorted(set(WIDTH_BUCKETS))


def test_padding_continues_the_paper():
    line = np.full((4, 6), 200, np.uint8)
    line[:, 0] = 0
    line[0, 5] = 0  # a speck of ink at the end does not colour the padding
    padded = pad_width(line, 10)
    assert padded.shape == (4, 10)
    assert np.array_equal(padded[:, :6], line)
    assert np.all(padded[:, 6:] == 200)
    assert pad_width(line, 6) is line


def test_normalize_maps_black_to_minus_one_and_white_to_one():
    tensor = normalize(np.array([[0, 255]], np.uint8))
    assert tensor.dtype == np.float32
    assert tensor.tolist() == [[-1.0, 1.0]]
