import random
import re

import pytest

from ocr_core.alphabet import Alphabet
from training.alphabets import cleaned, default_alphabet, read_alphabet, traditional_forms
from training.entries import Entries
from training.marks import noted
from training.signs import Signs
from training.texts import ACRONYMS, LONGEST_LINE, Aim, Corpus, TextSource

ALPHABET = default_alphabet()


def test_alphabet_holds_gb2312_latin_1_print_and_traditional_forms():
    assert len(ALPHABET) == 8586
    assert all(c in ALPHABET for c in " Az09啊齄éßŒ，“”—…￥℃①™–國學這")


def test_traditional_forms_are_single_signs_of_simplified_ones():
    forms = traditional_forms()
    assert forms["国"] == "國"
    assert set(forms["发"]) == {"發", "髮"}
    assert forms["签"] == "簽籤"
    assert set(forms["周"]) == {"周", "週"}  # is printed in both scripts
    assert all(len(simplified) == 1 and simplified in ALPHABET for simplified in forms)


def test_some_chinese_lines_are_traditional(assets):
    source = TextSource(Corpus(assets, ALPHABET), ALPHABET, seed=1)
    lines = {source._in_script("中国学习") for _ in range(200)}
    assert lines == {"中国学习", "中國學習"}


def test_look_alikes_are_taught_as_one_and_strangers_dropped():
    assert cleaned("¥5\u00a0 \u3000a−b 🙂", ALPHABET) == "￥5 a-b"


def test_lines_fit_and_stay_inside_the_alphabet(assets):
    source = TextSource(Corpus(assets, ALPHABET), ALPHABET, seed=1)
    for _ in range(500):
        line = source.line()
        assert 1 <= len(line) <= LONGEST_LINE
        assert all(character in ALPHABET for character in line)
        assert line == line.strip()


def test_numbers_and_signs_need_no_text(tmp_path):
    (tmp_path / "texts").mkdir()
    digits = Alphabet(" 0123456789")
    source = TextSource(Corpus(tmp_path, digits), digits, seed=1)
    lines = [source.line() for _ in range(300)]
    assert set("".join(lines)) == set(digits.characters)
    assert len(set(lines)) > 100


def test_missing_texts_name_the_cure(tmp_path):
    with pytest.raises(SystemExit, match=r"texts does not exist; run `python -m training\.assets"):
        Corpus(tmp_path, ALPHABET)


def test_same_seed_same_lines(assets):
    corpus = Corpus(assets, ALPHABET)
    first, again, other = (TextSource(corpus, ALPHABET, seed) for seed in (7, 7, 8))
    lines = [first.line() for _ in range(50)]
    assert lines == [again.line() for _ in range(50)]
    assert lines != [other.line() for _ in range(50)]


def test_every_kind_of_line_comes(assets):
    source = TextSource(Corpus(assets, ALPHABET), ALPHABET, seed=3)
    text = "\n".join(source.line() for _ in range(800))
    for sign in ("%", "@", ":", "RM", "fox", "FOX", "apple", "é", "中国", "汉字", "2", "/"):
        assert sign in text, sign
    assert "cherry's" not in text


def test_mixed_lines_set_acronyms_beside_chinese(assets):
    source = TextSource(Corpus(assets, ALPHABET), ALPHABET, seed=2)
    names = "|".join(map(re.escape, ACRONYMS))
    beside = re.compile(f"[一-鿿]({names})|({names})[一-鿿]")
    assert sum(bool(beside.search(source.mixed())) for _ in range(2000)) > 20
    assert all(cleaned(name, ALPHABET) == name for name in ACRONYMS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("他说：“好。”然后走了", {"他说：“好。7”然后走了", "他说：“好。”7然后走了"}),
        ("没有标点", {"没有标点。7", "没有标点”7"}),
        ("It is 3.5, he said.", {"It is 3.5, he said.7"}),
    ],
)
def test_notes_stand_behind_marks(text, wanted):
    marks = "。”" if "3.5" not in text else "."
    assert {noted(text, "7", marks, random.Random(seed)) for seed in range(30)} == wanted


def test_names_have_initials_and_a_colon_may_stand_apart():
    entries = Entries(("oak",), random.Random(2))
    names = [entries.initials() for _ in range(100)]
    assert any(re.fullmatch(r"[A-Z]\.[A-Z]\.? OAK.*", name) for name in names)
    assert any(re.fullmatch(r"\d+[A-Z]&\d+[A-Z]", name) for name in names)
    assert any(entries.receipt().endswith(" :") for _ in range(300))


def test_numbers_and_letters_stand_one_by_one():
    entries = Entries(("oak",), random.Random(2))
    rows = [entries.row() for _ in range(400)]
    assert all(re.fullmatch(r"\S+( \S+)+", row) for row in rows)
    for kind in (r"3 4 5 6( \d+)*", r"\d\d( \d+)+", r"c d e( [f-z])*", r"([A-Z] ){3,}[A-Z]", r"(OAK )+\d+( \d+)*"):
        assert any(re.fullmatch(kind, row) for row in rows), kind


def test_characters_in_focus_are_shown_often(assets):
    source = TextSource(Corpus(assets, ALPHABET), ALPHABET, seed=1, aim=Aim("國學"))
    assert 80 < sum("國" in line or "學" in line for line in (source.line() for _ in range(200))) < 160


def test_an_alphabet_is_read_from_a_file(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("1 2\n2 ¥", encoding="utf-8-sig")
    alphabet = read_alphabet(file)
    assert alphabet.characters == (" ", "1", "2", "¥")
    # the fold to ￥ is for alphabets that hold no other
    assert cleaned("¥ 12", alphabet) == "¥ 12"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b" \n", "holds no character"), (b"\xff", "not in UTF-8")]
)
def test_an_alphabet_that_is_none_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "mine.txt").write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        read_alphabet(tmp_path / "mine.txt")


def test_signs_of_print_are_shown_in_their_places():
    signs = Signs(("oak",), ("橡树",), random.Random(4))
    texts = [signs.text() for _ in range(6000)]
    assert set("©®™²³½§£€¢×÷±≤≥≈→•★☆①√℃°µπΩ–…†«»‰") <= set("".join(texts)) <= {*"".join(ALPHABET.characters)}
    for form in (
        "© 19\\d\\d [oO]ak",
        "[oO](ak|AK)™",
        "\\d+ m²",
        "\\d+,\\d\\d €",
        "★★★★☆",
        "①②③",
        "橡树→橡树",
        "-\\d+ °C",
    ):
        assert any(re.fullmatch(form, text) for text in texts), form
