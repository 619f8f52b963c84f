"""Which characters look alike to a trained network: what it learns to tell apart next."""

import torch.nn.functional as F
from torch import Tensor

from ocr_core.alphabet import BLANK, Alphabet

NEIGHBOURS = 6
"""Classes that are told for each class."""

HAN = range(0x4E00, 0xA000)
"""Code points of the unified ideographs."""


def nearest_classes(weight: Tensor, count: int = NEIGHBOURS) -> Tensor:
    """Return the classes that are most like each class, (C, count) int64, the likest first; never the blank.

    Print of one character has nearly the features of its look-alikes, and so the rows of a trained classifier are
    nearly parallel. What all rows share tells the blank from the rest and is taken off first.

    Args:
        weight: (C, features) float, the rows of the classifier.
    """
    rows = F.normalize(weight.detach().float() - weight.detach().float().mean(dim=0), dim=1)
    alike = rows @ rows.T
    alike.fill_diagonal_(-1)
    alike[:, BLANK] = -1
    return alike.topk(min(count, len(rows) - 2), dim=1).indices


def look_alikes(nearest: Tensor, alphabet: Alphabet) -> dict[str, str]:
    """Return the Chinese characters that look like each Chinese character, the likest first.

    Args:
        nearest: see `nearest_classes`.
        alphabet: the meaning of the classes.
    """
    signs = alphabet.signs
    found = {
        signs[k]: "".join(signs[other] for other in row if _is_han(signs[other]))
        for k, row in enumerate(nearest.tolist())
        if _is_han(signs[k])
    }
    return {character: others for character, others in found.items() if others}


def _is_han(sign: str) -> bool:
    return len(sign) == 1 and ord(sign) in HAN
