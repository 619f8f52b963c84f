"""Screens light and dark: windows, code, chats. Each fills a whole sheet."""

from training.page_pictures import figure, icon
from training.page_sheet import Sheet, coloured


def screen(sheet: Sheet) -> None:
    """A window: a bar at the top, a list at the side, cards, buttons and icons."""
    rng, size = sheet.rng, sheet.size
    paper = float(sheet.gray[0, 0])
    shade = paper + (18 if paper < 128 else -18)
    bar = 2.4 * size
    sheet.fill(0, 0, sheet.width, bar, shade)
    x = size * 0.6
    while x < sheet.width - 3 * size:
        x = sheet.write(x, 0.6 * size, sheet.texts.heading()[: rng.randint(2, 12)]) + rng.uniform(1.3, 5) * size
    side = rng.choice([0.0, 0.0, rng.uniform(6, 14) * size])
    if side:
        sheet.fill(0, bar, side, sheet.height, shade)
        y = bar + size
        while y < sheet.height - 2 * size:
            sheet.paste(icon(size, size, rng), 0.5 * size, y)
            sheet.write(2 * size, y, sheet.fitted(sheet.texts.heading(), side - 2.5 * size))
            y += size * rng.uniform(1.7, 2.8)
    y = bar + size
    while y < sheet.height - 2 * size:
        y = _card(sheet, side + rng.uniform(0.5, 2) * size, y, shade)


def _card(sheet: Sheet, x: float, y: float, shade: float) -> float:
    """Draw one block of a window and return the y below it."""
    rng, size = sheet.rng, sheet.size
    width = sheet.width - x - size
    kind = rng.random()
    if kind < 0.25:
        height = rng.uniform(3, 10) * size
        sheet.paste(figure(int(width * rng.uniform(0.2, 0.6)), int(height), rng), x, y)
        return y + height + 0.6 * size
    if kind < 0.45:
        at = x
        while at < sheet.width - 8 * size:
            text = sheet.texts.heading()[: rng.randint(2, 10)]
            length = sheet.length(text)
            ground, ink = coloured(rng) if rng.random() < 0.6 else (shade, sheet.tone)
            sheet.fill(at, y, at + length + 1.6 * size, y + 1.9 * size, ground)
            sheet.write(at + 0.8 * size, y + 0.3 * size, text, tone=ink)
            at += length + rng.uniform(2.2, 5) * size
        return y + 2.6 * size
    if kind < 0.6:
        big = sheet.scaled(rng.uniform(1.2, 2))
        sheet.write(x, y, sheet.fitted(sheet.texts.heading(), width, big, sheet.heading), big, font=sheet.heading)
        return y + big * 1.6
    pale = sheet.tone + (float(sheet.gray[0, 0]) - sheet.tone) * rng.choice([0, 0, 0.3, 0.5])
    for _ in range(rng.randint(1, 7)):
        end = sheet.write(x, y, sheet.fitted(sheet.texts.prose(90), width * rng.uniform(0.2, 1)), tone=pale)
        if rng.random() < 0.2 and end < sheet.width - 8 * size:
            sheet.write(sheet.width - size, y, sheet.texts.value()[:9], tone=pale, align=1)
        y += size * rng.uniform(1.4, 1.9)
    return y + 0.5 * size


def chat(sheet: Sheet) -> None:
    """Bubbles left and right with round pictures beside them."""
    rng, size = sheet.rng, sheet.size
    paper = float(sheet.gray[0, 0])
    y = rng.uniform(0.5, 2) * size
    while y < sheet.height - 3 * size:
        if rng.random() < 0.2:
            sheet.write(sheet.width / 2, y, sheet.texts.value()[:14], sheet.scaled(0.75), 150.0, align=0.5)
            y += 1.8 * size
        mine = rng.random() < 0.5
        room = sheet.width * rng.uniform(0.2, 0.65)
        rows = [sheet.fitted(sheet.texts.prose(60), room) for _ in range(rng.choice([1, 1, 2, 3, 4]))]
        width = max((sheet.length(row) for row in rows), default=0) + 1.4 * size
        tall = (len(rows) * 1.4 + 0.8) * size
        x = sheet.width - width - 4 * size if mine else 4 * size
        dark = paper < 128
        sheet.fill(x, y, x + width, y + tall, rng.uniform(40, 90) if dark else rng.uniform(190, 255))
        sheet.paste(
            icon(int(2.4 * size), int(2.4 * size), rng), sheet.width - 3.2 * size if mine else 0.8 * size, y
        )
        for k, row in enumerate(rows):
            sheet.write(x + 0.7 * size, y + (0.4 + 1.4 * k) * size, row, tone=235.0 if dark else 20.0)
        y += tall + rng.uniform(0.6, 2) * size


def code(sheet: Sheet) -> None:
    """A terminal or an editor: indented rows, numbers at the side."""
    rng, size = sheet.rng, sheet.size
    numbers, y, number = rng.random() < 0.5, 0.5 * size, rng.randint(1, 900)
    while y < sheet.height - size:
        if numbers:
            sheet.write(2.2 * size, y, str(number), tone=128.0, align=1)
        if rng.random() < 0.88:
            indent = (4.0 if numbers else 0.5) + rng.choice([0, 0, 2, 4, 6])
            text = rng.choice([sheet.texts.value, sheet.texts.prose_row, sheet.texts.heading])()
            sheet.write(indent * size, y, sheet.fitted(text, sheet.width - (indent + 1) * size))
        y, number = y + size * 1.35, number + 1
