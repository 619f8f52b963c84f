"""README.zh-CN.md says what README.md says: the same sections, commands, figures and links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
COMMENT = re.compile(r"\s+# .*$", re.M)


def sections(text):
    """Return (level of the heading, prose below); `make study-report` writes its part in English alone."""
    prose = re.sub(r"^```.*?^```$|<!-- study -->.*?<!-- /study -->", "", text, flags=re.M | re.S)
    parts = re.split(r"^(#+) .+$", prose, flags=re.M)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def code(text):
    return [COMMENT.sub("", block) for block in re.findall(r"^```(.*?)^```$", text, re.M | re.S)]


def links(text):
    return sorted(set(re.findall(r"\]\(([^)]+)\)", text)) - {"README.md", "README.zh-CN.md"})


def test_code_is_the_same():
    assert code(CHINESE) == code(ENGLISH)


def test_headings_have_the_same_levels():
    assert [level for level, _ in sections(CHINESE)] == [level for level, _ in sections(ENGLISH)]


@pytest.mark.parametrize("index", range(len(sections(ENGLISH))))
def test_section_has_the_same_figures_names_and_links(index):
    (_, english), (_, chinese) = sections(ENGLISH)[index], sections(CHINESE)[index]
    for pattern in (r"\d[\d,.-]*\d|\d", r"`[^`]+`"):
        assert sorted(re.findall(pattern, chinese)) == sorted(re.findall(pattern, english))
    assert links(chinese) == links(english)
    assert chinese.count("\n- ") == english.count("\n- ")


def test_each_leads_to_the_other():
    assert "](README.zh-CN.md)" in ENGLISH
    assert "](README.md)" in CHINESE
