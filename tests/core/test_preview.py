"""Pages as pictures that browsers show."""

import base64

import cv2
import numpy as np
import pytest
from stand_ins import png

from ocr_core.preview import data_url


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(40, 60, (40, 60)), (1, 70_000, (1, 65_500)), (70_000, 20, (65_500, 19))]
)
def test_picture_has_no_longer_side_than_a_jpeg_can_hold(height, width, expected):
    kind, content = data_url(png(np.full((height, width, 3), 90, np.uint8))).split(",")
    assert kind == "data:image/jpeg;base64"
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape[:2] == expected
    assert np.abs(shown.astype(int) - 90).max() <= 2
