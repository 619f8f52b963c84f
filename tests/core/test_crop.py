"""Lines cut from pages, and places on lines told in pixels of the page."""

import cv2
import numpy as np
import pytest

from ocr_core.crop import crop_line


def quad(*corners: tuple[float, float]) -> np.ndarray:
    return np.array(corners, np.float32)


def test_level_quad_is_sliced_without_resampling():
    page = np.arange(200, dtype=np.uint8).reshape(10, 20)
    crop = crop_line(page, quad((3, 2), (9, 2), (9, 6), (3, 6)))
    assert np.array_equal(crop.pixels, page[2:6, 3:9])


def test_quad_over_the_edge_is_cut_to_the_page():
    page = np.arange(200, dtype=np.uint8).reshape(10, 20)
    assert crop_line(page, quad((-5, -5), (4, -5), (4, 3), (-5, 3))).pixels.shape == (3, 4)
    assert crop_line(page, quad((19.6, 9.6), (30, 9.6), (30, 12), (19.6, 12))).pixels.tolist() == [[199]]


@pytest.mark.parametrize("angle", [-20, 5, 90, 180])
def test_turned_quad_gives_the_upright_line(angle):
    line = np.full((40, 160), 255, np.uint8)
    cv2.putText(line, "TURNED", (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    page = np.full((300, 300), 255, np.uint8)
    page[130:170, 70:230] = line
    matrix = cv2.getRotationMatrix2D((150, 150), angle, 1)
    turned = cv2.warpAffine(page, matrix, (300, 300), borderValue=255)
    # pixel centres turn about (150, 150); the corners of pixels lie half a pixel before their centres
    corners = quad((70, 130), (230, 130), (230, 170), (70, 170)) - 0.5
    corners = (corners @ matrix[:, :2].T + matrix[:, 2] + 0.5).astype(np.float32)
    crop = crop_line(turned, corners)
    assert crop.pixels.shape == (40, 160)
    assert np.abs(crop.pixels.astype(int) - line).mean() < 10  # 40 and more if shifted by 2 px


def test_crop_tells_the_way_back():
    page = np.zeros((100, 200), np.uint8)
    corners = quad((10, 20), (110, 40), (106, 60), (6, 40))
    crop = crop_line(page, corners)
    columns = crop.pixels.shape[1]
    assert crop.part(0, columns) == pytest.approx(corners, abs=1e-3)
    middle = quad((60, 30), (110, 40), (106, 60), (56, 50))
    assert crop.part(columns / 2, columns) == pytest.approx(middle, abs=1e-3)


def test_place_on_the_page_and_place_along_the_line_agree():
    page = np.full((200, 300), 255, np.uint8)
    corners = quad((40, 120), (240, 60), (249, 90), (49, 150))
    centre = (corners[0] * 0.7 + corners[1] * 0.3 + corners[3] * 0.7 + corners[2] * 0.3) / 2
    cv2.circle(page, (round(centre[0]), round(centre[1])), 4, 0, -1)
    crop = crop_line(page, corners)
    x = float(np.nonzero(crop.pixels < 128)[1].mean() + 0.5)
    top, _, _, bottom = crop.part(x, x + 1)
    assert (top + bottom) / 2 == pytest.approx(centre, abs=1.0)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_line_along_another_side_of_the_page_keeps_its_pixels(turns):
    gray = np.random.default_rng(3).integers(0, 256, (40, 60), dtype=np.uint8)
    level = np.array([[10, 5], [50, 5], [50, 30], [10, 30]], np.float32)
    crop = crop_line(gray, np.roll(level, -turns, axis=0))
    np.testing.assert_array_equal(crop.pixels, np.rot90(gray[5:30, 10:50], turns))
    np.testing.assert_array_equal(crop.quad, np.roll(level, -turns, axis=0))
    width = crop.pixels.shape[1]
    np.testing.assert_allclose(crop.part(0, width), crop.quad, atol=1e-3)
