"""Draws the mermaid diagrams of the documents into docs/images, so that the site needs no script for them.

`python docs/diagrams.py` needs npm, which fetches mermaid, and Chromium, which runs it. A drawing is named after
the digest of its source: where the source is changed, the drawing is missed until this has run.
"""

import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

MERMAID = "mermaid@11.17.2"
IMAGES = Path(__file__).with_name("images")
BLOCK = re.compile(r"^```mermaid\n(.+?)^```$", re.M | re.S)
SETTINGS = {"startOnLoad": True, "deterministicIds": True, "htmlLabels": False, "flowchart": {"htmlLabels": False}}


def drawing(source: str) -> Path:
    """Return where the drawing of a diagram is."""
    return IMAGES / f"diagram-{hashlib.sha256(source.encode()).hexdigest()[:8]}.svg"


def sources() -> list[str]:
    """Return the diagrams of all documents in this folder."""
    documents = sorted(Path(__file__).parent.rglob("*.md"))
    return [found for path in documents for found in BLOCK.findall(path.read_text(encoding="utf-8"))]


def draw(source: str, folder: Path) -> str:
    """Return `source` as SVG; `folder` holds mermaid.min.js."""
    page = folder / "page.html"
    page.write_text(
        f'<script src="mermaid.min.js"></script><script>mermaid.initialize({json.dumps(SETTINGS)})</script>'
        f'<pre class="mermaid">{html.escape(source)}</pre>',
        encoding="utf-8",
    )
    browser = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("Chromium is not installed.")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True).stdout
    found = re.search(r"<svg.+?</svg>", shown, re.S) or sys.exit(f"mermaid draws nothing of:\n{source}")
    return found[0].replace("<br>", "<br/>") + "\n"


def main() -> None:
    """Draw what is missing, and remove what no document shows any more."""
    wanted = {drawing(source): source for source in sources()}
    for path in set(IMAGES.glob("diagram-*.svg")) - wanted.keys():
        path.unlink()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "pack", "--silent", MERMAID], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            (folder / "mermaid.min.js").write_bytes(archive.extractfile("package/dist/mermaid.min.js").read())
        for path, source in wanted.items():
            if not path.exists():
                path.write_text(draw(source, folder), encoding="utf-8")


if __name__ == "__main__":
    main()
