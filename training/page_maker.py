"""Endless rendered pages with the places of their lines: the only data that the detector is trained on."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_core.alphabet import Alphabet
from ocr_core.types import Gray
from training import page_layouts, page_posters, page_screens, page_slips
from training.fonts import FontPicker, load_fonts
from training.page_damage import damaged
from training.page_geometry import random_view
from training.page_pictures import photo
from training.page_sheet import Sheet, Strip
from training.page_texts import Language, PageTexts
from training.texts import Corpus

WINDOW = 384
"""Pixels; side of the square window that is seen of each sheet, a multiple of 32."""

CORE_INSET = 0.25
"""Share of a line's height by which its core lies inside its edges: what the network finds is the core."""

POINT_STEP = 24.0
"""Pixels between the points of a line's edges; a curled line is a polygon."""

CASE_FONTS, CASE_PAGES = 12, 120
"""Fonts of each script in use at a time, and the pages after which others are taken: opening one is slow."""

Layout = Callable[[Sheet], None]
Polygon = NDArray[np.float64]
"""(N, 2) float64 corners x, y in pixels of the window."""

LAYOUTS: tuple[tuple[int, bool, Layout], ...] = (
    (22, True, page_layouts.prose), (12, True, page_layouts.table), (16, True, page_slips.receipt),
    (12, True, page_slips.form), (6, False, page_layouts.slide), (7, True, page_slips.ticket),
    (9, False, page_screens.screen), (4, False, page_screens.chat), (3, False, page_screens.code),
    (7, True, page_posters.poster), (10, True, page_posters.signs), (3, False, page_posters.picture),
    (10, True, page_posters.banner), (4, True, page_slips.certificate),
)  # fmt: skip
"""(weight, whether it is photographed too, layout)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it is seen."""

    outline: Polygon
    """Around its ink, clockwise from the text's own top left, half of the points on either long side."""

    core: Polygon
    """The same, `CORE_INSET` further in."""

    height: float
    """Pixels of its ink."""

    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A window on a page with its truth."""

    gray: Gray
    """(S, S) uint8, 0 = black; S is `WINDOW` times the enlargement."""

    lines: tuple[Line, ...]

    kind: str
    """Name of the layout."""


class PageMaker:
    """Draws pages; the same seed draws the same pages.

    `enlarged` draws letters and window larger: as pages are before they are scaled for the detector.
    """

    def __init__(
        self, assets: Path, alphabet: Alphabet, seed: int, held_out: bool = False, enlarged: float = 1.0
    ) -> None:
        cv2.setNumThreads(0)  # one process a core already
        self._rng = random.Random(seed)
        self._texts = PageTexts(Corpus(assets, alphabet), alphabet, self._rng)
        self._fonts = load_fonts(assets, held_out)
        self._pages = 0
        self._enlarged = enlarged
        self._side = round(WINDOW * enlarged)

    def page(self) -> Page:
        """Return a page; some hold no line at all."""
        rng = self._rng
        if self._pages % CASE_PAGES == 0:
            self._case = self._new_case()
        self._pages += 1
        ((_, loose, layout),) = rng.choices(LAYOUTS, [weight for weight, _, _ in LAYOUTS])
        zoom = 1.0 if rng.random() < 0.3 else rng.uniform(0.75, 1.3)
        sheet = self._blank_sheet(zoom, layout is page_slips.receipt)
        layout(sheet)
        side = self._side
        loose = loose and rng.random() < 0.5
        view = random_view(sheet.width, sheet.height, side, zoom, loose, rng)
        paper = sheet.gray[0, 0]
        ground = photo(side, side, rng) if loose and rng.random() < 0.6 else np.full((side, side), paper)
        gray = view.image(sheet.gray, ground.astype(np.float32))
        gray = damaged(gray, 0.7 * sheet.size * zoom, rng)
        if rng.random() < 0.08:
            gray = 255 - gray
        lines = [_seen(strip, view.points) for strip in sheet.strips]
        pixels = np.clip(gray, 0, 255).astype(np.uint8)
        # scans come sideways, and are to be found all the same
        quarters = rng.choices([0, 1, 2, 3], [88, 4, 4, 4])[0]
        return turned(Page(pixels, tuple(lines), layout.__name__), quarters)

    def _new_case(self) -> FontPicker:
        """Return the fonts of the next pages."""
        chinese = [font for font in self._fonts if font.is_chinese]
        latin = [font for font in self._fonts if not font.is_chinese]
        picked = [self._rng.sample(fonts, min(CASE_FONTS, len(fonts))) for fonts in (chinese, latin)]
        return FontPicker(picked[0] + picked[1])

    def _blank_sheet(self, zoom: float, narrow: bool) -> Sheet:
        """Return a sheet without ink, with its fonts and tones chosen."""
        rng = self._rng
        language: Language = rng.choice(["en", "en", "zh", "zh", "mixed"])
        self._texts.language = language
        sample = "Ag" if language == "en" else "的是国Ag"
        body, heading = (self._case.pick(sample, rng, 60) for _ in range(2))
        if body is None or heading is None:  # a folder of Latin fonts alone
            self._texts.language = "en"
            body = heading = self._case.pick("Ag", rng, 60)
        assert body is not None
        assert heading is not None
        size = round(6.6 * self._enlarged * 2.2 ** rng.triangular(0, 1.9, 0.7))
        paper, tone = _tones(rng)
        width, height = (int(rng.uniform(0.75, 1.15) * self._side / zoom) for _ in range(2))
        if narrow:
            width = int(min(width, rng.uniform(16, 34) * size))
        return Sheet(
            np.full((height, width), paper, np.float32), rng, self._texts, body, heading, size, tone,
            dot_matrix=narrow and size >= 9 * self._enlarged and rng.random() < 0.25,
            stretch=rng.uniform(0.65, 1.35) if rng.random() < 0.2 else 1.0,
        )  # fmt: skip


def _tones(rng: random.Random) -> tuple[float, float]:
    """Return the grey levels of paper and ink."""
    if rng.random() < 0.85:
        paper = rng.uniform(215, 255) if rng.random() < 0.7 else rng.uniform(130, 255)
        return paper, rng.uniform(0, 60) if rng.random() < 0.6 else rng.uniform(0, paper - 70)
    paper = rng.uniform(0, 110)
    return paper, rng.uniform(paper + 80, 255)


def _seen(strip: Strip, moved: Callable[[Polygon], Polygon]) -> Line:
    """Return `strip` as it is seen through a view."""
    height, width = strip.y1 - strip.y0, strip.x1 - strip.x0
    inset_y = CORE_INSET * height
    inset_x = CORE_INSET * min(height, width)
    outline = moved(_edges(strip.x0, strip.y0, strip.x1, strip.y1))
    core = moved(_edges(strip.x0 + inset_x, strip.y0 + inset_y, strip.x1 - inset_x, strip.y1 - inset_y))
    half = len(outline) // 2
    seen = float(np.median(np.linalg.norm(outline[:half] - outline[half:][::-1], axis=1)))
    return Line(outline, core, seen, strip.text)


def _edges(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """Return points along the upper edge of a rectangle and back along the lower one."""
    x = np.linspace(x0, x1, 2 + int((x1 - x0) / POINT_STEP))
    upper, lower = (np.column_stack([x, np.full_like(x, y)]) for y in (y0, y1))
    return np.concatenate([upper, lower[::-1]])


def turned(page: Page, quarters: int) -> Page:
    """Return `page` turned to the left by `quarters` times 90 degrees, with its truth."""
    middle = page.gray.shape[0] / 2
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
    turn = np.array([[cosine, -sine], [sine, cosine]], np.float64)

    def moved(points: Polygon) -> Polygon:
        return (points - middle) @ turn + middle

    lines = tuple(Line(moved(line.outline), moved(line.core), line.height, line.text) for line in page.lines)
    return Page(np.rot90(page.gray, quarters).copy(), lines, page.kind)
