"""From a ratio of ours and a published one to a verdict, by rule; and sentences for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from locustfiles.report.spread import MARGIN, Ratio, Spread

Verdict = Literal["confirmed", "refuted", "depends", "undecided", "not measured"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a claim beside ours."""

    what: str
    published: str
    ours: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A published claim and what became of it."""

    number: int
    title: str
    findings: tuple[Finding, ...]
    main: int = 0
    """Index of the finding that stands for the claim."""

    core: int = 0
    """How many of the first findings the verdict rests on; 0 for all."""

    arithmetic: tuple[str, ...] = ()
    """Where the published figures contradict each other."""

    @property
    def verdict(self) -> Verdict:
        """One word over the findings that count: they agree, or else it depends."""
        verdicts = [finding.verdict for finding in self.findings[: self.core or None]]
        found = set(verdicts) - {"not measured", "undecided"}
        if not found:
            return "undecided" if "undecided" in verdicts else "not measured"
        return found.pop() if len(found) == 1 else "depends"


def judge(ours: Ratio | None, published: float) -> tuple[Verdict, str]:
    """Return the verdict on a published ratio, and why.

    It is confirmed if our interval holds it and leaves out 1; refuted if ours is equal to 1 within the margin, lies
    on the other side, or holds 1 and not the published one; and depends if ours leans the same way, but by another
    factor. Nothing is said that is smaller than the spread: an interval that holds both decides nothing.
    """
    if ours is None:
        return "not measured", "no records"
    if ours.repeats < 2:
        return "undecided", "one repeat tells nothing of the spread"
    if ours.answer == "equal":
        return "refuted", f"equal within {MARGIN:.0%} by the test of equivalence"
    if ours.low <= published <= ours.high:
        wide = ours.low <= 1 <= ours.high
        return ("undecided", "our interval holds both 1 and the published ratio") if wide else ("confirmed", "")
    if ours.answer == "undecided":
        return "refuted", "the published ratio lies outside our interval, and 1 inside"
    if (ours.value > 1) != (published > 1):
        return "refuted", "ours leans the other way"
    return "depends", f"the same direction, by {abs(ours.value - 1):.0%} and not {abs(published - 1):.0%}"


def count_of(value: float, published: float, tolerance: float = 0.25) -> Verdict:
    """Return whether a measured number of requests at a time is the published one, within a quarter."""
    return "confirmed" if abs(value - published) <= tolerance * published else "refuted"


def show(value: float | None) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def show_spread(value: Spread | None, unit: str = "") -> str:
    """Return a mean with its interval."""
    if value is None:
        return "–"
    if value.repeats < 2:
        return f"{show(value.value)}{unit} (one run)"
    return f"{show(value.value)}{unit} [{show(value.low)}, {show(value.high)}]"


def show_ratio(value: Ratio | None) -> str:
    """Return a ratio with its interval and what it says."""
    if value is None:
        return "not measured"
    if value.repeats < 2:
        return f"{value.value:.2f} (one pair)"
    words = {
        "equal": f"equal within {MARGIN:.0%}",
        "more": "more",
        "less": "less",
        "undecided": "no difference shown, nor equality",
    }
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}], {words[value.answer]}"


def closed_loop_seconds(users: float, qps: float) -> float:
    """Return the mean seconds of an answer by Little's law: `users` without pauses, `qps` answers a second."""
    return users / qps


def joined(words: Sequence[str]) -> str:
    """Return `a, b and c`; `none` for no words."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
