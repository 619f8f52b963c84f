import re
from pathlib import Path

import pytest

from training import corpora
from training.alphabets import cleaned, default_alphabet


def test_news_come_as_sentences_with_the_digits_of_the_alphabet():
    news = list(corpora._news())
    assert len(news) > 50_000
    assert "中共中央总书记、国家主席江泽民" in news
    assert any(re.search("1998年", line) for line in news)
    assert not any(re.search("[０-９]", line) for line in news)


def test_reviews_and_explanations_are_chinese():
    for lines in (list(corpora._reviews()), list(corpora._explanations())):
        assert len(lines) > 100_000
        assert sum(bool(corpora.CHINESE.search(line)) for line in lines) > 0.9 * len([x for x in lines if x])


def test_towns_are_named_and_villages_are_not():
    text = "\n".join(corpora._explanations())
    assert "嘉定区" in text
    assert "华亭镇" in text
    assert "双塘村" not in text


@pytest.mark.skipif(
    not Path("/usr/share/dict/words").exists(), reason="Debian's package wamerican is not installed"
)
def test_words_are_the_list_and_the_commonest_of_print():
    words = set(corpora.english_words())
    assert {"the", "jalan", "kedai", "google", "oboe"} <= words
    assert not any(any(map(str.isdigit, word)) for word in words)


def test_a_package_that_is_missing_is_named():
    with pytest.raises(SystemExit, match=r"no_such_package is missing; .*ocr-pair\[training\]"):
        corpora._folder_of("no_such_package")


def test_texts_keep_the_characters_of_the_alphabet():
    alphabet = default_alphabet()
    assert cleaned("１９９８年", alphabet) == "年"  # why digits are made narrow first
    assert cleaned("１９９８年".translate(corpora.NARROW), alphabet) == "1998年"
