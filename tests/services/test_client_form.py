"""What the Python client sends of the pictures that it is given."""

from pathlib import Path

import pytest

from services.client.request import form

RECEIPT = Path(__file__).parents[2] / "examples" / "receipt.png"


@pytest.mark.parametrize(
    ("picture", "sent"),
    [
        (b"image", ("image", b"image")),
        (str(RECEIPT), ("receipt.png", RECEIPT.read_bytes())),
        (RECEIPT, ("receipt.png", RECEIPT.read_bytes())),
    ],
)
def test_a_single_picture_is_a_list_of_one(picture, sent):
    assert form(picture, {})["files"] == form([picture], {})["files"] == [("file", sent)]
