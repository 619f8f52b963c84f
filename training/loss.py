"""CTC loss over a sample of the classes, which costs a fraction of all seven thousand."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ocr_core.alphabet import BLANK
from training.network import Crnn


def sampled_classes(
    targets: Tensor, classes: int, negatives: int, nearest: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return (kept class indices, offsets to add to their logits).

    Kept are the blank, every class that the batch needs, those that look like them, and `negatives` others drawn
    evenly. The others stand for all that were left out: log(left out / drawn) on their logits keeps the softmax's
    expectation (Jean et al. 2015).

    Args:
        targets: (L,) int64, the classes of the batch.
        classes: of the network.
        negatives: how many are drawn.
        nearest: (classes, K) int64, see `training.look_alikes`; drawn evenly, a class would hardly ever meet them.
    """
    needed = torch.unique(targets)
    if nearest is not None:
        needed = torch.unique(torch.cat([needed, nearest[needed].flatten()]))
    absent = torch.ones(classes, dtype=torch.bool, device=targets.device)
    absent[needed] = False
    absent[BLANK] = False
    pool = absent.nonzero().squeeze(1)
    drawn = pool[torch.randperm(len(pool), device=targets.device)[:negatives]]
    kept = torch.cat([needed.new_tensor([BLANK]), needed, drawn])
    offsets = torch.zeros(len(kept), device=targets.device)
    offsets[1 + len(needed) :] = math.log(len(pool) / max(1, len(drawn))) if len(pool) else 0.0
    return kept, offsets


def ctc_loss(
    network: Crnn,
    lines: Tensor,
    targets: Tensor,
    lengths: Tensor,
    negatives: int | None,
    amp: bool,
    nearest: Tensor | None = None,
) -> Tensor:
    """Return the mean CTC loss per character.

    Args:
        network: the recogniser.
        lines: (N, 1, 32, W) float in [-1, 1].
        targets: (sum of lengths,) int64 classes of all lines in a row.
        lengths: (N,) int64 characters of each line.
        negatives: sampled other classes; None takes the full softmax.
        amp: run in bfloat16 where the processor or GPU is quick at it.
        nearest: look-alikes of each class, which are always among the others; see `sampled_classes`.
    """
    classes = network.classifier.out_features
    with torch.autocast(lines.device.type, torch.bfloat16, enabled=amp):
        features = network.sequence(lines)
        if negatives is None:
            logits = network.classifier(features)
        else:
            kept, offsets = sampled_classes(targets, classes, negatives, nearest)
            logits = F.linear(features, network.classifier.weight[kept], network.classifier.bias[kept])
    logits = logits.float()
    if negatives is not None:
        logits = logits + offsets
        place = torch.zeros(classes, dtype=torch.long, device=targets.device)
        place[kept] = torch.arange(len(kept), device=targets.device)
        targets = place[targets]
    steps = torch.full_like(lengths, logits.shape[1])
    log_probabilities = logits.log_softmax(-1).transpose(0, 1)  # (T, N, C)
    return F.ctc_loss(log_probabilities, targets, steps, lengths, blank=BLANK, zero_infinity=True)
