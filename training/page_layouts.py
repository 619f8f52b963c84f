"""Layouts of documents: prose in columns, tables, slides. Each fills a whole sheet."""

from itertools import pairwise

from training.page_pictures import figure, garland
from training.page_sheet import Sheet


def prose(sheet: Sheet) -> None:
    """One to three columns of paragraphs under a heading, with pictures and small print between."""
    rng, size = sheet.rng, sheet.size
    margin = rng.uniform(0.2, 3) * size
    y = rng.uniform(0, 3) * size
    if rng.random() < 0.1:
        border = garland(sheet.width, round(size), rng)
        sheet.paste(border, 0, 0)
        sheet.paste(border[: round(size)].T.copy(), 0, 0)
        margin, y = margin + 1.5 * size, y + 1.5 * size
    if rng.random() < 0.4:
        sheet.write(margin, y, sheet.texts.heading(), sheet.scaled(0.8))
        sheet.write(sheet.width - margin, y, str(rng.randint(1, 999)), sheet.scaled(0.8), align=1)
        y += size * 2
    if rng.random() < 0.5:
        big = sheet.scaled(rng.uniform(1.3, 3))
        title = sheet.fitted(sheet.texts.heading(), sheet.width - 2 * margin, big, sheet.heading)
        boxed = rng.random() < 0.15
        ink = sheet.panel(margin, y - 0.1 * big, sheet.width - margin, y + 1.3 * big) if boxed else None
        sheet.write(sheet.width / 2, y, title, big, ink, sheet.heading, align=0.5)
        y += big * rng.uniform(1.4, 2)
    count = min(rng.choice([1, 1, 1, 2, 2, 3]), max(1, int(sheet.width / (12 * size))))
    gap = rng.uniform(1.2, 3) * size
    width = (sheet.width - 2 * margin - gap * (count - 1)) / count
    leading = rng.uniform(1.05, 1.9)
    for column in range(count):
        _column(sheet, margin + column * (width + gap), y, width, leading)
        if count > 1 and column and rng.random() < 0.2:
            x = margin + column * (width + gap) - gap / 2
            sheet.rule(x, y, x, sheet.height)


def _column(sheet: Sheet, x: float, y: float, width: float, leading: float) -> None:
    """Fill one column from `y` to the foot of the sheet."""
    rng, size = sheet.rng, sheet.size
    while y < sheet.height - size:
        draw = rng.random()
        if draw < 0.12:
            height = rng.uniform(4, 12) * size
            sheet.paste(figure(int(width * rng.uniform(0.4, 1)), int(height), rng), x, y)
            y += height + size * 0.5
            if rng.random() < 0.6:
                small = sheet.scaled(0.8)
                sheet.write(x, y, sheet.fitted(sheet.texts.heading(), width, small), small)
                y += small * 1.5
        elif draw < 0.22:
            big = sheet.scaled(rng.uniform(1, 1.6))
            title, ink = sheet.fitted(sheet.texts.heading(), width, big, sheet.heading), None
            if rng.random() < 0.2:
                end = x + min(width, sheet.length(title, big, sheet.heading) + 0.4 * big)
                ink = sheet.panel(x - 0.2 * big, y - 0.1 * big, end, y + 1.3 * big)
            sheet.write(x, y, title, big, ink, sheet.heading)
            y += big * 1.5
        elif draw < 0.3:
            small = sheet.scaled(0.75)
            y = sheet.paragraph(x, y, width, rng.randint(1, 5), small, leading)
        else:
            y = sheet.paragraph(x, y, width, rng.randint(1, 14), None, leading)
        y += rng.choice([0, 0, 0.5, 1]) * size


def table(sheet: Sheet) -> None:
    """Cells with rules, with some rules, or with none; a shaded head; cells of several lines."""
    rng, size = sheet.rng, sheet.size
    margin = rng.uniform(0.3, 2) * size
    y = rng.uniform(0.3, 3) * size
    while y < sheet.height - 3 * size:
        if rng.random() < 0.6:
            y = sheet.paragraph(margin, y, sheet.width - 2 * margin, rng.randint(1, 3)) + 0.6 * size
        y = _grid(sheet, margin, y) + rng.uniform(0.5, 2) * size


def _grid(sheet: Sheet, left: float, top: float) -> float:
    """Draw one table and return the y below it."""
    rng, size = sheet.rng, sheet.size
    columns = rng.randint(2, max(2, min(9, int(sheet.width / (4 * size)))))
    shares = [rng.uniform(0.5, 2) for _ in range(columns)]
    total = sheet.width - 2 * left
    edges = [left + total * sum(shares[:k]) / sum(shares) for k in range(columns + 1)]
    pitch = size * rng.uniform(1.25, 2.6)
    across, down, head = rng.random() < 0.75, rng.random() < 0.55, rng.random() < 0.4
    align, thickness = rng.choice([0, 0, 0.5, 1]), rng.choice([1, 1, 1, 2, 3])
    y = top
    for row in range(rng.randint(2, 16)):
        tall = pitch * (2 if rng.random() < 0.08 else 1)
        if y + tall > sheet.height:
            break
        _table_row(sheet, edges, y, tall, align, "head" if head and row == 0 else "striped" if head else "plain")
        for x in edges if down else ():
            sheet.rule(x, y, x, y + tall, thickness=thickness)
        if across:
            sheet.rule(left, y, edges[-1], y, thickness=thickness)
        y += tall
    if across or down:
        sheet.rule(left, y, edges[-1], y, thickness=thickness)
    return y


def _table_row(sheet: Sheet, edges: list[float], y: float, tall: float, align: float, kind: str) -> None:
    """Write the cells between `edges`, on a dark ground for a "head", on a tinted one for some "striped" rows."""
    rng, size = sheet.rng, sheet.size
    if kind == "head":
        sheet.fill(edges[0], y, edges[-1], y + tall, rng.choice([60.0, 40.0, 120.0, 215.0]))
    elif kind == "striped" and rng.random() < 0.3:
        sheet.fill(edges[0], y, edges[-1], y + tall, float(sheet.gray[int(y), 0]) - 15)
    for x0, x1 in pairwise(edges):
        words = kind == "head" or x0 == edges[0] or rng.random() < 0.3
        text = sheet.texts.heading() if words else sheet.texts.number()
        x = x0 + 0.4 * size + align * (x1 - x0 - 0.8 * size)
        tone = 245.0 if kind == "head" and rng.random() < 0.5 else None
        if rng.random() < 0.9:
            text = sheet.fitted(text, x1 - x0 - 1.1 * size)
            sheet.write(x, y + (tall - size * 1.2) / 2, text, tone=tone, align=align)


def slide(sheet: Sheet) -> None:
    """A title, bullets, a picture or a chart, a foot line."""
    rng, size = sheet.rng, sheet.size
    margin, y = rng.uniform(1, 4) * size, rng.uniform(0.5, 3) * size
    big = sheet.scaled(rng.uniform(1.5, 2.6))
    ink = sheet.panel(0, 0, sheet.width, y + 1.7 * big) if rng.random() < 0.4 else None
    title = sheet.fitted(sheet.texts.heading(), sheet.width - 2 * margin, big, sheet.heading)
    sheet.write(margin, y, title, big, ink, sheet.heading)
    y += 2.4 * big
    split = sheet.width * (rng.uniform(0.45, 0.7) if rng.random() < 0.6 else 1.0)
    while y < sheet.height - 3 * size:
        indent = margin + rng.choice([0, 0, 1.5]) * size
        room = split - indent - 2 * size
        if room > 3 * size:
            mark = rng.choice(["•", "-", "●", "1.", "", "■"])
            text = sheet.fitted(f"{mark} {sheet.texts.prose(int(rng.uniform(5, 60)))}", room)
            sheet.write(indent, y, text)
        y += size * rng.uniform(1.4, 2.2)
    if split < sheet.width:
        top = 3 * big
        while top < sheet.height - 5 * size:
            height = int(rng.uniform(5, 18) * size)
            sheet.paste(figure(int(sheet.width - split - margin), height, rng), split, top)
            if rng.random() < 0.5:
                sheet.write(
                    split + size, top + height * rng.uniform(0.1, 0.8), sheet.texts.heading(), sheet.scaled(0.8)
                )
            top += height + 2 * size
