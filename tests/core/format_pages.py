"""Pages for the tests of the formats: made by hand, and read from the examples."""

from pathlib import Path

from ocr_core.types import Box, LineResult, PageResult, Reading, Span, Timings

EXAMPLES = Path(__file__).parents[2] / "examples"


def quad(x0, y0, x1, y1):
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def span(text, start, confidence, x0, y0, x1, y1):
    return Span(text, start, confidence, quad(x0, y0, x1, y1), Box(x0, y0, x1, y1))


def line(text, words=(), block=0, place=(10, 20, 110, 44), polygon=None):
    return LineResult(Reading(text, 0.9), polygon or quad(*place), Box(*place), tuple(words), (), block)


def page_of(*lines):
    return PageResult(lines, 320, 240, "crnn-0", Timings(1.0, 2.0, 3.0, 6.0))


SMALL = page_of(
    line("总 A<&>", [span("总", 0, 0.5, 10, 20, 30, 44), span("A<&>", 2, 0.987, 40, 20, 110, 44)]),
    line("下一", [span("下", 0, 1, 10, 60, 30, 84), span("一", 1, 1, 30, 60, 50, 84)], 1, (10, 60, 50, 84)),
)
"""Two blocks; in the first line a space between the words, in the second none."""

UPWARDS = page_of(line("up", polygon=((50, 200), (50, 100), (80, 100), (80, 200)), place=(50, 100, 80, 200)))
"""One line that runs from the bottom to the top, read without words."""

NASTY = page_of(line("\x00\x1b\ud800\uffff a\tb\n]]>&amp;\"'"))
"""Text that XML cannot hold, or not as it is."""

NOTHING = page_of()
