"""The arithmetic of the benchmark's table, the order of its rounds, and its crops."""

import numpy as np
import pytest

from benchmarks.contenders import Contender
from benchmarks.crops import Crop, drawn_crops, folder_crops, without_color
from benchmarks.recogniser import print_table
from benchmarks.rounds import WARM_UP_LINES, Row, Timing, differences, run_rounds, table


def test_ratios_are_taken_inside_each_round():
    # the machine was four times slower in the second round: the ratio of the medians would be 2.5 or 10
    rows = table({"ours": [1.0, 4.0, 1.0], "peer": [5.0, 20.0, 6.0]}, reference="ours")
    assert rows == [
        Row("ours", ms=1.0, low=1.0, high=4.0, ratio=1.0),
        Row("peer", ms=6.0, low=5.0, high=20.0, ratio=5.0),
    ]
    assert rows[0].lines_a_second == 1000.0


def test_rounds_of_unequal_number_are_refused():
    with pytest.raises(ValueError, match="zip"):
        table({"ours": [1.0, 2.0], "peer": [1.0]}, reference="ours")


def test_each_round_begins_with_another_contender(tmp_path):
    calls = []

    def contender(name):
        def read(images):
            calls.append(name)
            return [f"{name}{image[0, 0, 0]}" for image in images]

        return Contender(name, read, tmp_path)

    crops = [Crop(np.full((4, 4, 3), level, np.uint8), "") for level in (1, 2)]
    timings = run_rounds([contender("a"), contender("b")], crops, rounds=3)
    assert "".join(calls) == "aabb" + "aabb" + "bbaa" + "aabb"  # the first four warm up
    assert len(crops) <= WARM_UP_LINES
    assert timings["a"].texts == ["a1", "a2"]
    assert timings["b"].texts == ["b1", "b2"]
    assert len(timings["b"].ms_a_line) == len(timings["b"].processor_shares) == 3
    assert all(ms > 0 for ms in timings["b"].ms_a_line)


def test_lines_are_handed_over_together(tmp_path):
    sizes = []

    def read(images):
        sizes.append(len(images))
        return [str(image[0, 0, 0]) for image in images]

    crops = [Crop(np.full((4, 4, 3), level, np.uint8), "") for level in range(5)]
    timings = run_rounds([Contender("a", read, tmp_path, together=2)], crops, rounds=1)
    assert sizes == [1] * 5 + [2, 2, 1]  # one by one to warm up
    assert timings["a"].texts == ["0", "1", "2", "3", "4"]


def test_differences():
    assert differences(["a", "b", "c "], ["a", "B", "c"]) == [("b", "B"), ("c ", "c")]


def test_the_table_says_when_the_machine_was_busy(capsys):
    crops = [Crop(np.zeros((4, 4, 3), np.uint8), "abcd")]
    row = Row("ours", ms=2.0, low=1.0, high=4.0, ratio=1.0)
    print_table([row], {"ours": Timing([2.0], [1.0], ["abxd"])}, crops)
    quiet = capsys.readouterr().out
    assert quiet.splitlines()[1].split() == ["ours", "2.00", "(1.00-4.00)", "500.0", "1.00x", "25.00%", "0.0%"]
    assert "Other work" not in quiet
    print_table([row], {"ours": Timing([2.0], [0.5], ["abcd"])}, crops)
    assert "Other work was running" in capsys.readouterr().out


def test_drawn_crops_are_the_same_in_each_run_and_of_many_widths():
    first, second = drawn_crops(24), drawn_crops(24)
    assert [crop.text for crop in first] == [crop.text for crop in second]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))
    assert {crop.image.shape[0] for crop in first} == {24, 32, 48}
    widths = [crop.image.shape[1] / crop.image.shape[0] for crop in first]
    assert max(widths) > 5 * min(widths)
    assert all(crop.image.min() < 100 for crop in first)


def test_crops_of_a_folder(tmp_path):
    import cv2

    (tmp_path / "crops").mkdir()
    for index, name in enumerate(("x.png", "y.png")):
        cv2.imwrite(str(tmp_path / "crops" / name), np.full((3, 5, 3), index, np.uint8))
    (tmp_path / "labels.tsv").write_text("x.png\tone two\ny.png\t三\nz.png\tgone\n", encoding="utf-8")
    crops = folder_crops(tmp_path, 2)
    assert [(crop.text, crop.image.shape, crop.image.max()) for crop in crops] == [
        ("one two", (3, 5, 3), 0),
        ("三", (3, 5, 3), 1),
    ]
    with pytest.raises(FileNotFoundError, match=r"z\.png"):
        folder_crops(tmp_path, 3)


def test_grey_keeps_the_brightness():
    image = np.array([[[255, 0, 0], [0, 0, 255], [7, 7, 7]]], np.uint8)
    assert without_color(image).tolist() == [[[29] * 3, [76] * 3, [7] * 3]]
