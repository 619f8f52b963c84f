"""How much of a page's text was found, in any order: token F1, character F1, line recall; and in which order."""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.page_set import Area, Line, Page

IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
OUTER_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~，。、；：？！“”‘’（）《》【】…—·"

COVERED = 0.5
"""Share of a line's area that what was found must cover."""


@dataclass(frozen=True, slots=True)
class PageScore:
    """Shares, 0-1, over all pages of a set."""

    token_precision: float
    token_recall: float
    token_f1: float
    character_f1: float
    line_recall: float
    """Share of the true lines that are covered by what was found; 0.0 where the truth has no places."""

    order: float
    """Share of the neighbours among the true lines found that were read one after the other, in no piece with lines
    from elsewhere; 0.0 where no page has two. It means something where the truth is in reading order."""


def tokens(texts: Iterable[str]) -> Counter[str]:
    """Return the tokens of `texts`: ideographs, and other runs without a space, their outer marks left off.

    Width and case are not told apart.
    """
    spaced = (IDEOGRAPH.sub(r" \g<0> ", unicodedata.normalize("NFKC", text).lower()) for text in texts)
    return Counter(token for text in spaced for run in text.split() if (token := run.strip(OUTER_MARKS)))


def characters(texts: Iterable[str]) -> Counter[str]:
    """Return the characters of `texts` but the spaces; width and case are not told apart."""
    normal = (unicodedata.normalize("NFKC", text).lower() for text in texts)
    return Counter(character for text in normal for character in text if not character.isspace())


def score_pages(pages: Sequence[Page], found: Sequence[Sequence[Line]]) -> PageScore:
    """Return the scores of what was `found` on `pages`, both in the same order."""
    kept = [_counted(lines, page.ignore) for page, lines in zip(pages, found, strict=True)]
    precision, recall, token_f1 = _bags(pages, kept, tokens)
    _, _, character_f1 = _bags(pages, kept, characters)
    covered = [
        _is_covered(line.area, lines)
        for page, lines in zip(pages, kept, strict=True)
        for line in page.lines
        if line.area is not None
    ]
    pairs = [pair for page, lines in zip(pages, kept, strict=True) for pair in _neighbours(page.lines, lines)]
    order = sum(pairs) / max(1, len(pairs))
    return PageScore(precision, recall, token_f1, character_f1, sum(covered) / max(1, len(covered)), order)


def _counted(lines: Sequence[Line], ignore: Sequence[Area]) -> list[Line]:
    """Return `lines` without those that lie mostly in a region that does not count."""
    return [
        line
        for line in lines
        if line.area is None or all(overlap(line.area, hole) <= size(line.area) / 2 for hole in ignore)
    ]


def _bags(
    pages: Sequence[Page], found: Sequence[Sequence[Line]], bag: Callable[[Iterable[str]], Counter[str]]
) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the units that `bag` counts."""
    hits = wanted = complete_hits = complete_found = 0
    for page, lines in zip(pages, found, strict=True):
        truth, guess = (bag(line.text for line in side) for side in (page.lines, lines))
        hit = sum((truth & guess).values())
        hits, wanted = hits + hit, wanted + sum(truth.values())
        if page.complete:
            complete_hits, complete_found = complete_hits + hit, complete_found + sum(guess.values())
    precision, recall = complete_hits / max(1, complete_found), hits / max(1, wanted)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def _is_covered(area: Area, lines: Sequence[Line]) -> bool:
    """Return whether the lines that lie mostly inside `area`, or cover it, cover half of it together."""
    shares = [(overlap(area, line.area), size(line.area)) for line in lines if line.area is not None]
    inside = (common for common, own in shares if common >= COVERED * min(own, size(area)) and common > 0)
    return sum(inside) >= COVERED * size(area)


def _neighbours(truth: Sequence[Line], found: Sequence[Line]) -> list[bool]:
    """Return of each two true lines that follow each other whether they were read so; of those that were found."""
    areas = [line.area or (0.0, 0.0, 0.0, 0.0) for line in found]
    places = []
    for line in truth:
        if line.area is None or not areas:
            continue
        common = [overlap(line.area, area) for area in areas]
        if max(common) >= COVERED * size(line.area) > 0:
            places.append(common.index(max(common)))
    # smaller pieces of a line, and what the truth leaves out, stand between two lines without parting them
    rank = {place: number for number, place in enumerate(sorted(set(places)))}
    runs = Counter(place for place, _ in itertools.groupby(places))
    return [
        rank[after] - rank[before] in (0, 1) and runs[before] == runs[after] == 1
        for before, after in itertools.pairwise(places)
    ]


def overlap(one: Area, other: Area) -> float:
    """Return the pixels that two areas share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def size(area: Area) -> float:
    """Return the pixels of an area."""
    return (area[2] - area[0]) * (area[3] - area[1])
