"""Where the fonts come from: those installed on this system, and those of npm's packages of Fontsource."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NPM_PACKAGES = Path(__file__).with_name("npm_packages.txt")
"""Names of packages `@fontsource/NAME`: free fonts, most of the families of Google Fonts among them."""

# Families with one case alone would teach that A is to be read as a.
LEFT_OUT = re.compile(
    r"Symbol|Emoji|[Mm]ath|dseg|Dingbat|D050000L|wqy-unibit|ExtB|CJK-Thin|CJK-ExtraLight|CJK-DemiLight|CJK-Medium|"
    r"SerifCJK-SemiBold|LXGWWenKai-Light|/ipag\.|MonoCJK|LXGWWenKaiMono|TC-|"
    r"-(?:HairLine|Hairline|Thin|ExtraThin|UltraLight)(?:It|Italic|Oblique)?\b|BebasNeue|Ubuntu-Title|"
    r"Icons|Braille|Ornament|Initials|Arrows|STIXSize|STIXVar|LMMath|texgyre.*math|esint|msam|msbm|rsfs|wasy|stmary"
)
NOTO_KEPT = ("NotoSans-", "NotoSerif-", "NotoSansMono-", "NotoSansDisplay-", "NotoSerifDisplay-", "CJK")

FANDOL = Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol")
"""Where Debian's TeX has Chinese faces in the manner of Song, Hei, Kai and Fang; fontconfig does not look there."""

SUBSETS = ("chinese-simplified", "chinese-traditional", "chinese-hongkong", "japanese", "latin")
"""Parts of a Fontsource family; the first that it has is taken, and holds Latin letters too."""

FACES = ("400-normal", "700-normal", "400-italic")
"""Faces that are taken of each family of Fontsource."""


@dataclass(frozen=True, slots=True)
class FoundFont:
    """A face where it lies."""

    family: str

    face: str
    """What tells it from others of its family, in the name of a file."""

    files: tuple[Path, ...]
    """Its file, or the slices of it; see `training.font_slices`."""


def family_name(name: str) -> str:
    """Return `name` without what is neither a letter nor a digit."""
    return re.sub(r"[^A-Za-z0-9]+", "", name)


def installed_fonts() -> Iterator[FoundFont]:
    """Yield the installed fonts that print Chinese or English text."""
    listing = subprocess.run(
        ["fc-list", "--format", "%{file}\t%{family[0]}\n"], capture_output=True, text=True, check=True
    )
    seen = set()
    for row in sorted(listing.stdout.splitlines()):
        file, family = row.split("\t")
        name = Path(file).name
        wanted = name.lower().endswith((".ttf", ".otf", ".ttc")) and not LEFT_OUT.search(name)
        if wanted and file not in seen and (not name.startswith("Noto") or any(k in name for k in NOTO_KEPT)):
            seen.add(file)
            yield _alone(Path(file), family_name(family) or Path(file).stem)
    yield from (_alone(file, "Fandol") for file in sorted(FANDOL.glob("*.otf")) if not LEFT_OUT.search(file.name))


def _alone(file: Path, family: str) -> FoundFont:
    return FoundFont(family, file.stem, (file,))


def npm_fonts(node_modules: Path) -> Iterator[FoundFont]:
    """Yield the faces of Fontsource's packages in `node_modules`, if it exists."""
    for metadata in sorted(node_modules.glob("@fontsource/*/metadata.json")):
        package = metadata.parent
        try:
            family = family_name(json.loads(metadata.read_text(encoding="utf-8"))["family"])
        except (ValueError, KeyError, TypeError) as error:
            print(f"{package} is left out; `npm install` again mends it: {error!r}")
            continue
        for subset in SUBSETS:
            faces = [package / "files" / f"{package.name}-{subset}-{face}.woff2" for face in FACES]
            if found := [face for face in faces if face.exists()]:
                yield from (_alone(face, family) for face in found)
                break
