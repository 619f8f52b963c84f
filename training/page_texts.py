"""What stands on a page: running text, headings, labels and values in the page's language."""

import random
from typing import Literal

from ocr_core.alphabet import Alphabet
from training.alphabets import cleaned
from training.entries import LABELS, Entries
from training.texts import Corpus, TextSource

Language = Literal["en", "zh", "mixed"]


class PageTexts:
    """Texts for pages; `language` may be set anew for each page."""

    def __init__(self, corpus: Corpus, alphabet: Alphabet, rng: random.Random) -> None:
        self._source = TextSource(corpus, alphabet, rng.getrandbits(32))
        self._entries = Entries(corpus.words, rng)
        self._corpus, self._alphabet, self._rng = corpus, alphabet, rng
        self.language: Language = "en"

    def _chinese(self) -> bool:
        return self.language == "zh" or (self.language == "mixed" and self._rng.random() < 0.6)

    def prose(self, characters: int) -> str:
        """Return running text of about `characters` characters or more."""
        pieces: list[str] = []
        chinese, length = self._chinese(), 0
        while length < characters:
            corpus = self._corpus.chinese if chinese else self._corpus.english
            piece = self._rng.choice(corpus)
            pieces.append(piece)
            length += len(piece) + 1
        text = ("" if chinese else " ").join(pieces)
        start = self._rng.randrange(max(1, len(text) - characters))
        return self._clean(text[start : start + characters + 12])

    def prose_row(self) -> str:
        """Return about a line of running text."""
        return self.prose(self._rng.randint(4, 70))

    def heading(self) -> str:
        """Return a title or a button's label."""
        text = self._source.chinese_words() if self._chinese() else self._source.english_words()
        return self._clean(text)[: self._rng.randint(3, 26)]

    def label(self) -> str:
        """Return the name of a field."""
        if self._chinese():
            return self._clean(self._source.chinese_words())[: self._rng.randint(2, 6)]
        return self._rng.choice(LABELS)

    def value(self) -> str:
        """Return what stands in a field: a number, a code, a name, a few words."""
        return self._clean(self._entries.number() if self._rng.random() < 0.55 else self.heading())

    def number(self) -> str:
        """Return an amount or a short figure."""
        draw = self._rng.random()
        if draw < 0.4:
            return str(self._rng.randint(0, 9 if draw < 0.25 else 999))
        return self._entries.price()

    def entry(self) -> str:
        """Return a line of a receipt or an invoice; rows of dashes are no text and are left out."""
        if self._chinese():
            return self._clean(self._source.chinese_words())
        while True:
            text = self._clean(self._entries.receipt())
            if any(character.isalnum() for character in text):
                return text

    def _clean(self, text: str) -> str:
        return cleaned(text, self._alphabet).strip()
