"""Faces that npm holds in slices, as pages of the web load them: which ones, and their slices as one font."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont

from training.font_sources import FoundFont

SLICED = (
    ("BaiwuchangKeke", "Regular", "@chinese-fonts/bwckkt", "dist/*Regular/*.woff2"),
    ("BaiwuchangKeke", "Bold", "@chinese-fonts/bwckkt", "dist/*Bold/*.woff2"),
    ("Douyu", "Regular", "@chinese-fonts/dyzgt", "dist/*/*.woff2"),
    ("HongleiXingshu", "Regular", "@chinese-fonts/hlxsjt", "dist/*/*.woff2"),
    ("IBMPlexSansSC", "Regular", "@ibm/plex-sans-sc", "fonts/complete/woff2/hinted/*-Regular.woff2"),
    ("IBMPlexSansSC", "Bold", "@ibm/plex-sans-sc", "fonts/complete/woff2/hinted/*-Bold.woff2"),
    ("JiangxiZhuokai", "Regular", "@chinese-fonts/jxzk", "dist/*/*.woff2"),
    ("MaokenSans", "Regular", "@chinese-fonts/mksjh", "dist/*/*.woff2"),
    ("MaokenTangyuan", "Regular", "@chinese-fonts/mkwtyt", "dist/*/*.woff2"),
    ("Maru975", "Regular", "cn-fontsource-975-maru-sc-regular", "*.woff2"),
    ("MiSans", "Regular", "misans", "lib/Normal/MiSans-Regular.*.woff2"),
    ("MiSans", "Bold", "misans", "lib/Normal/MiSans-Bold.*.woff2"),
    ("ShetuModeng", "Regular", "@chinese-fonts/stmdxf", "dist/*/*.woff2"),
    ("Tiejili", "Regular", "@chinese-fonts/tjl", "dist/*/*.woff2"),
    ("YousheBiaoti", "Regular", "@chinese-fonts/ysbth", "dist/*/*.woff2"),
)
"""(family, face, package, its slices) of simplified Chinese, as signs, posters, phones and quick hands have it.
Their makers let everybody use them without pay; some of the packages do not say so themselves."""

UNUSED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "kern", "hdmx", "VDMX", "LTSH", "gasp", "DSIG",
          "fpgm", "prep", "cvt ")  # fmt: skip
"""Tables that drawing a character alone does not need, some of which cannot be joined."""


def slice_packages() -> list[str]:
    """Return the names of npm's packages that `sliced_fonts` looks for."""
    return sorted({package for _, _, package, _ in SLICED})


def sliced_fonts(node_modules: Path) -> Iterator[FoundFont]:
    """Yield those faces of `SLICED` that are in `node_modules`."""
    for family, face, package, pattern in SLICED:
        if files := tuple(sorted((node_modules / package).glob(pattern))):
            yield FoundFont(family, face, files)


def joined(files: Sequence[Path]) -> TTFont:
    """Return one font with the glyphs of all `files`, slices of one face with outlines of TrueType.

    Raises whatever a damaged slice leads to.
    """
    font = Merger(Options(drop_tables=list(UNUSED))).merge([str(file) for file in files])
    font.flavor = None
    return font
