"""Screenshots of HTML files, and the text on them as Chromium sets it: pages for `benchmarks.pages`.

    python -m benchmarks.screenshots FOLDER HTML... [--count 60] [--seed 1]

HTML names files or folders of them: the documents of any program will do. Writes FOLDER/pages.jsonl and
FOLDER/pages/, at widths and resolutions from telephones to large screens, light and dark, some as JPEG. Pictures
and icons are hidden, as nobody knows what they say. Nothing on these pages was set by `training`.
"""

import argparse
import base64
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.chromium import Page, new_page

VISIBLE_TEXT = (Path(__file__).parent / "visible_text.js").read_text("utf8")

WINDOWS = ((420, 860), (800, 1000), (1000, 1200), (1280, 800), (1366, 768), (1440, 900))
"""CSS pixels, width and height."""

RESOLUTIONS = (1, 1, 1, 1.25, 1.5, 2)
"""Pixels for each CSS pixel."""

HIDDEN = """img, svg, video, canvas, iframe, object { visibility: hidden !important }
li { list-style: none !important }
* { background-image: none !important; animation: none !important; transition: none !important }
*::before, *::after, ::placeholder, input, select, textarea { color: transparent !important }"""
"""Style sheet for what is seen and is no text of the document."""

DARK = "html { background: white; filter: invert(0.9) hue-rotate(180deg) }"
DARK_SHARE = 0.25
FEWEST_LETTERS = 50
"""On a page; what has fewer tells little."""


def shoot(page: Page, html: Path, rng: random.Random) -> tuple[bytes, str, list[dict[str, Any]]]:
    """Return a picture of some window onto `html`, its file ending, and its lines as rows of pages.jsonl."""
    width, height = rng.choice(WINDOWS)
    scale = rng.choice(RESOLUTIONS)
    page.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
    )
    page.open(html.resolve().as_uri())
    style = HIDDEN + (DARK if rng.random() < DARK_SHARE else "")
    page.evaluate(f"document.head.appendChild(document.createElement('style')).textContent = {json.dumps(style)}")
    page.evaluate(
        f"scrollTo(0, {rng.random():.3f} * Math.max(0, document.documentElement.scrollHeight - innerHeight)),"
        "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))"
    )
    lines = []
    for line in page.evaluate(VISIBLE_TEXT):
        x0, y0, x1, y1 = (round(side * scale) for side in line["box"])
        lines.append({"box": [x0, y0, x1, y0, x1, y1, x0, y1], "text": line["text"]})
    form = rng.choice(["png", "png", "jpeg"])
    options = {"quality": rng.choice([50, 75, 90])} if form == "jpeg" else {}
    return base64.b64decode(page.send("Page.captureScreenshot", format=form, **options)["data"]), form, lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the screenshots that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("html", type=Path, nargs="+", help="files, or folders of .html files")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    # folders take turns, however many files each of them holds
    sources = [sorted(path.rglob("*.html")) if path.is_dir() else [path] for path in options.html]
    if empty := [path for path, files in zip(options.html, sources, strict=True) if not files]:
        raise SystemExit(f"{empty[0]} holds no .html file.")
    (options.folder / "pages").mkdir(parents=True, exist_ok=True)
    rng, rows = random.Random(options.seed), []
    # the browser may still write into its profile when it is told to end
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, new_page(profile) as page:
        for number in tqdm(range(options.count), unit=" pages"):
            data, form, lines = shoot(page, rng.choice(rng.choice(sources)), rng)
            if sum(len(line["text"]) for line in lines) >= FEWEST_LETTERS:
                name = f"{number:03d}.{form}"
                (options.folder / "pages" / name).write_bytes(data)
                rows.append(json.dumps({"file": name, "lines": lines}, ensure_ascii=False))
    (options.folder / "pages.jsonl").write_text("\n".join(rows) + "\n", "utf8")
    print(f"{len(rows)} pages in {options.folder}; `python -m benchmarks.pages {options.folder}` reads them")


if __name__ == "__main__":
    main()
