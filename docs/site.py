"""What mkdocs is told beyond its settings: documents that live outside docs/, and where links to them lead.

On a site of a repository the files are where they are; on the built site all documents lie in one folder.
"""

import posixpath
import re
from hashlib import sha256
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "README.md": "overview.md",
    "README.zh-CN.md": "overview-zh.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "models/README.md": "model-card.md",
    "training/EXPERIMENTS.md": "experiments.md",
    "training/LOG.md": "training-log.md",
}
"""Documents of the repository by path, and their names on the site."""

DIAGRAM = re.compile(r"^```mermaid\n(.+?)^```$", re.M | re.S)
LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the files of docs/ and those outside."""
    for path, name in OUTSIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / path)))
    for path in set(_linked(files)):
        files.append(File.generated(config, f"repository/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the document with links that fit the built site."""
    place = _place(page.file)
    markdown = DIAGRAM.sub(_diagram, markdown)
    folder = posixpath.dirname(page.file.src_uri) or "."
    return LINK.sub(lambda found: posixpath.relpath(_target(place, found[1]), folder), markdown)


def _diagram(block: re.Match[str]) -> str:
    """Return the drawing of a diagram, which docs/diagrams.py has made; its source where there is none."""
    name = f"images/diagram-{sha256(block[1].encode()).hexdigest()[:8]}.svg"
    if not Path(__file__).with_name("images").joinpath(Path(name).name).exists():
        return block[0]
    return f'<a href="{name}"><img alt="Diagram" src="{name}" style="background: white"></a>'


def _linked(files: Files) -> list[str]:
    """Return the paths of files of the repository, no documents, that documents link to: programs, settings."""
    paths = []
    for file in files.documentation_pages():
        place, text = _place(file), Path(file.abs_src_path).read_text(encoding="utf-8")
        paths += [posixpath.normpath(posixpath.join(place, target)) for target in LINK.findall(text)]
    return [path for path in paths if not path.startswith("docs/") and path not in OUTSIDE]


def _place(file: File) -> str:
    """Return the folder of the repository that a document is in."""
    return posixpath.dirname(
        {name: path for path, name in OUTSIDE.items()}.get(file.src_uri, f"docs/{file.src_uri}")
    )


def _target(place: str, target: str) -> str:
    """Return the file of the site that a link to `target` in a document in `place` leads to."""
    path = posixpath.normpath(posixpath.join(place, target))
    if path in OUTSIDE:
        return OUTSIDE[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}"
