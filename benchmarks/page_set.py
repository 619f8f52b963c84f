"""Whole pages with truth, from a folder, as they are or turned."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Area = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""

QUARTER_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
"""Degrees clockwise -> OpenCV's name for it; no pixel is changed by these."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and the upright rectangle around it, which a truth may leave out."""

    text: str
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An image file and what it says."""

    name: str
    data: bytes
    """The file, as a user would upload it."""

    lines: tuple[Line, ...]
    complete: bool = True
    """Whether `lines` hold all the text; a page whose truth leaves out some counts for recall only."""

    ignore: tuple[Area, ...] = ()
    """Regions in which nothing that is read counts."""


def load_pages(folder: Path, rotate: int = 0, skew: float = 0.0, every: int = 1) -> list[Page]:
    """Return the pages of `folder`, which holds `pages.jsonl` and `pages/`, turned where that is asked for.

    Each row of `pages.jsonl` is `{"file": name, "lines": [{"box": [x1, y1, ..., x4, y4], "text": ...}]}`,
    or has `"text"` in place of `"lines"`; `"complete": false` and `"ignore": [[x0, y0, x1, y1], ...]` are
    optional.

    Args:
        folder: the folder.
        rotate: degrees clockwise, 0, 90, 180 or 270.
        skew: degrees clockwise, applied after `rotate`; the corners are filled with the nearest pixels.
        every: 2 takes every second page, and so on.

    Raises:
        FileNotFoundError: the list or an image on it is missing.
    """
    rows = (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    return [_load(json.loads(row), folder / "pages", rotate, skew) for row in list(filter(None, rows))[::every]]


def _load(row: dict[str, object], folder: Path, rotate: int, skew: float) -> Page:
    name = str(row["file"])
    data = (folder / name).read_bytes()
    turn = np.eye(3)
    if rotate or skew:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise FileNotFoundError(f"{name} is no image.")
        image, turn = turned(np.asarray(image, np.uint8), rotate, skew)
        data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    ignore = tuple(_area([x0, y0, x1, y0, x1, y1, x0, y1], turn) for x0, y0, x1, y1 in row.get("ignore") or ())
    return Page(name, data, tuple(_lines(row, turn)), bool(row.get("complete", True)), ignore)


def _lines(row: dict[str, object], turn: NDArray[np.float64]) -> Iterator[Line]:
    lines = row.get("lines")
    if lines is None:
        yield from map(Line, str(row["text"]).split("\n"))
    else:
        for line in lines:
            yield Line(line["text"], _area(line["box"], turn) if line.get("box") else None)


def turned(image: NDArray[np.uint8], rotate: int, skew: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return (the turned image, the (3, 3) map from its old places to the new ones).

    Args:
        image: (H, W, 3) uint8.
        rotate: degrees clockwise, 0, 90, 180 or 270.
        skew: degrees clockwise; nothing is cut off.
    """
    height, width = image.shape[:2]
    quarter = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, height], [1, 0, 0]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, 1, 0], [-1, 0, width]],
    }[rotate]
    turn = np.vstack((np.array(quarter, np.float64), [0, 0, 1]))
    if rotate:
        image = np.asarray(cv2.rotate(image, QUARTER_TURNS[rotate]), np.uint8)
    if not skew:
        return image, turn
    height, width = image.shape[:2]
    affine = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
    cosine, sine = abs(affine[0, 0]), abs(affine[0, 1])
    size = int(width * cosine + height * sine) + 1, int(height * cosine + width * sine) + 1
    affine[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    image = cv2.warpAffine(image, affine, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(image, np.uint8), np.vstack((affine, [0, 0, 1])) @ turn


def _area(corners: Sequence[float], turn: NDArray[np.float64]) -> Area:
    """Return the upright rectangle around eight numbers x1, y1, ..., x4, y4 moved by `turn`."""
    places = np.array(corners, np.float64).reshape(-1, 2) @ turn[:2, :2].T + turn[:2, 2]
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
