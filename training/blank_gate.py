"""Most time steps of a line are blank, and the classifier of thousands of classes need not look at them.

A small network in front of it tells the blank steps from the LSTM's features. It is taught by the classifier itself
on rendered lines, after the training: its answer is the probability that the classifier would give the blank.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ocr_core.alphabet import BLANK
from training.lines import LineMaker
from training.network import Crnn

SEED = 40_000
"""Of the lines that teach and prove a gate; no training worker uses it."""

HIDDEN = 32

SURE = 0.9
"""Probability of the blank from which a step may be skipped."""

MISTAKES = 1e-4
"""Share of all steps that may be skipped although the classifier is less than `SURE` of the blank."""

PROVING_SHARE = 0.3
"""Of the lines; the limit is chosen on them, and the gate is not taught on them."""

EPOCHS, BATCH, PEAK_LR = 60, 8192, 5e-3


class BlankGate(nn.Module):
    """Features of a time step -> the logit of its being blank."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        self.register_buffer("limit", torch.tensor(float("inf")))
        self.limit: Tensor
        """Logit above which a step is skipped; a new gate skips none."""

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (R,) of `features` (R, F)."""
        logits: Tensor = self.layers(features)[:, 0]
        return logits


def taught_gate(network: Crnn, maker: LineMaker, lines: int) -> BlankGate:
    """Return a gate for `network`, taught on `lines` lines of `maker`, and print what it spares.

    Args:
        network: trained, in evaluation mode.
        maker: of lines as the network met them in training.
        lines: 1,500 are plenty: a line has some sixty steps.
    """
    features, blank, line = _steps(network, maker, lines)
    proving = line >= lines * (1 - PROVING_SHARE)
    gate = BlankGate(features.shape[1])
    _fit(gate, features[~proving], blank[~proving])
    with torch.inference_mode():
        logits = gate(features[proving])
    gate.limit = least_limit(logits, blank[proving])
    print(
        f"the gate spares the classifier {(logits > gate.limit).float().mean():.0%} of the steps of rendered lines"
    )
    return gate.eval()


def least_limit(logits: Tensor, blank: Tensor) -> Tensor:
    """Return the logit above which at most `MISTAKES` of the steps are not surely blank.

    Args:
        logits: (R,) of the gate.
        blank: (R,) the classifier's probability of the blank, 0-1.
    """
    doubtful = logits[blank < SURE].sort(descending=True).values
    allowed = int(MISTAKES * len(logits))
    return doubtful[allowed].clone() if allowed < len(doubtful) else torch.tensor(-torch.inf)


def _steps(network: Crnn, maker: LineMaker, lines: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return features (R, F), the classifier's probability of the blank (R,), and the number of the line (R,)."""
    features, blank, line = [], [], []
    with torch.inference_mode():
        for number in range(lines):
            image = torch.from_numpy(maker.line()[0])
            of_line = network.sequence(image[None, None].float() / 127.5 - 1)[0]
            features.append(of_line)
            blank.append(network.classifier(of_line).softmax(-1)[:, BLANK])
            line.append(torch.full((len(of_line),), number))
    return torch.cat(features), torch.cat(blank), torch.cat(line)


def _fit(gate: BlankGate, features: Tensor, blank: Tensor) -> None:
    """Teach `gate` to give `blank` (R,), 0-1, for `features` (R, F)."""
    optimiser = torch.optim.AdamW(gate.parameters(), PEAK_LR, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    draw = torch.Generator().manual_seed(SEED)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(features), generator=draw).split(BATCH):
            loss = functional.binary_cross_entropy_with_logits(gate(features[rows]), blank[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
