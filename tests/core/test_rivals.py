"""Two finders' lines: which are rivals, and which of them stay."""

import numpy as np
import pytest

from ocr_core.line_support import Support
from ocr_core.rivals import Rivals
from ocr_core.types import Character, Quad, Reading
from ocr_core.words import geometric_mean


def quad(x0: float, y0: float, x1: float, y1: float, degrees: float = 0.0) -> Quad:
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    turn = np.radians(degrees)
    return (corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])).astype(np.float32)


def decided(rivals: Rivals, readings: dict[int, Reading | None]) -> list[list[int]]:
    return [sorted(rivals.decided(index, reading)) for index, reading in readings.items()]


def reading(text: str, *sure: float) -> Reading:
    """Return `text` with one confidence for all its letters, or one for each."""
    each = sure * len(text) if len(sure) == 1 else sure
    letters = tuple(Character(sign, own, 0.5) for sign, own in zip(text, each, strict=True))
    return Reading(text, geometric_mean(each), letters)


SURE, DOUBTFUL, POOR = Reading("whole line", 0.95), Reading("whole line", 0.6), Reading("whole line", 0.4)
PIECE = Reading("who", 0.95)


def test_a_line_that_both_find_is_read_once():
    rivals = Rivals([quad(0, 0, 100, 20)], [quad(2, 1, 99, 21)])
    assert len(rivals.quads) == 1
    assert decided(rivals, {0: POOR}) == [[0]]  # two finders see it: the page's own limit is enough


def test_of_a_line_that_both_find_the_longer_one_stays_where_its_end_is_a_letter():
    shorter, longer = quad(0, 0, 300, 20), quad(0, 0, 316, 20)
    assert len(Rivals([shorter], [longer]).quads) == 2
    assert len(Rivals([longer], [shorter]).quads) == 1
    for end, stays in ((0.9, 1), (0.3, 0)):
        seen = {0: reading("E.& O.", 0.9), 1: reading("E.& O.E", *[0.9] * 6, end)}
        assert decided(Rivals([shorter], [longer]), seen) == [[], [stays]]


@pytest.mark.parametrize("degrees", [0.0, 3.0])
def test_a_line_that_both_find_reaches_as_far_as_either(degrees):
    shorter = quad(10, 0, 300, 20, degrees)
    for x0, x1, expected in ((4, 300, (4, 300)), (10, 306, (10, 306)), (12, 290, (10, 300)), (9, 301, (10, 300))):
        (line,) = Rivals([shorter], [quad(x0, 2, x1, 19, degrees)]).quads
        assert line == pytest.approx(quad(expected[0], 0, expected[1], 20, degrees), abs=0.5)
        assert (line is shorter) == (expected == (10, 300))


def test_a_line_beside_another_one_keeps_its_end_there():
    left, right, seen = quad(10, 0, 300, 20), quad(318, 0, 600, 20), quad(4, 0, 308, 20)
    for beside, expected in (
        ([right], (4, 300)),
        ([quad(322, 0, 600, 20)], (4, 308)),
        ([quad(318, 30, 600, 50)], (4, 308)),
    ):
        line, *_ = Rivals([left, *beside], [seen]).quads
        assert line == pytest.approx(quad(expected[0], 0, expected[1], 20), abs=0.5)
    line = Rivals([left, right], [quad(312, 0, 606, 20)]).quads[1]
    assert line == pytest.approx(quad(318, 0, 606, 20), abs=0.5)


def test_without_a_second_finder_every_line_that_is_believed_stays():
    rivals = Rivals([quad(0, 0, 100, 20), quad(0, 30, 100, 50)])
    assert decided(rivals, {0: POOR, 1: None}) == [[0], []]


def test_pieces_or_the_whole_line_whichever_tells_more():
    whole, pieces = [quad(0, 0, 200, 20)], [quad(0, 0, 80, 20), quad(120, 0, 200, 20)]
    assert decided(Rivals(whole, pieces), {1: PIECE, 0: SURE, 2: PIECE}) == [[], [], [0]]
    assert decided(Rivals(pieces, whole), {2: DOUBTFUL, 0: PIECE, 1: PIECE}) == [[], [], [0, 1]]
    assert decided(Rivals(whole, pieces), {0: None, 1: POOR, 2: None}) == [[], [], [1]]


def test_as_many_lines_with_the_same_letters_are_those_of_the_first():
    rivals = Rivals([quad(0, 0, 80, 20)], [quad(0, 0, 94, 20)])
    assert decided(rivals, {0: reading("left", 0.9), 1: reading("left", 0.99)})[-1] == [0]
    rivals = Rivals([quad(0, 0, 80, 20)], [quad(0, 0, 94, 20)])
    assert decided(rivals, {0: reading("left", 0.9), 1: reading("left:", 0.99)})[-1] == [1]


def test_a_letter_that_is_hardly_seen_speaks_for_itself_alone():
    whole, pieces = [quad(0, 0, 200, 20)], [quad(0, 0, 80, 20), quad(120, 0, 200, 20)]
    faint = reading("Item4Total", *[0.99] * 4, 0.57, *[0.99] * 5)
    left, right = reading("Item", 0.99), reading("Total", 0.99)
    assert faint.confidence < 0.94
    assert decided(Rivals(pieces, whole), {0: left, 1: right, 2: faint})[-1] == [2]


def test_what_the_first_finder_has_more_of_must_tell_more_than_a_letter_in_ten():
    shorter, longer = reading("Delivered to", 0.99), reading("Delivered to!", *[0.99] * 12, 0.9)
    lines = [quad(0, 0, 300, 20)], [quad(0, 0, 190, 20)]
    assert decided(Rivals(*lines), {0: longer, 1: shorter})[-1] == [1]
    longer = reading("Delivered to whom", 0.99)
    assert decided(Rivals(*lines), {0: longer, 1: shorter})[-1] == [0]


def test_marks_that_are_read_with_doubt_speak_against_their_line():
    framed, clean = reading("Total,,,", *[0.99] * 5, *[0.6] * 3), reading("Total", 0.93)
    assert decided(Rivals([quad(0, 0, 90, 20)], [quad(0, 0, 60, 20)]), {0: framed, 1: clean})[-1] == [1]
    assert decided(Rivals([quad(0, 0, 60, 20)], [quad(0, 0, 90, 20)]), {0: clean, 1: framed})[-1] == [0]


def test_a_rule_is_no_match_for_a_letter():
    lines = [quad(0, 0, 200, 20)], [quad(0, 0, 120, 20)]
    underlined, clean = reading("Tota____", *[0.99] * 4, *[0.7] * 4), reading("Total", 0.99)
    assert decided(Rivals(*lines), {0: underlined, 1: clean})[-1] == [1]


@pytest.mark.parametrize("marks", [",", "____", "] )"])
def test_marks_that_one_finder_alone_sees_are_no_text(marks):
    here, elsewhere = quad(0, 0, 100, 20), quad(0, 100, 100, 120)
    assert decided(Rivals([here, elsewhere], [here]), {1: reading(marks, 0.95)}) == [[]]
    assert decided(Rivals([here, elsewhere], [here]), {0: reading(marks, 0.95)}) == [[0]]


@pytest.mark.parametrize(
    ("text", "sure", "stays"),
    [("}", 0.95, 1), ("});", 0.95, 1), ("}", 0.85, 0), ("[", 0.99, 0), (";", 0.99, 0), ("}-", 0.99, 0)],
)
def test_brackets_that_close_lines_of_a_program_are_text(text, sure, stays):
    for rivals in (Rivals([quad(0, 0, 10, 20)], []), Rivals([], [quad(0, 0, 10, 20)])):
        assert rivals.decided(0, reading(text, sure)) == [0] * stays


def test_chains_of_lines_are_one_contest():
    # each reaches into the next one, so that only one finder's way of cutting can be right
    rivals = Rivals([quad(0, 0, 100, 20), quad(100, 0, 200, 20)], [quad(50, 0, 150, 20), quad(150, 0, 260, 20)])
    assert len(rivals.quads) == 4
    assert decided(rivals, {0: PIECE, 1: PIECE, 2: SURE, 3: SURE}) == [[], [], [], [2, 3]]


@pytest.mark.parametrize(("reading", "stays"), [(SURE, True), (POOR, False), (None, False)])
def test_what_one_finder_alone_sees_must_be_surer_than_chance(reading, stays):
    elsewhere = quad(0, 100, 100, 120)
    for rivals in (Rivals([quad(0, 0, 100, 20)], [elsewhere]), Rivals([quad(0, 0, 100, 20)], [])):
        assert decided(rivals, {0: reading}) == [[0] if stays else []]
    assert decided(Rivals([], [elsewhere]), {0: reading}) == [[0] if stays else []]


def test_what_the_second_finder_sees_nothing_of_is_not_read():
    lines = [quad(0, 0, 100, 20), quad(0, 100, 100, 120), quad(0, 200, 100, 220)]
    support = Support(np.array([0.0, 0.0, 0.0]), np.array([0.01, 0.03, 0.01]))
    rivals = Rivals(lines, [lines[2]], support=support)
    assert [line[0, 1] for line in rivals.quads] == [100, 200]  # the last one both find
    assert len(Rivals(lines, [lines[2]]).quads) == 3


def test_what_the_second_finder_hardly_sees_must_be_read_surely():
    lines = [quad(0, 0, 100, 20), quad(0, 100, 100, 120)]
    for mean, sure, stays in ((0.05, 0.96, False), (0.05, 0.98, True), (0.2, 0.8, True)):
        rivals = Rivals(lines, [], support=Support(np.array([mean, 0.9]), np.array([0.5, 1.0])))
        assert decided(rivals, {0: reading("17", sure), 1: reading("19", 0.7)}) == [[0] if stays else [], [1]]


@pytest.mark.parametrize(("most", "stay"), [(0.019, 0), (0.021, 1)])
def test_the_limit_of_what_is_read(most, stay):
    support = Support(np.array([0.0]), np.array([most]))
    assert len(Rivals([quad(0, 0, 100, 20)], [], support=support).quads) == stay


def test_doubted_lines_are_told_by_their_place_among_those_that_are_read():
    lines = [quad(0, 100 * row, 100, 100 * row + 20) for row in range(3)]
    rivals = Rivals(lines, [], support=Support(np.array([0.0, 0.09, 0.11]), np.array([0.0, 0.5, 1.0])))
    assert rivals.doubted == {0}
    assert decided(rivals, {0: reading("17", 0.9), 1: reading("19", 0.9)}) == [[], [1]]


def test_a_line_that_is_not_read_holds_no_other_one_back():
    first, second = [quad(20, 0, 200, 20), quad(-10, 0, 9, 20)], [quad(10, 0, 200, 20)]
    (line,) = Rivals(first, second, support=Support(np.array([1, 0.0]), np.array([1, 0.0]))).quads
    assert line[0, 0] == 10


def test_slanting_lines_are_compared_along_their_slant():
    lines = [quad(0, y, 1000, y + 20, degrees=6) for y in range(0, 300, 30)]
    rivals = Rivals(lines, [line + 1 for line in lines])
    assert len(rivals.quads) == len(lines)  # their upright boxes would all lie in one another


def test_nothing_is_found():
    assert Rivals([], []).quads == []


def test_every_line_is_decided_exactly_once():
    rng = np.random.default_rng(5)
    first, second = (
        [
            quad(x, y, x + w, y + 20)
            for x, y, w in zip(*rng.uniform((0, 0, 20), (400, 400, 200), (60, 3)).T, strict=True)
        ]
        for _ in range(2)
    )
    rivals = Rivals(first, second)
    found = [index for i in rng.permutation(len(rivals.quads)) for index in rivals.decided(int(i), SURE)]
    assert len(found) == len(set(found)) > 30


def test_a_column_is_read_as_it_reads_better():
    letters = [quad(100, 20 * y, 120, 20 * y + 12) for y in range(6)]
    down = [np.roll(quad(99, 0, 121, 112), -1, axis=0)]
    stamped, upside_down = Reading("860754", 0.99), Reading("hSLO98", 0.6)
    for letter, wins in ((Reading("C", 0.8), [6]), (Reading("4", 1.0), [0, 1, 2, 3, 4, 5])):
        rivals = Rivals(letters, None, down)
        assert len(rivals.quads) == 8
        found = decided(rivals, dict(enumerate([letter] * 6 + [stamped, upside_down])))
        assert found == [[]] * 7 + [wins]


def test_level_lines_beside_a_column_are_decided_by_themselves():
    # of each row both finders have a line of their own; which one reads better may differ from row to row
    first = [quad(100, 0, 120, 12), quad(100, 20, 120, 32)]
    second = [quad(90, 0, 125, 12), quad(90, 20, 125, 32)]
    rivals = Rivals(first, second, [np.roll(quad(99, 0, 121, 32), -1, axis=0)])
    better, worse = Reading("12", 0.9), Reading("1", 0.6)
    assert decided(rivals, {0: better, 3: better, 1: worse, 2: worse, 4: None, 5: None})[-1] == [0, 3]


def test_rules_that_are_read_sideways_are_no_text():
    for reading in (Reading("____", 0.9), Reading("CO C", 0.7), Reading("IO", 0.95)):
        rivals = Rivals([], [], [np.roll(quad(99, 0, 121, 112), -1, axis=0)])
        assert decided(rivals, {0: reading, 1: None}) == [[], []]


def test_lines_of_one_column_may_run_up_and_down():
    # a wide level line bridges two labels, of which one runs down and the other up
    bridge, down = [quad(90, 30, 220, 90)], [quad(100, 0, 120, 112), quad(190, 0, 210, 112)]
    rivals = Rivals(bridge, None, [np.roll(line, -1, axis=0) for line in down])
    right, wrong = Reading("Pressure", 0.98), Reading("oJnsseJd", 0.55)
    assert len(rivals.quads) == 5
    assert decided(rivals, {0: Reading("--", 0.6), 1: right, 2: wrong, 3: wrong, 4: right})[-1] == [1, 4]


def test_the_same_letters_stand_in_the_lines_of_the_second_finder():
    across, columns = [quad(0, 0, 200, 20)], [quad(0, 0, 90, 20), quad(110, 0, 200, 20)]
    left, right, whole = (
        reading("old roads", 0.99),
        reading("new prices", 0.98),
        reading("old roads new prices", 0.99),
    )
    assert decided(Rivals(across, columns), {0: whole, 1: left, 2: right}) == [[], [], [1, 2]]
    assert decided(Rivals(columns, across), {0: left, 1: right, 2: whole}) == [[], [], [2]]
    # a word more tells, and a mark does not
    better = reading("old roads new prices here", 0.99)
    assert decided(Rivals(across, columns), {0: better, 1: left, 2: right}) == [[], [], [0]]
    # as does one that is surer
    poor = reading("new prices", 0.8)
    assert decided(Rivals(across, columns), {0: whole, 1: left, 2: poor}) == [[], [], [0]]
