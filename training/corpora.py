"""Lines of text from installed Debian packages: manuals, dictionaries, sayings, licences."""

import gzip
import html
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ocr_core.alphabet import Alphabet
from training.alphabets import cleaned

CHINESE = re.compile(r"[一-鿿]")
PLAIN = re.compile(r"[A-Za-z0-9 ,.;:'()/!?&-]+")
"""What most lines of a dictionary consist of; the others hold its own marks."""

FEWEST, MOST = 4, 399
"""Characters of a line that is kept."""


def corpora() -> dict[str, Iterator[str]]:
    """Return the lines of each corpus by its name: `zh`, `en`, and `accents` in other languages of Europe."""
    games = "games/fortunes"
    return {
        "zh": (
            line
            for line in chain(
                _html_lines("/usr/share/libreoffice/help/zh-CN"),
                _plain_lines("man/zh_CN/man*/*.gz"),
                _plain_lines(f"{games}/**/*"),
            )
            if CHINESE.search(line)
        ),
        "en": (
            line
            for line in chain(
                _plain_lines(f"{games}/*"),
                _plain_lines("doc/bible-kjv-text/*.gz"),
                _plain_lines("common-licenses/*"),
                _html_lines("/usr/share/libreoffice/help/en-US"),
                _html_lines("/usr/share/doc/anarchism/html"),
            )
            if line.isascii() or re.search(r"[“”‘’–—]", line)
        ),
        "accents": (
            line
            for language in ("de", "es", "it", "fr")
            for line in _plain_lines(f"{games}/{language}/**/*")
            if re.search(r"[À-ÿ]", line)
        ),
    }


def wider_corpora() -> Iterator[str]:
    """Yield more lines in both languages, too many to travel: for the language model alone."""
    chinese = chain(
        _html_lines("/usr/share/libreoffice/help/zh-TW"),
        _html_lines("/usr/share/gimp/2.0/help/zh_CN"),
        _html_lines("/usr/share/doc/debian-handbook/html/zh-CN"),
        _html_lines("/usr/share/doc/debian-handbook/html/zh-TW"),
        _html_lines("/usr/share/debian-reference", "*.zh-cn.html"),
        _html_lines("/usr/share/debian-reference", "*.zh-tw.html"),
        _html_lines("/usr/share/doc/debian/FAQ/zh-cn"),
        _html_lines("/usr/share/doc/debian-edu-doc-zh-cn"),
        _html_lines("/usr/share/doc/maint-guide-zh-cn"),
    )
    yield from (line for line in chinese if CHINESE.search(line))
    yield from _html_lines("/usr/share/doc/debian-handbook/html/en-US")
    for dictionary in ("gcide", "wn"):
        yield from (line for line in _plain_lines(f"dictd/{dictionary}.dict.dz") if PLAIN.fullmatch(line.strip()))


def english_words() -> list[str]:
    """Return the words of the system's word list."""
    return Path("/usr/share/dict/words").read_text("utf8").split()


def chinese_words() -> Iterator[str]:
    """Yield WORD<TAB>COUNT of the segmenter jieba."""
    import jieba

    for row in (Path(jieba.__file__).parent / "dict.txt").read_text("utf8").splitlines():
        word, count = row.split(" ")[:2]
        yield f"{word}\t{count}"


def distinct(lines: Iterable[str], alphabet: Alphabet) -> list[str]:
    """Return the lines of usual length, reduced to `alphabet`, sorted and without repeats."""
    return sorted({text for line in lines if FEWEST <= len(text := cleaned(line, alphabet)) <= MOST})


def _html_lines(folder: str, pattern: str = "*.html") -> Iterator[str]:
    for file in sorted(Path(folder).rglob(pattern)):
        # The help's own search paths stand between its sentences.
        text = re.sub(r"<script.*?</script>|<style.*?</style>", "", file.read_text("utf8", "ignore"), flags=re.S)
        yield from (row for row in html.unescape(re.sub(r"<[^>]+>", "\n", text)).split("\n") if ".xhp" not in row)


def _plain_lines(pattern: str, root: str = "/usr/share") -> Iterator[str]:
    for file in sorted(Path(root).glob(pattern)):
        if file.is_file() and file.suffix not in (".dat", ".u8"):
            packed = file.suffix in (".gz", ".dz")
            data = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
            text = re.sub(r"\x1b\[[0-9;]*m|\\f.|\\|^\..*$", "", data.decode("utf8", "ignore"), flags=re.M)
            yield from text.split("\n")
