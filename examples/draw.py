"""Draws the example pictures, and writes beside each one the text that it shows.

    python examples/draw.py

Needs Pillow and three Debian packages: fonts-liberation2, fonts-lato, fonts-noto-cjk.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FOLDER = Path(__file__).parent
FONTS = Path("/usr/share/fonts")
LATO = FONTS / "truetype/lato/Lato-Regular.ttf"
LIBERATION = FONTS / "truetype/liberation2/LiberationSans-Regular.ttf"
NOTO = FONTS / "opentype/noto/NotoSansCJK-Regular.ttc"
SERIF = FONTS / "opentype/noto/NotoSerifCJK-Regular.ttc"
SIMPLIFIED = 2
"""Face of a Noto CJK collection that holds the simplified Chinese forms."""

ENGLISH = "The 8:45 train to Oxford leaves from platform 3."
CHINESE = "今天下午三点，我们在图书馆门口见面。"
RECEIPT = (
    "CORNER BOOKSHOP",
    "12 Mill Lane, Ashford",
    "21 Nov 2026\t14:32",
    "Notebook A5\t4.50",
    "Pencil HB\t2.70",
    "City map\t6.95",
    "TOTAL\t14.15",
    "Thank you. See you soon!",
)
"""A tab sets what follows to the right, where it is a line of its own in the same row."""

NOTICE = (
    "通知",
    "本周六上午九点至十一点停水。",
    "请提前储水，谢谢配合。",
    "Water will be off on Saturday, 9-11 am.",
)


def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return a font at `size` pixels, the simplified Chinese face of a collection."""
    return ImageFont.truetype(str(path), size, index=SIMPLIFIED if path.suffix == ".ttc" else 0)


def sheet(
    lines: Sequence[str], fonts: Sequence[ImageFont.FreeTypeFont], margin: int, leading: float
) -> Image.Image:
    """Return `lines` in dark grey on white, each in its font, with `margin` pixels around them."""
    width = max(int(face.getlength(line)) for line, face in zip(lines, fonts, strict=True)) + 2 * margin
    heights = [round(face.size * leading) for face in fonts]
    image = Image.new("L", (width, sum(heights) + 2 * margin), 255)
    pen, top = ImageDraw.Draw(image), margin
    for line, face, height in zip(lines, fonts, heights, strict=True):
        left, _, right = line.partition("\t")
        middle = top + height / 2
        pen.text((margin, middle), left, fill=45, font=face, anchor="lm")
        pen.text((width - margin, middle), right, fill=45, font=face, anchor="rm")
        top += height
    return image


def photographed(image: Image.Image, angle: float, seed: int) -> Image.Image:
    """Return `image` as from a phone: slightly turned, darker to one side, a little soft and noisy."""
    turned = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), np.float32)
    light = np.linspace(0.94, 0.8, pixels.shape[1], dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0, 4, pixels.shape)
    # in steps of 4 grey levels, which the eye does not see and PNG packs better
    return Image.fromarray((np.clip(pixels * light + noise, 0, 255) // 4 * 4).astype(np.uint8))


def examples() -> Iterator[tuple[str, Sequence[str], Image.Image]]:
    """Yield the name, the lines and the picture of each example."""
    yield "line-en", [ENGLISH], sheet([ENGLISH], [font(LATO, 32)], 4, 1.2)
    yield "line-zh", [CHINESE], sheet([CHINESE], [font(SERIF, 32)], 4, 1.2)
    receipt = sheet(RECEIPT, [font(LIBERATION, 24)] * len(RECEIPT), 32, 1.6)
    yield "receipt", RECEIPT, photographed(receipt, 1.2, seed=1)
    notice = sheet(NOTICE, [font(NOTO, 40), *[font(NOTO, 26)] * 2, font(LATO, 24)], 28, 1.6)
    yield "notice", NOTICE, notice


def main() -> None:
    """Write every example as NAME.png and NAME.txt beside this file."""
    for name, lines, image in examples():
        image.save(FOLDER / f"{name}.png", optimize=True)
        (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
