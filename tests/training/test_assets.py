import gzip
import re

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from PIL import ImageFont

from training.assets import PACKAGES, subset_font, write_fonts, write_lines
from training.corpora import NPM_TEXTS, prose
from training.font_slices import joined, slice_packages, sliced_fonts
from training.font_sources import LEFT_OUT, NPM_PACKAGES, FoundFont, npm_fonts


@pytest.mark.parametrize(("ending", "flavour"), [("ttf", None), ("woff2", "woff2")])
def test_subset_keeps_the_glyphs_of_the_alphabet_alone(assets, tmp_path, ending, flavour):
    source = assets / "fonts/DejaVuSans--DejaVuSans.woff2"
    target = tmp_path / f"out.{ending}"
    assert subset_font([source], target, "ABCabc123é")
    with TTFont(target) as font:
        assert set(map(chr, font.getBestCmap())) == set("ABCabc123é")
        assert font.flavor == flavour
    assert target.stat().st_size < source.stat().st_size / 10


def test_a_file_that_is_no_font_is_left_out_with_a_word(tmp_path, capsys):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert not subset_font([tmp_path / "broken.ttf"], tmp_path / "out.woff2", "ABC")
    assert not (tmp_path / "out.woff2").exists()
    assert "broken.ttf is left out" in capsys.readouterr().out


def test_a_font_that_was_cut_off_is_left_out_with_a_word(assets, tmp_path, capsys):
    whole = (assets / "fonts/DejaVuSans--DejaVuSans.woff2").read_bytes()
    broken = tmp_path / "broken.woff2"
    broken.write_bytes(whole[:-100])
    assert not subset_font([broken], tmp_path / "out.ttf", "ABCabc123")
    assert "broken.woff2 is left out" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["broken.woff2"]


def test_characters_that_a_font_leaves_blank_are_taken_from_it(assets, tmp_path):
    blank = tmp_path / "blank.ttf"
    with TTFont(assets / "fonts/DejaVuSans--DejaVuSans.woff2") as font:
        names = font.getBestCmap()
        font["glyf"][names[ord("_")]] = font["glyf"][names[ord(" ")]]
        font.flavor = None
        font.save(blank)
    assert subset_font([blank], tmp_path / "out.ttf", "ABC abc123_")
    with TTFont(tmp_path / "out.ttf") as font:
        assert set(map(chr, font.getBestCmap())) == set("ABC abc123")


def test_a_font_that_is_there_is_kept_whatever_its_packing(tmp_path, assets):
    source = assets / "fonts/DejaVuSans--DejaVuSans.woff2"
    kept = tmp_path / "Sans--DejaVuSans--DejaVuSans.woff2"
    kept.write_bytes(b"as it was")
    write_fonts(tmp_path, [FoundFont("Sans", source.stem, (source,))], "ABCabc123", ".ttf")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"as it was"]
    kept.unlink()
    write_fonts(tmp_path, [FoundFont("Sans", source.stem, (source,))], "ABCabc123", ".ttf")
    assert [path.suffix for path in tmp_path.iterdir()] == [".ttf"]


def test_fontsource_gives_three_faces_of_the_largest_part_of_a_family(tmp_path):
    package = tmp_path / "@fontsource/two-scripts"
    (package / "files").mkdir(parents=True)
    (package / "metadata.json").write_text('{"family": "Two Scripts"}')
    for part in ("latin-400", "chinese-simplified-400", "chinese-simplified-900", "3-400"):
        (package / f"files/two-scripts-{part}-normal.woff2").touch()
    chinese = package / "files/two-scripts-chinese-simplified-400-normal.woff2"
    assert list(npm_fonts(tmp_path)) == [FoundFont("TwoScripts", chinese.stem, (chinese,))]
    assert list(npm_fonts(tmp_path / "nowhere")) == []


def test_slices_of_a_face_become_one_font(assets, tmp_path):
    source = assets / "fonts/DejaVuSans--DejaVuSans.woff2"
    package = tmp_path / "@chinese-fonts/tjl/dist/Tiejili"
    package.mkdir(parents=True)
    for number, part in enumerate(("ABCabc", "123", "é")):
        with TTFont(source) as font:
            slicer = Subsetter(Options(layout_features=[]))
            slicer.populate(text=part)
            slicer.subset(font)
            font.flavor = "woff2"
            font.save(package / f"{number}.woff2")
    (face,) = sliced_fonts(tmp_path)
    assert (face.family, face.face, len(face.files)) == ("Tiejili", "Regular", 3)
    assert set(map(chr, joined(face.files).getBestCmap())) == set("ABCabc123é")
    write_fonts(tmp_path, [face], "Aa1é?", ".ttf")
    with TTFont(tmp_path / "Tiejili--Regular.ttf") as font:
        assert set(map(chr, font.getBestCmap())) == set("Aa1é")
        assert font["hmtx"][font.getBestCmap()[ord("A")]][0] > 0


def cubic(path, character, height):
    """Write a slice with one box of `height` with a round hole in cubic outlines."""
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "cid1"])
    builder.setupCharacterMap({ord(character): "cid1"})
    pen = T2CharStringPen(600, None)
    for step, point in enumerate(((50, 0), (50, height), (550, height), (550, 0))):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    pen.moveTo((400, 200))
    pen.curveTo((400, 340), (200, 340), (200, 200))  # highest in the middle of its way, at 305
    pen.closePath()
    builder.setupCFF(
        "Face", {}, {".notdef": T2CharStringPen(600, None).getCharString(), "cid1": pen.getCharString()}, {}
    )
    builder.setupHorizontalMetrics({".notdef": (600, 0), "cid1": (600, 50)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Face", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def test_slices_with_cubic_outlines_become_one_font_with_the_same_shapes(tmp_path):
    files = []
    for character, height in (("A", 700), ("b", 500)):
        files.append(tmp_path / f"{character}.otf")
        cubic(files[-1], character, height)
    font = joined(files)
    names = font.getBestCmap()
    assert set(map(chr, names)) == set("Ab")
    for character, height in (("A", 700), ("b", 500)):
        glyph = font["glyf"][names[ord(character)]]
        assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (50, 0, 550, height)
        assert max(y for _, y in list(glyph.coordinates)[4:]) == pytest.approx(305, abs=1)
    font.save(tmp_path / "joined.ttf")
    mask = ImageFont.truetype(tmp_path / "joined.ttf", 100).getmask("A")
    ink = np.asarray(mask).reshape(mask.size[::-1])
    assert ink.shape == (70, 60)
    assert (ink[45, 30], ink[45, 10]) == (0, 255)  # the hole and what is beside it


def test_slices_that_are_not_there_are_no_fonts(tmp_path):
    assert not list(sliced_fonts(tmp_path))
    assert len(slice_packages()) > 10


@pytest.mark.parametrize("damaged", ["", "{", "{}", "[]"])
def test_a_package_of_npm_that_is_damaged_is_left_out_with_a_word(tmp_path, capsys, damaged):
    for name, metadata in (("broken", damaged), ("whole", '{"family": "Whole"}')):
        package = tmp_path / f"@fontsource/{name}"
        (package / "files").mkdir(parents=True)
        (package / "metadata.json").write_text(metadata)
        (package / f"files/{name}-latin-400-normal.woff2").touch()
    assert [font.family for font in npm_fonts(tmp_path)] == ["Whole"]
    assert "broken is left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["Lato-Hairline.ttf", "Lato-HairlineItalic.ttf", "Inter-ThinItalic.otf", "BebasNeue.otf"]
)
def test_fonts_that_nobody_reads_by_are_left_out(name):
    assert LEFT_OUT.search(name)
    assert not LEFT_OUT.search("Lato-Italic.ttf")


def test_texts_are_gzipped_lines(tmp_path):
    write_lines(tmp_path / "t.txt.gz", ["一", "two"])
    assert gzip.decompress((tmp_path / "t.txt.gz").read_bytes()).decode() == "一\ntwo"


def test_prose_of_npm_comes_by_sentences(tmp_path):
    data = tmp_path / NPM_TEXTS[1] / "data"
    data.mkdir(parents=True)
    (data / "chapter_1.txt").write_text("Call me so. Some years ago; never mind\nhow long")
    assert list(prose(tmp_path)) == ["Call me so.", "Some years ago;", "never mind", "how long"]


def test_npm_packages_are_names_without_repeats():
    names = NPM_PACKAGES.read_text().split()
    assert len(names) == len(set(names)) > 300
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert {"ma-shan-zheng", "zcool-kuaile", "roboto"} <= set(names)
    assert not {"creepster", "rubik-mono-one"} & set(names)  # they have one case alone


def test_packages_are_debian_names_without_repeats():
    names = PACKAGES.read_text().split()
    assert len(names) == len(set(names)) > 60
    assert {"fonts-noto-cjk", "libreoffice-help-zh-cn", "fortunes"} <= set(names)
