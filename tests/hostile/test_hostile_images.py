"""Every file of the hostile corpus through the engine alone: what is odd is read, what is damaged is refused."""

import pytest
from damaged_images import damaged_images
from odd_images import TEXT, odd_images

from ocr_core.errors import OcrError
from ocr_core.pipeline import load_pipeline
from services.contract import STATUS

ODD = odd_images()
DAMAGED = damaged_images()


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def test_the_corpus_is_large_enough():
    assert len(ODD) + len(DAMAGED) >= 400


@pytest.mark.parametrize("name", ODD)
def test_odd_image_is_read(name, pipeline):
    assert pipeline.read(ODD[name]).text == TEXT


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_image_is_answered_as_documented(name, pipeline):
    try:
        pipeline.read(DAMAGED[name].data)
        answer = (200, None)
    except OcrError as error:
        answer = (STATUS[type(error)], error.code)
    assert answer in DAMAGED[name].answers
