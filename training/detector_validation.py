"""How well a detector finds the lines of pages in fonts that it has never seen."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr_core.alphabet import Alphabet
from ocr_core.detect_cores import CoreRule, lines_from_cores
from training.detector_network import STRIDE, Detector, as_input
from training.detector_targets import LEGIBLE
from training.page_maker import CORE_INSET, Page, PageMaker

VALIDATION_SEED = 20_26
"""One seed for all runs, so that their figures compare."""

MATCH = 0.5
"""Intersection over union from which a line counts as found (Karatzas et al. 2015)."""

DEFAULT_RULE = CoreRule(threshold=0.5, score=0.7, growth=CORE_INSET / (1 - 2 * CORE_INSET), least=1.2)
"""Before anything was tuned: the growth undoes the inset exactly."""

Quads = NDArray[np.float32]
"""(N, 4, 2) float32."""


def held_out_pages(assets: Path, alphabet: Alphabet, count: int) -> list[Page]:
    """Return `count` pages in held-out fonts, always the same ones."""
    maker = PageMaker(assets, alphabet, VALIDATION_SEED, held_out=True)
    return [maker.page() for _ in range(count)]


@torch.inference_mode()
def probability(network: Detector, page: Page) -> NDArray[np.float32]:
    """Return what `network`, in evaluation mode, answers on `page`: (H / STRIDE, W / STRIDE) float32, 0-1."""
    return network(as_input(torch.from_numpy(page.gray)[None, None])).sigmoid()[0, 0].numpy()


def overlaps(found: Quads, wanted: Sequence[NDArray[np.float64]], side: int) -> NDArray[np.float64]:
    """Return the intersection over union of each line found with each wanted, (F, W), inside a square page."""
    outlines = [np.asarray(polygon, np.float32) for polygon in wanted]
    table = np.zeros((len(found), len(outlines)))
    boxes_a = [cv2.boundingRect(quad) for quad in found]
    boxes_b = [cv2.boundingRect(polygon) for polygon in outlines]
    for i, (ax, ay, aw, ah) in enumerate(boxes_a):
        for j, (bx, by, bw, bh) in enumerate(boxes_b):
            if ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah:
                table[i, j] = _iou(found[i], outlines[j], side)
    return table


def _iou(a: NDArray[np.float32], b: NDArray[np.float32], side: int) -> float:
    """Return the intersection over union of two polygons, counted in pixels of a square page."""
    both = np.concatenate([a, b]).clip(0, side)
    origin = np.floor(both.min(axis=0)) - 1
    size = np.ceil(both.max(axis=0) - origin).astype(int) + 2
    masks = []
    for polygon in (a, b):
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(mask, [np.rint((polygon.clip(0, side) - origin) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
        masks.append(mask.astype(bool))
    return float((masks[0] & masks[1]).sum() / max(1, (masks[0] | masks[1]).sum()))


def validate_detector(
    network: Detector, pages: Sequence[Page], rule: CoreRule = DEFAULT_RULE, match: float = MATCH
) -> dict[str, float]:
    """Return precision, recall and F1 of the lines that `network`, in evaluation mode on the CPU, finds."""
    answers = [probability(network, page) for page in pages]
    return score_answers(answers, pages, rule, match)


def score_answers(
    answers: Sequence[NDArray[np.float32]], pages: Sequence[Page], rule: CoreRule, match: float = MATCH
) -> dict[str, float]:
    """Return precision, recall and F1 of the lines in `answers`, one for each of `pages`.

    Lines too low to read, or of which little is in the window, are neither wanted nor wrong.
    """
    hits = found_count = wanted_count = 0
    for answer, page in zip(answers, pages, strict=True):
        side = page.gray.shape[0]
        found = lines_from_cores(answer, rule) * STRIDE
        table = overlaps(found, [line.outline for line in page.lines], side)
        counted = np.array([_counts(line.outline, line.height, side) for line in page.lines], bool)
        good = table >= match
        hits += int((good.any(axis=0) & counted).sum()) if table.size else 0
        wanted_count += int(counted.sum())
        excused = (table[:, ~counted] > 0.1).any(axis=1) if table.size else np.zeros(len(found), bool)
        right = good.any(axis=1) if table.size else np.zeros(len(found), bool)
        found_count += int((right | ~excused).sum())
    recall, precision = hits / max(1, wanted_count), min(1.0, hits / max(1, found_count))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _counts(outline: NDArray[np.float64], height: float, side: int) -> bool:
    """Return whether a line is high enough to read and has most of itself in the window."""
    inside = ((outline >= 0) & (outline <= side)).all(axis=1).mean()
    return bool(height >= LEGIBLE and inside > 0.6)
