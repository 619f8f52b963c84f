"""Random lines of text, seeded: sentences, words, numbers and the short lines of forms and receipts."""

import gzip
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocr_core.alphabet import Alphabet
from training.alphabets import ASCII, cleaned, traditional_forms
from training.entries import Entries, vocabulary
from training.marks import cased, marked_chinese, typographic
from training.signs import Signs

LONGEST_LINE = 64
"""Characters; of lines that long only those in small or narrow type fit the widest training bucket."""

TRADITIONAL_SHARE = 0.12
"""Share of Chinese sentences and words that are set in traditional characters."""

FOCUS_SHARE = 0.6
"""Share of lines that show the characters in focus, where there are any."""

FREQUENCY_POWER = 0.55
"""Chinese words are drawn by count to this power: common words lead, rare ones still come."""


LOOK_ALIKE_WEIGHT = 16
"""Of lines that set look-alikes side by side, among 100 others; where it is known what looks alike."""

SWAPPED_SHARE = 0.3
"""Share of a sentence's characters that give way to a look-alike: only the shape then tells what stands there."""


ACRONYMS = vocabulary("acronyms")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a training shows above all."""

    focus: str = ""
    """Characters that `FOCUS_SHARE` of all lines show."""

    look_alikes: Mapping[str, str] = field(default_factory=dict)
    """Of each Chinese character, the likest first; see `training.look_alikes`."""


NO_AIM = Aim()
"""The usual mix of lines."""


class Corpus:
    """The texts of an asset folder. A file that is missing holds none: numbers and signs need no text."""

    def __init__(self, assets: Path, alphabet: Alphabet) -> None:
        if not (assets / "texts").is_dir():
            raise SystemExit(f"{assets}/texts does not exist; run `python -m training.assets {assets}`.")

        def lines(name: str) -> list[str]:
            path = assets / "texts" / f"{name}.txt.gz"
            return gzip.decompress(path.read_bytes()).decode().split("\n") if path.exists() else [""]

        self.chinese, self.english, self.accents = lines("zh"), lines("en"), lines("accents")
        self.words = [word for word in lines("words") if not word.endswith("'s")]
        counted = [row.split("\t") for row in lines("zh-words") if row]
        self.chinese_words = [word for word, _ in counted]
        self.chinese_weights = list(itertools.accumulate(float(n) ** FREQUENCY_POWER for _, n in counted))
        self.rare = [c for c in alphabet.characters if ord(c) > 0x7F]
        self.han = [c for c in self.rare if 0x4E00 <= ord(c) < 0xA000]


class TextSource:
    """Draws lines of text; the same seed draws the same lines."""

    def __init__(self, corpus: Corpus, alphabet: Alphabet, seed: int, aim: Aim = NO_AIM) -> None:
        self._corpus, self._alphabet, self._rng = corpus, alphabet, random.Random(seed)
        self._focus, self._look_alikes = aim.focus, aim.look_alikes
        self._entries = Entries(corpus.words, self._rng)
        self._signs = Signs(corpus.words, corpus.chinese_words or ["字"], self._rng)
        kinds: list[tuple[int, Callable[[], str]]] = [
            (17, self.english_sentence), (10, self.english_words), (9, self._entries.number),
            (10, self._entries.receipt), (5, self.accented), (3, self.ascii_noise), (21, self.chinese_sentence),
            (11, self.chinese_words), (11, self.rare_characters), (6, self.mixed), (7, self._entries.row),
            (8, self._signs.text), (LOOK_ALIKE_WEIGHT if self._look_alikes else 0, self.look_alikes),
        ]  # fmt: skip
        self._kinds = [kind for _, kind in kinds]
        self._weights = list(itertools.accumulate(weight for weight, _ in kinds))

    def line(self) -> str:
        """Return one line: 1 to `LONGEST_LINE` characters, all of them in the alphabet."""
        return self._first_of(self._any_kind)

    def entry(self) -> str:
        """Return one line of a form or receipt, as `line` does."""
        return self._first_of(self._form_kind)

    def _first_of(self, kind: Callable[[], Callable[[], str]]) -> str:
        """Return the first text that leaves something in the alphabet, each of a newly drawn `kind`."""
        while True:
            if text := cleaned(kind()(), self._alphabet)[:LONGEST_LINE].strip():
                return text

    def _any_kind(self) -> Callable[[], str]:
        kind = self._rng.choices(self._kinds, cum_weights=self._weights)[0]
        return self.focused if self._focus and self._rng.random() < FOCUS_SHARE else kind

    def _form_kind(self) -> Callable[[], str]:
        return self._entries.receipt if self._rng.random() < 0.7 else self._entries.number

    def english_sentence(self) -> str:
        """Return some words in a row of a sentence, sometimes broken by a hyphen at its end."""
        words = self._rng.choice(self._corpus.english).split(" ")
        count = self._rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 10, 12])
        start = self._rng.randrange(max(1, len(words) - count + 1))
        text = " ".join(words[start : start + count])
        if self._rng.random() < 0.06 and len(text) > 5:
            text = text[: self._rng.randint(4, len(text) - 1)].rstrip() + "-"
        return typographic(cased(text, self._rng), self._rng)

    def english_words(self) -> str:
        """Return one to five words without a sentence, as headings and labels have them."""
        words = [self._rng.choice(self._corpus.words) for _ in range(self._rng.choice([1, 1, 1, 2, 2, 3, 4]))]
        return cased(" ".join(words), self._rng) + self._rng.choice(
            ["", "", "", "", ".", ",", ":", "!", "?", ";", "-", ")"]
        )

    def accented(self) -> str:
        """Return words of a sentence with accents, as names and quotations have them."""
        words = self._rng.choice(self._corpus.accents).split(" ")
        start = self._rng.randrange(len(words))
        return cased(" ".join(words[start : start + self._rng.randint(1, 5)]), self._rng)

    def ascii_noise(self) -> str:
        """Return signs without sense: no language helps to read them, only their shape."""
        return "".join(self._rng.choices(ASCII, k=self._rng.randint(2, 14)))

    def chinese_sentence(self) -> str:
        """Return a piece of a Chinese sentence."""
        text = self._rng.choice(self._corpus.chinese)
        count = self._rng.randint(2, 26)
        start = self._rng.randrange(max(1, len(text) - count + 1))
        return marked_chinese(self._in_script(text[start : start + count]), self._rng)

    def chinese_words(self) -> str:
        """Return Chinese words by frequency, some with marks between them."""
        corpus = self._corpus
        if not corpus.chinese_words:
            return ""
        words = self._rng.choices(
            corpus.chinese_words, cum_weights=corpus.chinese_weights, k=self._rng.randint(1, 6)
        )
        if self._rng.random() < 0.4:
            marks = "，。、；：？！,.:;-/|·— "
            words = [word + self._rng.choice(marks) for word in words]
        return marked_chinese(self._in_script("".join(words)), self._rng)

    def rare_characters(self) -> str:
        """Return characters drawn evenly, so that every class is seen."""
        pool = self._corpus.han if self._rng.random() < 0.85 else self._corpus.rare
        return "".join(self._rng.choices(pool, k=self._rng.randint(1, 14))) if pool else ""

    def look_alikes(self) -> str:
        """Return characters beside their look-alikes, or a sentence with look-alikes in it."""
        rng, alike = self._rng, self._look_alikes
        if rng.random() < 0.5:
            text = self.chinese_sentence() if rng.random() < 0.6 else self.chinese_words()
            return "".join(rng.choice(alike[c]) if c in alike and rng.random() < SWAPPED_SHARE else c for c in text)
        sentence = rng.choice(self._corpus.chinese)
        row = []
        for _ in range(rng.randint(1, 4)):
            pool = sentence if sentence and rng.random() < 0.7 else self._corpus.han
            character = rng.choice(pool)
            group = [character, *alike.get(character, "")][: rng.randint(2, 4)]
            row += rng.sample(group, len(group))
        return "".join(row)

    def focused(self) -> str:
        """Return characters of the focus, some between characters of a sentence."""
        rng, count = self._rng, self._rng.randint(1, 10)
        if rng.random() < 0.5:
            return "".join(rng.choices(self._focus, k=count))
        around = rng.choice(self._corpus.chinese)
        return "".join(rng.choice(self._focus) if rng.random() < 0.5 else rng.choice(around) for _ in range(count))

    def mixed(self) -> str:
        """Return Chinese, English and numbers in one line."""
        parts = [self.chinese_words, self._entries.number, self.english_words, self.chinese_sentence, self.acronym]
        between = self._rng.choice(["", "", " ", " ", "、", "，", "：", ":", "/", "-"])
        return between.join(self._rng.choice(parts)()[:14] for _ in range(self._rng.randint(2, 3)))

    def acronym(self) -> str:
        """Return an abbreviation or a name in Latin letters that Chinese texts use as it is."""
        return self._rng.choice(ACRONYMS)

    def _in_script(self, text: str) -> str:
        """Return Chinese text as it is or, now and then, in traditional characters."""
        if self._rng.random() >= TRADITIONAL_SHARE:
            return text
        forms = traditional_forms()
        return "".join(self._rng.choice(forms[c]) if c in forms else c for c in text)
