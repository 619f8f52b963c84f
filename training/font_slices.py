"""Faces that npm holds in slices, as pages of the web load them: which ones, and their slices as one font."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger, Options
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

from training.font_sources import FoundFont

SLICED = (
    ("BaiwuchangKeke", "Regular", "@chinese-fonts/bwckkt", "dist/*Regular/*.woff2"),
    ("BaiwuchangKeke", "Bold", "@chinese-fonts/bwckkt", "dist/*Bold/*.woff2"),
    ("DouyinSans", "Bold", "@chinese-fonts/dymh", "dist/*/*.woff2"),
    ("Douyu", "Regular", "@chinese-fonts/dyzgt", "dist/*/*.woff2"),
    ("HongleiXingshu", "Regular", "@chinese-fonts/hlxsjt", "dist/*/*.woff2"),
    ("IBMPlexSansSC", "Regular", "@ibm/plex-sans-sc", "fonts/complete/woff2/hinted/*-Regular.woff2"),
    ("IBMPlexSansSC", "Bold", "@ibm/plex-sans-sc", "fonts/complete/woff2/hinted/*-Bold.woff2"),
    ("JiangxiZhuokai", "Regular", "@chinese-fonts/jxzk", "dist/*/*.woff2"),
    ("KuaikanShijie", "Regular", "@chinese-fonts/kksjt", "dist/*/*.woff2"),
    ("MaokenSans", "Regular", "@chinese-fonts/mksjh", "dist/*/*.woff2"),
    ("MaokenTangyuan", "Regular", "@chinese-fonts/mkwtyt", "dist/*/*.woff2"),
    ("Maru975", "Regular", "cn-fontsource-975-maru-sc-regular", "*.woff2"),
    ("MiSans", "Regular", "misans", "lib/Normal/MiSans-Regular.*.woff2"),
    ("MiSans", "Bold", "misans", "lib/Normal/MiSans-Bold.*.woff2"),
    ("ShetuModeng", "Regular", "@chinese-fonts/stmdxf", "dist/*/*.woff2"),
    ("SourceHanScreen", "Regular", "@chinese-fonts/sypxzs", "dist/*/*.woff2"),
    ("Tiejili", "Regular", "@chinese-fonts/tjl", "dist/*/*.woff2"),
    ("YousheBiaoti", "Regular", "@chinese-fonts/ysbth", "dist/*/*.woff2"),
)
"""(family, face, package, its slices) of simplified Chinese, as signs, posters, phones and quick hands have it.
Their makers let everybody use them without pay; some of the packages do not say so themselves."""

UNUSED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "kern", "hdmx", "VDMX", "LTSH", "gasp", "DSIG",
          "fpgm", "prep", "cvt ")  # fmt: skip
"""Tables that drawing a character alone does not need, some of which cannot be joined."""

OUTLINE_ERROR = 0.5
"""Units of the em by which a cubic outline may move when it is drawn with quadratic curves."""

MAXIMA = (
    "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements",
)  # fmt: skip
"""Fields of `maxp` that only fonts of TrueType have; the others are counted when the font is saved."""


def slice_packages() -> list[str]:
    """Return the names of npm's packages that `sliced_fonts` looks for."""
    return sorted({package for _, _, package, _ in SLICED})


def sliced_fonts(node_modules: Path) -> Iterator[FoundFont]:
    """Yield those faces of `SLICED` that are in `node_modules`."""
    for family, face, package, pattern in SLICED:
        if files := tuple(sorted((node_modules / package).glob(pattern))):
            yield FoundFont(family, face, files)


def joined(files: Sequence[Path]) -> TTFont:
    """Return one font with the glyphs of all `files`, slices of one face.

    Raises whatever a damaged slice leads to.
    """
    merger = Merger(Options(drop_tables=list(UNUSED)))
    with TemporaryDirectory() as folder:
        font = merger.merge([str(_with_quadratic_outlines(file, Path(folder))) for file in files])
        font.ensureDecompiled()  # its tables are read from the files as they are asked for
    font.flavor = None
    return font


def _with_quadratic_outlines(file: Path, folder: Path) -> Path:
    """Return `file` itself, or where its outlines are cubic, which cannot be joined, a copy in `folder`."""
    with TTFont(file) as font:
        if "CFF " not in font:
            return file
        glyphs, outlines = font.getGlyphSet(), {}
        for name in font.getGlyphOrder():
            pen = TTGlyphPen(None)
            glyphs[name].draw(Cu2QuPen(pen, OUTLINE_ERROR, reverse_direction=True))
            outlines[name] = pen.glyph()
        font["loca"] = newTable("loca")
        font["glyf"] = table = newTable("glyf")
        table.glyphOrder, table.glyphs = font.getGlyphOrder(), outlines
        font["maxp"].tableVersion = 0x00010000
        for field in MAXIMA:
            setattr(font["maxp"], field, int(field == "maxZones"))
        font["post"].formatType = 3.0
        del font["CFF "]
        for name in UNUSED:
            if name in font:
                del font[name]
        font.sfntVersion, font.flavor = "\0\1\0\0", None
        target = folder / f"{len(list(folder.iterdir()))}.ttf"
        font.save(target)
    return target
