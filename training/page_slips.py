"""Layouts of slips: receipts, forms, tickets, cards and certificates. Each fills a whole sheet."""

from training.page_ornaments import border, emblem, scribble, watermark
from training.page_pictures import bar_code, guilloche, matrix_code, photo
from training.page_sheet import Sheet


def receipt(sheet: Sheet) -> None:
    """A till's print: centred head, items with prices at the right, rows of dashes, totals, codes."""
    rng, size = sheet.rng, sheet.size
    margin, pitch = rng.uniform(0.3, 2) * size, size * rng.uniform(1.05, 1.6)
    room = sheet.width - 2 * margin
    dashes = rng.choice("-=*_.-")
    y = rng.uniform(0.5, 2) * size
    while y < sheet.height - size:
        kind = rng.random()
        if kind < 0.3:
            big = sheet.scaled(rng.choice([1, 1, 1, 1.3, 1.7, 2.2]))
            sheet.write(sheet.width / 2, y, sheet.fitted(sheet.texts.entry(), room, big), big, align=0.5)
            y += pitch * (big / size - 1)
        elif kind < 0.62:
            y += pitch * _item(sheet, margin, y, room, pitch)
        elif kind < 0.8:
            sheet.write(margin, y, sheet.fitted(f"{sheet.texts.label()}: {sheet.texts.value()}", room))
        elif kind < 0.9:
            _dashes(sheet, margin, margin + room, y + size * 0.6, dashes)
        elif kind < 0.93:
            code = bar_code if rng.random() < 0.6 else matrix_code
            picture = code(int(room * rng.uniform(0.3, 0.9)), int(size * rng.uniform(2, 5)), rng)
            sheet.paste(picture, margin + (room - picture.shape[1]) / 2, y)
            y += picture.shape[0]
        y += pitch


def _item(sheet: Sheet, margin: float, y: float, room: float, pitch: float) -> int:
    """Write an item with its price and sometimes a row of figures; return how many rows that was beyond one."""
    price = sheet.texts.number()
    spare = room - sheet.length(price) - 1.5 * sheet.size
    sheet.write(margin, y, sheet.fitted(sheet.texts.entry(), spare))
    sheet.write(margin + room, y, price, align=1)
    if sheet.rng.random() < 0.7 or spare < 9 * sheet.size:
        return 0
    for share in (0.1, 0.4, 0.7):
        sheet.write(margin + share * room, y + pitch, sheet.texts.number())
    return 1


def _dashes(sheet: Sheet, left: float, right: float, y: float, mark: str) -> None:
    """Draw a row of dashes, points or stars across; it is no text."""
    step, thickness = sheet.size * 0.55, max(1, sheet.size // 12)
    for k in range(int((right - left) / step)):
        x = left + k * step
        if mark in "*.":
            sheet.rule(x, y, x + thickness, y, thickness=max(2, thickness * 2))
        else:
            sheet.rule(x, y, x + step * (0.7 if mark == "-" else 1.0), y, thickness=thickness)
            if mark == "=":
                sheet.rule(x, y + 3 * thickness, x + step, y + 3 * thickness, thickness=thickness)


def form(sheet: Sheet) -> None:
    """Labels with boxes, underlines and values in another hand."""
    rng, size = sheet.rng, sheet.size
    margin, y = rng.uniform(0.5, 2) * size, rng.uniform(0.5, 2) * size
    sheet.write(sheet.width / 2, y, sheet.texts.heading(), sheet.scaled(1.6), font=sheet.heading, align=0.5)
    y += 3 * size
    while y < sheet.height - 2 * size:
        x, tall = margin, size * rng.uniform(1.6, 3.4)
        boxed = rng.random() < 0.4
        while x < sheet.width - 6 * size:
            end = min(x + rng.uniform(6, 26) * size, sheet.width - margin)
            _field(sheet, x, y, end, tall, boxed)
            x = end + rng.choice([0, 1.2]) * size if boxed else end + 1.2 * size
        y += tall
        if rng.random() < 0.12:
            y = sheet.paragraph(margin, y, sheet.width - 2 * margin, rng.randint(1, 5)) + size


def _field(sheet: Sheet, x: float, y: float, end: float, tall: float, boxed: bool) -> None:
    """Write a label and its value between `x` and `end`, in a box or over a line."""
    rng, size = sheet.rng, sheet.size
    label = sheet.fitted(sheet.texts.label(), (end - x) * 0.6) + rng.choice(["", ":"])
    after = sheet.write(x + 0.3 * size, y, label, sheet.scaled(0.75) if boxed else size)
    if rng.random() < 0.7:
        below = boxed and tall > 2.3 * size
        left, top = (x + 0.6 * size, y + size) if below else (after + 1.3 * size, y)
        text = sheet.fitted(sheet.texts.value(), end - left - 0.3 * size)
        sheet.write(left, top, text, font=sheet.heading if rng.random() < 0.6 else None)
    if boxed:
        sheet.frame(x, y - size * 0.2, end, y + tall - size * 0.3, sheet.tone)
    elif rng.random() < 0.6:
        sheet.rule(after + 0.5 * size, y + size * 1.2, end, y + size * 1.2)
    if rng.random() < 0.15:
        sheet.frame(end - size, y, end - size * 0.2, y + size * 0.8, sheet.tone)


def ticket(sheet: Sheet) -> None:
    """A ticket or a card: fields beside a picture, on a fine pattern, with codes."""
    rng, size = sheet.rng, sheet.size
    if rng.random() < 0.6:
        sheet.paste(guilloche(sheet.width, sheet.height, rng), 0, 0)
    if rng.random() < 0.6:
        width = rng.uniform(0.15, 0.35) * sheet.width
        x, y = rng.uniform(0, sheet.width - width), rng.uniform(0, sheet.height * 0.6)
        sheet.paste(photo(int(width), int(width * 1.25), rng), x, y)
    top = rng.uniform(0.5, 2) * size
    sheet.write(
        sheet.width / 2,
        top,
        sheet.texts.heading(),
        sheet.scaled(2),
        font=sheet.heading,
        align=0.5,
        tracking=rng.choice([0.0, 4.0]),
    )
    y = top + 4 * size
    while y < sheet.height - 2 * size:
        x = rng.uniform(0.5, 3) * size
        while x < sheet.width - 5 * size:
            big = sheet.scaled(rng.choice([0.7, 1, 1, 1, 1.5, 2]))
            text = rng.choice([sheet.texts.label, sheet.texts.value, sheet.texts.heading])()
            x = sheet.write(
                x, y, sheet.fitted(text, sheet.width - x, big), big, font=rng.choice([None, sheet.heading])
            )
            x += rng.uniform(1.4, 8) * size
        y += size * rng.uniform(2.2, 3.2)


def certificate(sheet: Sheet) -> None:
    """A border of leaves or another motif, a mark in the paper, centred lines and fields, a seal, a signature."""
    rng, size = sheet.rng, sheet.size
    inner = _border(sheet)
    if rng.random() < 0.6:
        mark = watermark(int(0.7 * sheet.width), int(0.6 * sheet.height), rng)
        tone = _beside(float(sheet.gray[0, 0]), rng.uniform(10, 35))
        sheet.lay(mark, 0.15 * sheet.width, 0.2 * sheet.height, tone)
    y, room = inner, sheet.width - 2 * inner
    for _ in range(rng.randint(1, 3)):
        big = sheet.scaled(rng.choice([1, 1.5, 2, 2.6]))
        title = sheet.fitted(sheet.texts.heading(), room, big, sheet.heading)
        sheet.write(sheet.width / 2, y, title, big, font=sheet.heading, align=0.5)
        y += big * rng.uniform(1.3, 2.5)
    while y < sheet.height - inner - 5 * size:
        text = sheet.fitted(f"{sheet.texts.label()}: {sheet.texts.value()}", room)
        if rng.random() < 0.4:
            sheet.write(sheet.width / 2, y, text, align=0.5)
        else:
            sheet.write(inner + size, y, text)
        y += rng.uniform(1.4, 3) * size
    after = sheet.write(inner + size, y, sheet.fitted(sheet.texts.label(), 0.4 * room))
    if rng.random() < 0.6:
        sheet.lay(scribble(int(4 * size), int(2 * size), rng), after + 0.5 * size, y - 0.5 * size, sheet.tone)
    for _ in range(rng.randint(0, 2)):
        side = int(rng.uniform(2.5, 4) * size)
        x = rng.uniform(0.5, 0.9) * sheet.width - side / 2
        sheet.lay(emblem(side, rng) * 0.9, x, sheet.height - inner - side, sheet.tone)


def _beside(tone: float, step: float) -> float:
    """Return a grey level that is `step` from `tone`, on the side where there is room for it, 0-255."""
    return tone + step if tone < 128 else tone - step


def _border(sheet: Sheet) -> float:
    """Draw a border on two or four sides, some with a frame inside; return how far in what is within it begins."""
    rng, size = sheet.rng, sheet.size
    tone = _beside(float(sheet.gray[0, 0]), rng.uniform(30, 110))
    edge = round(rng.uniform(0.7, 2.2) * size)
    for place in rng.sample(["top", "bottom", "left", "right"], rng.choice([2, 4, 4])):
        upright = place in ("left", "right")
        row = border(sheet.height if upright else sheet.width, edge, rng)
        row = row.T if upright else row
        x = sheet.width - row.shape[1] if place == "right" else 0
        sheet.lay(row, x, sheet.height - row.shape[0] if place == "bottom" else 0, tone)
    inner = edge + rng.uniform(0.3, 1.5) * size
    if rng.random() < 0.6:
        sheet.frame(inner, inner, sheet.width - inner, sheet.height - inner, sheet.tone, rng.choice([1, 1, 2, 3]))
    return inner + rng.uniform(0.3, 1.5) * size
