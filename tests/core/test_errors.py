from ocr_core.errors import SHOWN, BadOption


def test_an_unknown_option_is_told_with_what_there_is():
    assert (
        str(BadOption.unknown("mode", "lines", ("line", "page")))
        == "mode='lines' does not exist; choose one of line, page."
    )


def test_of_a_long_value_the_beginning_is_told():
    assert len(str(BadOption.unknown("mode", "x" * 1_000_000, ("line", "page")))) < SHOWN + 100
