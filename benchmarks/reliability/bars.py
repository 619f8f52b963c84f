"""One promise, what was measured, and whether it was kept."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure with the bound it was promised to keep."""

    name: str
    value: float
    bound: float
    at_most: bool = True
    """Whether the bound is the largest value that is good, and not the smallest."""

    unit: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def __str__(self) -> str:
        """Return the bar as a line for people."""
        sign = "<=" if self.at_most else ">="
        verdict = "kept  " if self.kept else "BROKEN"
        return f"{verdict} {self.name}: {self.value:.4g}{self.unit} (bar {sign} {self.bound:g}{self.unit})"


def table(rows: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Return the bars of each service as a table in Markdown."""
    names = list(dict.fromkeys(bar.name for _, bars in rows for bar in bars))
    lines = [f"| promise | bar | {' | '.join(service for service, _ in rows)} |", "|---" * (2 + len(rows)) + "|"]
    for name in names:
        found = [next((bar for bar in bars if bar.name == name), None) for _, bars in rows]
        first = next(bar for bar in found if bar)
        bound = f"{'<=' if first.at_most else '>='} {first.bound:g}{first.unit}"
        cells = [
            f"{bar.value:.4g}{bar.unit}{'' if bar.kept else ' **broken**'}" if bar else "not run" for bar in found
        ]
        lines.append(f"| {name} | {bound} | {' | '.join(cells)} |")
    return "\n".join(lines)
