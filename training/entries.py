"""Random entries of forms, invoices and receipts: prices, dates, codes, addresses, totals."""

import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path


def vocabulary(name: str) -> tuple[str, ...]:
    """Return the entries of `vocabulary/NAME.txt`, one a line."""
    return tuple((Path(__file__).parent / "vocabulary" / f"{name}.txt").read_text("utf8").splitlines())


LABELS, PHRASES, STREETS, FIRMS, MONTHS = map(vocabulary, ("labels", "phrases", "streets", "firms", "months"))
UNITS = (
    "PCS",
    "PC",
    "G",
    "KG",
    "ML",
    "L",
    "MM",
    "CM",
    "M",
    "W",
    "V",
    "A",
    "X",
    "S",
    "PKT",
    "g",
    "kg",
    "mm",
    "km",
    "GB",
    "Hz",
)
CODE = string.ascii_uppercase + string.digits


class Entries:
    """Draws entries from the generator that it is given."""

    def __init__(self, words: Sequence[str], rng: random.Random) -> None:
        self._words, self._rng = words, rng

    def number(self) -> str:
        """Return a price, date, time, code, phone number or address on the net."""
        kinds: list[Callable[[], str]] = [
            self.price, self.price, self.date, self.time, self.digits, self.phone, self.percent, self.code,
            self.net_address, self.reference, self.measure,
        ]  # fmt: skip
        return self._rng.choice(kinds)()

    def receipt(self) -> str:
        """Return a line as receipts, invoices and forms print it."""
        rng = self._rng
        after_label = [":", " :", ": ", " : ", "", " ", ". ", "# ", ".:", ".: ", ". : ", " . :"]
        units = [":", ":", ".:", ". :", " :", " :", " :", "", "(RM)", " RM", " ($)", " %", ".", "*", " (元)"]
        kinds: list[Callable[[], str]] = [
            lambda: rng.choice(LABELS) + rng.choice(after_label) + self.number(),
            lambda: rng.choice(LABELS) + rng.choice(units),
            lambda: f"{rng.choice(LABELS)} {rng.choice(['@', 'x', 'X', '@ ', '-'])}{self.percent()}",
            lambda: (
                f"{rng.randint(1, 20)}{rng.choice([' x ', ' X ', ' @ ', 'x', '@', ' PCS ', ' '])}{self.price()}"
            ),
            lambda: f"{self.digits()} {self._name()}",
            lambda: f"{self._name()} {rng.choice(FIRMS)}",
            self.initials,
            lambda: f"({self.code()}{rng.choice(['-', ' '])}{rng.choice('ABDHKMPTUVWX')})",
            lambda: f"{rng.choice(STREETS)} {self._place()}",
            lambda: f"{rng.randint(10000, 99999)} {self._name()}{rng.choice(['', ',', '.', ', Selangor'])}",
            lambda: rng.choice(PHRASES) + rng.choice(["", "", "!", ".", ":", " !!", "*", ","]),
            lambda: f"{self.date()} {self.time()}",
            lambda: rng.choice(string.digits + string.ascii_uppercase),
            lambda: rng.choice(["RM", "$", "￥", "S", "SR", "ZRL", "T", "Z"]),
            lambda: rng.choice("*#-=_.~") * rng.randint(2, 20),
        ]
        return rng.choice(kinds)()

    def price(self) -> str:
        """Return an amount of money."""
        rng = self._rng
        currency = rng.choice(["RM", "$", "￥", "£", "€", "USD ", "RM ", "", "", "", "", "-", "-RM"])
        amount = f"{rng.random() * rng.choice([10, 100, 3000, 1e6]):,.2f}"
        return currency + amount + rng.choice(["", "", "", "", "", " SR", " S", "元", " T", "*"])

    def date(self) -> str:
        """Return a date in one of the usual forms."""
        rng = self._rng
        day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1900, 2035)
        mark = rng.choice("/-.")
        forms = [
            f"{day:02d}{mark}{month:02d}{mark}{year}",
            f"{day:02d}{mark}{month:02d}{mark}{year % 100:02d}",
            f"{year}{mark}{month:02d}{mark}{day:02d}",
            f"{year}年{month}月{day}日",
            f"{day} {rng.choice(MONTHS)} {year}",
            f"{rng.choice(MONTHS)} {day}, {year}",
        ]
        return rng.choice(forms)

    def time(self) -> str:
        """Return a time of day."""
        rng = self._rng
        seconds = f":{rng.randint(0, 59):02d}" if rng.random() < 0.6 else ""
        half = rng.choice(["", "", "", " AM", " PM", "pm", "am"])
        return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}{seconds}{half}"

    def digits(self) -> str:
        """Return a run of digits, such as a bar code."""
        return "".join(self._rng.choices(string.digits, k=self._rng.randint(1, 16)))

    def phone(self) -> str:
        """Return a phone number."""
        rng = self._rng
        return rng.choice(
            [
                f"({rng.randint(0, 999):03d}) {rng.randint(100, 999)}-{rng.randint(0, 9999):04d}",
                f"{rng.randint(0, 99):02d}-{rng.randint(1000, 9999)} {rng.randint(0, 9999):04d}",
                f"+{rng.randint(100, 9999)}-{rng.randint(100, 999)} {rng.randint(0, 9999):04d}",
                f"1{rng.randint(30, 99)}{rng.randint(0, 99999999):08d}",
                f"{rng.choice(['400', '1-300', '1800'])}-{rng.randint(10, 999)}-{rng.randint(0, 9999):04d}",
            ]
        )

    def percent(self) -> str:
        """Return a percentage or a factor."""
        rng = self._rng
        return rng.choice(
            [
                f"{rng.randint(0, 100)}%",
                f"{rng.random() * 100:.1f}%",
                f"{rng.randint(0, 20)}.00 %",
                f"({rng.randint(1, 20)}%)",
            ]
        )

    def code(self) -> str:
        """Return a number of a series, or letters and digits without sense in groups."""
        rng = self._rng
        if rng.random() < 0.5:
            series = "".join(rng.choices(string.ascii_uppercase, k=rng.choice([1, 1, 2, 2, 3, 4])))
            number = f"{rng.randrange(10 ** rng.randint(1, 9)):0{rng.randint(2, 8)}d}"
            return series + rng.choice(["", "", "", "-", " ", "/"]) + number + rng.choice(["", "", "", *series])
        groups = [
            "".join(rng.choices(rng.choice([CODE, string.digits]), k=rng.randint(1, 8)))
            for _ in range(rng.randint(1, 3))
        ]
        return rng.choice(["-", "/", "", " ", "-"]).join(groups)

    def measure(self) -> str:
        """Return a size or a count as names of goods hold it, digits and letters in one word."""
        rng = self._rng
        unit = rng.choice(UNITS)
        number = rng.choice(
            [f"{rng.randint(1, 999)}", f"{rng.randint(1, 99)}.{rng.randint(1, 9)}", "100", "10", "500"]
        )
        forms = [
            f"{number}{unit}", f"({number}{unit})", f"{number} {unit}", f"{number}{unit}/PKT",
            f"{number}X{rng.randint(1, 99)}{unit}", f'{rng.randint(1, 40)}" X {number}{unit}',
            f"{number}'S", f"({rng.randint(1, 20)}'s/pack)", f"{rng.choice(string.ascii_uppercase)}{number}{unit}",
        ]  # fmt: skip
        return rng.choice(forms)

    def initials(self) -> str:
        """Return a name with letters that stand for words, or two names in one."""
        rng = self._rng
        first, second = rng.choices(string.ascii_uppercase, k=2)
        number = rng.randint(1, 199)
        forms = [
            f"{first}.{second} {self._name()}", f"{first}.{second}. {self._name()}", f"{first}. {self._name()}",
            f"{first}.{second}.", f"{first}.&.{second}.", f"{first}&{second} {self._name()}",
            f"{first} & {second} {self._name()}", f"{self._name()} & {self._name()}",
            f"{number}{first}&{number + rng.randint(1, 5)}{second}", f"{number} & {number + rng.randint(1, 5)}",
        ]  # fmt: skip
        return rng.choice(forms)

    def net_address(self) -> str:
        """Return an e-mail or web address."""
        rng = self._rng
        words = [rng.choice(self._words).lower() for _ in range(3)]
        host = f"{words[0]}.{rng.choice(['com', 'cn', 'net', 'org', 'com.my', 'edu', 'io'])}"
        if rng.random() < 0.5:
            return f"{words[1]}{rng.choice(['', '.', '_', '-'])}{rng.randint(0, 99)}@{host}"
        return rng.choice(["http://", "https://", "www.", ""]) + host + rng.choice(["", "/", "/" + words[2]])

    def reference(self) -> str:
        """Return a reference of a book or paper."""
        rng = self._rng
        low, high = rng.randint(1, 99), rng.randint(100, 999)
        forms = [
            f"[{low}]", f"({low})", f"pp. {low}-{high}", f"Fig. {low}.", f"{low}.{rng.randint(1, 9)}", f"§{low}",
            f"No. {high}",
            f"{low}:{rng.randint(1, 9)}-{high}", f"{rng.choice('abdefnxy')} = {rng.random() * 10:.2f}",
            f"±{rng.random():.3f}", f"{high}°C", f"{rng.choice('ABC')}{low}",
        ]  # fmt: skip
        return rng.choice(forms)

    def row(self) -> str:
        """Return numbers, letters or signs one by one, as tables, lists of pages and formulas have them."""
        rng, count = self._rng, self._rng.randint(2, 9)
        first, size = rng.randint(0, 12), rng.choice([10, 10, 100, 1000])
        alphabet = rng.choice([string.ascii_lowercase, string.ascii_uppercase])
        letter = rng.randrange(len(alphabet) - count)
        kinds: list[Callable[[], Sequence[str]]] = [
            lambda: [str(first + place) for place in range(count)],
            lambda: [str(rng.randrange(size)) for _ in range(count)],
            lambda: alphabet[letter : letter + count],
            lambda: rng.choices(alphabet, k=count),
            lambda: rng.choices([*"+-=xXVO□☆•/|&", *string.digits, *string.ascii_letters], k=count),
        ]
        before, after = (self._name() if rng.random() < share else "" for share in (0.3, 0.15))
        return " ".join([before, *rng.choice(kinds)(), after]).strip()

    def _name(self) -> str:
        words = " ".join(self._rng.choice(self._words) for _ in range(self._rng.randint(1, 3)))
        return words.upper() if self._rng.random() < 0.7 else words.title()

    def _place(self) -> str:
        rng = self._rng
        suffix = rng.choice(["", f"/{rng.randint(1, 99)}", f"-{rng.randint(1, 9)}", "A", "G"])
        return f"{rng.randint(1, 99)}{suffix}{rng.choice([', ', ' ', ','])}{self._name()}"
