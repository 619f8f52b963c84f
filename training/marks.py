"""What print puts around a piece of text: quotes, brackets, bullets, numbers of notes."""

import random
import re

LISTED_SHARE = 0.04
"""Of English sentences, which begin as entries of a list do."""

BULLETS = (
    "• ",
    "• ",
    "• ",
    "• ",
    "•",
    "■ ",
    "● ",
    "○ ",
    "- ",
    "– ",
    "* ",
    "{0}. ",
    "{0}) ",
    "({0}) ",
    "{1}) ",
    "({1}) ",
)
"""What an entry of a list begins with: a mark, a number or a letter."""

ENCLOSED_SHARE = 0.04
"""Of English sentences, which stand between quotes or brackets, or a crop of them does."""

NOTED_SHARE = 0.02
"""Of English sentences, which hold the number of a note."""


def cased(text: str, rng: random.Random) -> str:
    """Return `text`, now and then in capitals, as a title or in small letters."""
    draw = rng.random()
    return text.upper() if draw < 0.25 else text.title() if draw < 0.33 else text.lower() if draw < 0.36 else text


def typographic(text: str, rng: random.Random) -> str:
    """Return an English sentence, now and then with typographic quotes, dashes, a note, a bullet or brackets."""
    if rng.random() < 0.35:
        text = text.replace("'", "’").replace(' "', " “").replace('"', "”").replace("--", "—")
    if rng.random() < NOTED_SHARE:
        text = noted(text, str(rng.randint(1, 99)), ".,;”", rng)
    if rng.random() < 0.05 and (gap := text.find(" ")) > 0:
        text = text[:gap] + rng.choice([" – ", "—", " & ", " / ", "; ", ": ", "… "]) + text[gap + 1 :]
    if rng.random() < LISTED_SHARE:
        text = rng.choice(BULLETS).format(rng.randint(1, 20), rng.choice("abcdei")) + text
    if rng.random() < ENCLOSED_SHARE:
        text = rng.choice(["({})", "[{}]", "“{}”", '"{}"', "‘{}’", "[{}", "{}]", "({}", "{})"]).format(text)
    return text


def marked_chinese(text: str, rng: random.Random) -> str:
    """Return Chinese text, now and then with quotes, brackets, a reference, a note, a leader or a bullet."""
    if rng.random() > 0.2:
        return text
    pair = rng.choice(["“”", "‘’", "《》", "（）", "()", "【】", "[]", "「」", "〈〉", "〔〕"])
    cited = rng.randint(1, len(text)) if text else 0
    extras = [
        f"{pair[0]}{text}{pair[1]}",
        f"{text[:cited]}[{rng.randint(1, 150)}]{text[cited:]}",
        noted(text, str(rng.randint(1, 30)), "。，；”》", rng),
        f"{text}{rng.choice(['……', '...', '——', '—', '·', '～', '-'])}",
        f"{rng.choice('一二三四五六七八九十')}、{text}",
        f"{rng.randint(1, 20)}{rng.choice(['.', '、', '．', ')', ' '])}{text}",
        f"{rng.choice('●■▲★※○□◆•·')}{rng.choice(['', ' '])}{text}",
    ]
    return rng.choice(extras)


def noted(text: str, note: str, marks: str, rng: random.Random) -> str:
    """Return `text` with `note` behind one of its `marks`, or at its end behind a mark that it gets."""
    # not before a digit or letter: 3.5 holds no note, and the number would run into the next one
    places = [k for k, mark in enumerate(text, 1) if mark in marks and not re.match("[0-9A-Za-z]", text[k:])]
    if not places:
        return text + rng.choice(marks) + note
    place = rng.choice(places)
    return text[:place] + note + text[place:]
