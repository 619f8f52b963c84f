"""A tiny asset folder: two font families that matplotlib ships, and a few sentences."""

from pathlib import Path

import matplotlib
import pytest
from fontTools.ttLib import TTFont

from training.assets import write_lines

FONTS = Path(matplotlib.get_data_path()) / "fonts/ttf"


@pytest.fixture(scope="session")
def assets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    (folder / "fonts").mkdir()
    (folder / "texts").mkdir()
    # The second family's name falls into the held-out split.
    for family, file in (("DejaVuSans", "DejaVuSans.ttf"), ("NotoSerif", "DejaVuSerif.ttf")):
        font = TTFont(FONTS / file)
        font.flavor = "woff2"
        font.save(folder / "fonts" / f"{family}--{Path(file).stem}.woff2")
    write_lines(folder / "texts/zh.txt.gz", ["汉字在这里"])
    write_lines(folder / "texts/en.txt.gz", ["the quick brown fox jumps over the lazy dog"])
    write_lines(folder / "texts/accents.txt.gz", ["déjà vu à la carte"])
    write_lines(folder / "texts/words.txt.gz", ["apple", "banana", "cherry's"])
    write_lines(folder / "texts/zh-words.txt.gz", ["中国\t100", "人民\t50"])
    return folder
