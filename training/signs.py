"""Signs that stand beside words and numbers: units, powers, fractions, currencies, rights, arrows, ratings."""

import random
from collections.abc import Callable, Mapping, Sequence

from training.entries import vocabulary

FORMS = vocabulary("signs")
"""Texts with names in braces, each of which stands for something drawn anew."""

GREEK = "αβγδλμπσφωΔΣΩ"
UNITS = ("m²", "km²", "cm³", "m³", "m/s²", "µm", "°", "°C", "°F", "℃", "kΩ", "%", "‰", "½", "¼", "¾", "×", "π")


class Signs:
    """Draws short texts with signs from the generator that it is given."""

    def __init__(self, words: Sequence[str], chinese: Sequence[str], rng: random.Random) -> None:
        """Take English words and Chinese ones; neither may be empty."""
        self._rng = rng
        self._drawn: Mapping[str, Callable[[], object]] = {
            "word": lambda: rng.choice([str, str.upper, str.title])(rng.choice(words)),
            "zh": lambda: rng.choice(chinese),
            "shape": lambda: rng.choice("•■□●○★☆▲△◆◇▼▽✓√※→←↑↓"),
            "circled": lambda: rng.choice("①②③④⑤⑥⑦⑧⑨⑩"),
            "unit": lambda: rng.choice(UNITS),
            "number": lambda: rng.randrange(rng.choice([10, 100, 3000])),
            "digit": lambda: rng.randrange(10),
            "cents": lambda: f"{rng.randrange(100):02d}",
            "group": lambda: f"{rng.randrange(1000):03d}",
            "year": lambda: rng.randint(1900, 2035),
            "fraction": lambda: rng.choice("½¼¾"),
            "power": lambda: rng.choice("²²³¹"),
            "letter": lambda: rng.choice("abcdefhknmpqrstuvwxyzABCEFKLMNPRSTVX" + GREEK),
            "greek": lambda: rng.choice(GREEK),
            "relation": lambda: rng.choice("+-×÷±=≠≈≤≥<>·/"),
        }

    def text(self) -> str:
        """Return a word, a number or a formula with one of the signs that print sets there."""
        return self._rng.choice(FORMS).format_map(_Drawing(self._drawn))


class _Drawing(dict[str, object]):
    """Answers a name with what is drawn for it, each time anew."""

    def __init__(self, drawn: Mapping[str, Callable[[], object]]) -> None:
        super().__init__()
        self._drawn = drawn

    def __missing__(self, name: str) -> object:
        return self._drawn[name]()
