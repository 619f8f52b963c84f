"""Posters, banners, signs: large words on grounds of all kinds, firms and buttons. Each fills a whole sheet."""

import random

import cv2
import numpy as np

from training.page_ornaments import emblem
from training.page_pictures import Picture, icon, photo
from training.page_sheet import Sheet, coloured
from training.page_type import SMALLEST

SIZES = (0.7, 0.8, 1, 1.3, 1.8, 2.5, 3.5, 5)
"""Of a banner's lines, in units of the sheet's size."""


def poster(sheet: Sheet) -> None:
    """Large words in many sizes on a picture or a flat ground, some on panels, and names of firms."""
    rng = sheet.rng
    if rng.random() < 0.6:
        sheet.paste(photo(sheet.width, sheet.height, rng), 0, 0)
    ground, tone = coloured(rng)
    if flat := rng.random() < 0.3:
        sheet.fill(0, 0, sheet.width, sheet.height, ground)
    y = rng.uniform(0, 0.15) * sheet.height
    while y < sheet.height - 20:
        if rng.random() < 0.12:
            y = _firm(sheet, y, tone if flat else None, 0.0, sheet.width) + rng.uniform(0.5, 2) * sheet.size
            continue
        size = sheet.scaled(rng.choice([0.8, 1, 1.4, 2, 3, 4.5, 6]))
        text = sheet.texts.heading() if size > sheet.size else sheet.texts.prose(40)
        text = sheet.fitted(text, sheet.width * 0.95, size, sheet.heading)
        tracking = rng.choice([0.0, 0.0, 0.0, 0.15, 0.3]) * size
        align = rng.choice([0.0, 0.5, 0.5, 1.0])
        x = sheet.width * (0.03 + 0.94 * align)
        length = sheet.length(text, size, sheet.heading) + tracking * len(text)
        ink = tone if flat else rng.choice([250.0, 15.0])
        if rng.random() < 0.35:
            left = x - align * length - 0.4 * size
            ink = sheet.panel(left, y - 0.2 * size, left + length + 0.8 * size, y + 1.5 * size)
        sheet.write(x, y, text, size, ink, sheet.heading, align, tracking)
        y += size * rng.uniform(1.3, 3)


def banner(sheet: Sheet) -> None:
    """Tight lines of many sizes in one or two stacks, on the ground or on cards, some on panels; firms, buttons."""
    rng = sheet.rng
    sheet.gray[:] = _ground(sheet.width, sheet.height, rng)
    two = sheet.width > 22 * sheet.size and rng.random() < 0.35
    split = sheet.width * (rng.uniform(0.35, 0.65) if two else 1.0)
    for left, right in ((0.0, split), (split, float(sheet.width))):
        if right - left < 4 * sheet.size:
            continue
        margin = rng.uniform(0.02, 0.12) * (right - left)
        top, bottom = rng.uniform(0, 0.2) * sheet.height, rng.uniform(0.7, 1) * sheet.height
        if rng.random() < 0.45:
            sheet.panel(left + 0.5 * margin, top, right - 0.5 * margin, bottom)
        elif two and rng.random() < 0.3:
            sheet.paste(photo(int(right - left), int(bottom - top), rng), left, top)
            continue
        _stack(sheet, left + margin, top + 0.3 * sheet.size, right - margin, bottom)


def _ground(width: int, height: int, rng: random.Random) -> Picture:
    """Return (height, width) one tone, a run from one to another, or a picture; some with a grid of dots."""
    if rng.random() < 0.3:
        return photo(width, height, rng)
    ends = [coloured(rng)[0] for _ in range(2)]
    if rng.random() < 0.5:
        ends[1] = ends[0]
    run = np.linspace(ends[0], ends[1], width if rng.random() < 0.5 else height, dtype=np.float32)
    ground = np.broadcast_to(run if len(run) == width else run[:, None], (height, width)).copy()
    if rng.random() < 0.25:
        step, tone = rng.randint(8, 40), rng.choice([-25.0, 25.0])
        for y in range(step // 2, height, step):
            for x in range(step // 2, width, step):
                cv2.circle(ground, (x, y), max(1, step // 10), float(ground[y, x]) + tone, -1)
    return np.clip(ground, 0, 255)


def _stack(sheet: Sheet, left: float, top: float, right: float, bottom: float) -> None:
    """Fill a column with lines from above."""
    rng = sheet.rng
    ink = rng.choice([coloured(rng)[1], coloured(rng)[0]])
    align, leading = rng.choice([0.0, 0.0, 0.5, 0.5, 1.0]), rng.uniform(1.02, 1.6)
    y = top
    while y < bottom - sheet.size:
        draw = rng.random()
        if draw < 0.12:
            y = _firm(sheet, y, ink, left, right) + rng.uniform(0.3, 2) * sheet.size
        elif draw < 0.26:
            y = _buttons(sheet, left, y, right) + rng.uniform(0.2, 1.5) * sheet.size
        else:
            y += leading * _row(sheet, left, y, right, align, ink)


def _row(sheet: Sheet, left: float, y: float, right: float, align: float, ink: float) -> float:
    """Write one line with the top of its ink near `y`, some on panels of their own; return the height it takes."""
    rng, width = sheet.rng, right - left
    size = sheet.scaled(rng.choice(SIZES))
    text = sheet.texts.heading() if size > sheet.size else sheet.texts.prose(40)
    if rng.random() < 0.3:  # as wide as the column
        text = text[: rng.randint(2, 14)].strip()
        size = sheet.scaled(size / sheet.size * width / max(1.0, sheet.length(text, size, sheet.heading)))
    text = sheet.fitted(text, width, size, sheet.heading)
    if not text:
        return 0.3 * size
    tracking = rng.choice([0.0, 0.0, 0.0, 0.12, 0.3]) * size
    length = sheet.length(text, size, sheet.heading) + tracking * len(text)
    first, last = sheet.ink_rows(text, size, sheet.heading)
    x = left + align * width
    pad = 0.0
    if rng.random() < 0.3:  # letters may nearly touch the edges of their panel
        pad = rng.uniform(0.02, 0.3) * size
        ends = (left, right) if rng.random() < 0.4 else (x - align * length - pad, x + (1 - align) * length + pad)
        ink = sheet.panel(ends[0], y, ends[1], y + last - first + 2 * pad)
    shadow = (ink + 150 if ink < 128 else ink - 150) if rng.random() < 0.15 else None
    sheet.write(x, y + pad - first, text, size, ink, sheet.heading, align, tracking, shadow)
    return last - first + 2 * pad


def _buttons(sheet: Sheet, left: float, y: float, right: float) -> float:
    """Draw a row of buttons, square or round, apart or grown together; return the y below them."""
    rng = sheet.rng
    size = sheet.scaled(rng.choice([0.9, 1, 1.4, 2]))
    tall, together, round_ends = rng.uniform(1.4, 2.2) * size, rng.random() < 0.5, rng.random() < 0.6
    x = left
    for _ in range(rng.randint(1, 3)):
        text = sheet.texts.heading()[: rng.randint(2, 8)].strip()
        pad = rng.uniform(0.5, 1.2) * size
        length = sheet.length(text, size, sheet.heading)
        if not text or x + length + 2 * pad > right:
            break
        end = x + length + 2 * pad
        ink = sheet.panel(x, y, end, y + tall)
        if round_ends:
            ground = float(sheet.gray[min(sheet.height - 1, int(y + tall / 2)), min(sheet.width - 1, int(x + 1))])
            for middle in (x, end) if x == left or not together else (end,):
                cv2.circle(sheet.gray, (round(middle), round(y + tall / 2)), int(tall / 2), ground, -1)
        first, last = sheet.ink_rows(text, size, sheet.heading)
        sheet.write(x + pad, y + (tall - first - last) / 2, text, size, ink, sheet.heading)
        x = end if together else end + tall + rng.uniform(0, 1.5) * size
    return y + tall


def _firm(sheet: Sheet, y: float, tone: float | None, left: float, right: float) -> float:
    """Draw a sign beside a name with a small line or two close below it, and return the y below them."""
    rng, x = sheet.rng, left + (right - left) * sheet.rng.uniform(0.02, 0.4)
    big = sheet.scaled(rng.choice([1.2, 1.6, 2, 3]))
    if rng.random() < 0.4:
        sheet.paste(icon(int(1.8 * big), int(1.8 * big), rng), x, y)
        x += 2.2 * big
    else:  # in the letters' own tone, and as high as all lines of the firm
        side = int(rng.uniform(1, 2.4) * big)
        sheet.lay(emblem(side, rng), x, y, sheet.tone if tone is None else tone)
        x += side + rng.uniform(0.1, 0.5) * big
    name = sheet.fitted(sheet.texts.heading(), right - x, big, sheet.heading)
    end = sheet.write(x, y, name, big, tone, sheet.heading)
    y += rng.uniform(1.05, 1.3) * big
    for _ in range(rng.randint(1, 2)):
        small = max(SMALLEST, round(big * rng.uniform(0.25, 0.5)))
        tracking = rng.choice([0.0, 0.2]) * small
        words = sheet.fitted(sheet.texts.heading(), (end - x) * (0.8 if tracking else 1), small)
        sheet.write(x, y, words, small, tone, tracking=tracking)
        if rng.random() < 0.2:
            sheet.rule(x, y + 1.25 * small, end, y + 1.25 * small, tone)
        y += rng.uniform(1.2, 1.6) * small
    return y


def signs(sheet: Sheet) -> None:
    """A photograph with a few boards, and words straight on the walls."""
    rng = sheet.rng
    sheet.paste(photo(sheet.width, sheet.height, rng), 0, 0)
    taken: list[tuple[float, float, float, float]] = []
    for _ in range(rng.randint(1, 9)):
        size = sheet.scaled(rng.choice([0.7, 1, 1.4, 2, 3, 5]))
        rows = [
            sheet.fitted(sheet.texts.heading(), sheet.width * 0.8, size, sheet.heading)
            for _ in range(rng.choice([1, 1, 1, 2, 3]))
        ]
        width = max(sheet.length(row, size, sheet.heading) for row in rows) + size
        tall = (1.4 * len(rows) + 0.6) * size
        x, y = rng.uniform(-0.1, 1) * (sheet.width - width), rng.uniform(-0.05, 1) * (sheet.height - tall)
        box = (x, y, x + width, y + tall)
        if any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
            continue
        taken.append(box)
        ground, ink = coloured(rng)
        if rng.random() < 0.75:
            sheet.fill(*box, ground)
            if rng.random() < 0.3:
                sheet.frame(*box, ink, rng.randint(1, 3))
        for k, row in enumerate(rows):
            sheet.write(x + width / 2, y + (0.3 + 1.4 * k) * size, row, size, ink, sheet.heading, 0.5)


def picture(sheet: Sheet) -> None:
    """Nothing to read at all."""
    sheet.paste(photo(sheet.width, sheet.height, sheet.rng), 0, 0)
