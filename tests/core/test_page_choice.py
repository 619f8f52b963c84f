"""`pages=`: what is understood, in which order, and what is refused in words."""

import pytest

from ocr_core.errors import BadOption, TooManyPages
from ocr_core.page_choice import PageChoice


@pytest.mark.parametrize(
    ("pages", "numbers"),
    [
        ("", (1, 2, 3, 4, 5)),
        ("all", (1, 2, 3, 4, 5)),
        ("2", (2,)),
        ("1-3,5", (1, 2, 3, 5)),
        ("4-", (4, 5)),
        ("5,1-2,1", (5, 1, 2)),
        (" 1 - 2 , 4 ", (1, 2, 4)),
    ],
)
def test_pages_in_the_order_in_which_they_are_asked_for(pages, numbers):
    assert PageChoice(pages).numbers(5) == numbers


@pytest.mark.parametrize("pages", ["x", "1;2", "-3", "1,,2", "3-1", "1-2-3", "1.5", "٣", "1234567", ",", " "])
def test_what_is_no_choice_is_refused(pages):
    with pytest.raises(BadOption, match="pages="):
        PageChoice(pages)


@pytest.mark.parametrize("pages", ["0", "6", "4-6", "6-", "1-999999"])
def test_a_page_that_is_not_there_is_named(pages):
    with pytest.raises(BadOption, match="the file has pages 1 to 5"):
        PageChoice(pages).numbers(5)
    with pytest.raises(BadOption, match="the file has one page"):
        PageChoice("2").numbers(1)


def test_more_pages_than_the_limit_are_refused_with_the_cure():
    assert PageChoice("1-3").numbers(5, 3) == (1, 2, 3)
    with pytest.raises(TooManyPages, match=r"5 pages are asked for, and at most 3.*pages=1-3"):
        PageChoice().numbers(5, 3)


def test_a_file_that_claims_millions_of_pages_takes_no_memory():
    with pytest.raises(TooManyPages):
        PageChoice().numbers(2_000_000_000)


def test_text_of_a_pdf_is_read_or_kept():
    with pytest.raises(BadOption, match="pdf_text='take'"):
        PageChoice(pdf_text="take")
