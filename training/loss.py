"""CTC loss over a sample of the classes, which costs a fraction of all seven thousand."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from ocr_core.alphabet import BLANK
from training.network import Crnn

CACHED_LOGITS = 2**18
"""Logits that a processor's cache holds while they are gone through; a GPU takes all lines at once."""

NEVER = -1e4
"""Logarithm of a probability that is zero in single precision; minus infinity would make gradients of nothing."""


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
            bias = network.classifier.bias[kept] + offsets
            logits = F.linear(features, network.classifier.weight[kept], bias)
            place = torch.zeros(classes, dtype=torch.long, device=targets.device)
            place[kept] = torch.arange(len(kept), device=targets.device)
            targets = place[targets]
    loss: Tensor = CtcOfLogits.apply(logits, targets, lengths)
    return loss


class CtcOfLogits(torch.autograd.Function):
    """The mean CTC loss per character straight from logits, in less time than log_softmax and `F.ctc_loss` take.

    A line uses a dozen of the thousands of classes. The loss is computed over those alone, from logits less the
    logarithm of the softmax's sum; its gradient is the softmax of all classes less the share of each time step that
    the line's own classes take (Graves et al. 2006, equation 16). Both are made in one go, some lines at a time, so
    that the thousands are gone through while they lie in the processor's cache.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, logits: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
        """Return the mean over the lines of the loss per character; lines too short for their text count nothing.

        Args:
            ctx: keeps the gradient.
            logits: (N, T, C) float, class 0 the blank.
            targets: (sum of lengths,) int64 classes of all lines in a row.
            lengths: (N,) int64 characters of each line.
        """
        count, steps, classes = logits.shape
        own, place, absent = _own_classes(targets, lengths)
        index = own[:, None].expand(-1, steps, -1)  # (N, T, K)
        weights = 1 / (lengths.clamp(min=1) * count)
        own_logs = torch.empty(index.shape, device=logits.device)
        gradient = torch.empty_like(logits)
        at_once = count if logits.is_cuda else max(1, CACHED_LOGITS // (steps * classes))
        for part in torch.arange(count).split(at_once):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            values = logits[rows].float()
            values = values - values.amax(-1, keepdim=True)  # in place it would change the logits
            chosen = values.gather(2, index[rows])
            sums = values.exp_().sum(-1, keepdim=True)
            own_logs[rows] = chosen - sums.log()
            gradient[rows] = values.mul_(weights[rows, None, None] / sums)
        own_logs.masked_fill_(absent[:, None], NEVER)
        with torch.enable_grad():
            logs = own_logs.transpose(0, 1).requires_grad_()  # (T, N, K)
            full = torch.full_like(lengths, steps)
            losses = F.ctc_loss(logs, place, full, lengths, blank=BLANK, reduction="none", zero_infinity=True)
            # F.ctc_loss takes its logarithms for a softmax's: its gradient is softmax less share already.
            (slope,) = torch.autograd.grad(losses.sum(), logs)
        readable = losses.detach() > 0  # infinite ones were set to 0
        exact = slope.transpose(0, 1) * weights[:, None, None]
        exact = torch.where(absent[:, None], exact[:, :, :1], exact)  # to be written where the blank's stands
        gradient.scatter_(2, index, exact.to(gradient.dtype))
        gradient *= readable[:, None, None]
        ctx.save_for_backward(gradient)
        return (losses.detach() * weights).sum()

    @staticmethod
    def backward(ctx: FunctionCtx, *slopes: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient for the logits."""
        (gradient,) = ctx.saved_tensors
        return gradient * slopes[0], None, None


def _own_classes(targets: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return (own, place, absent) of the classes that each line uses.

    own: (N, K) int64, the blank and then the line's classes, filled up with blanks.
    place: (sum of lengths,) int64, where in its row of `own` each of `targets` stands.
    absent: (N, K) bool, where `own` is only filled up.
    """
    found = [torch.unique(row, return_inverse=True) for row in targets.split(lengths.tolist())]
    own = torch.full((len(found), 1 + max(len(classes) for classes, _ in found)), BLANK, device=targets.device)
    absent = torch.ones_like(own, dtype=torch.bool)
    absent[:, 0] = False
    for n, (classes, _) in enumerate(found):
        own[n, 1 : 1 + len(classes)] = classes
        absent[n, 1 : 1 + len(classes)] = False
    return own, torch.cat([place for _, place in found]) + 1, absent
