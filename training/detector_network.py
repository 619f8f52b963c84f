"""The detector: a small U-shaped fully convolutional network (after DB, Liao et al. 2020, arXiv 1911.08947).

DB's threshold map is left out: the cores that are learnt here lie a quarter of a line's height apart from each
other on tightly set pages, and a fixed threshold parts them.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from training.network import Residual, convolution

STRIDE = 2
"""Pixels of the image for each value of the answer: small print needs this."""

MULTIPLE = 32
"""Sides of the image are multiples of this."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """Size of the network; kept in the checkpoint."""

    channels: tuple[int, int, int, int, int] = (12, 24, 48, 80, 112)
    """Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image."""

    blocks: tuple[int, int, int] = (1, 2, 2)
    """Residual blocks at 1/8, 1/16 and 1/32: wide sight is cheap there."""


class Detector(nn.Module):
    """Pages -> logits of lying in the core of a line."""

    def __init__(self, config: DetectorConfig = DetectorConfig()) -> None:
        super().__init__()
        self.config = config
        a, b, c, d, e = config.channels
        self.at_4 = nn.Sequential(convolution(1, a, 2), convolution(a, b, 2))
        self.at_8 = _level(b, c, config.blocks[0])
        self.at_16 = _level(c, d, config.blocks[1])
        self.at_32 = _level(d, e, config.blocks[2])
        self.up_16 = _Merge(e, d)
        self.up_8 = _Merge(d, c)
        self.up_4 = _Merge(c, b)
        self.head = nn.Conv2d(b, (4 // STRIDE) ** 2, 1)
        nn.init.constant_(self.head.bias, -2.0)  # most of a page is no text

    def forward(self, pages: Tensor) -> Tensor:
        """Return (N, 1, H / STRIDE, W / STRIDE) logits of `pages` (N, 1, H, W) float in [-1, 1]."""
        at_4 = self.at_4(pages)
        at_8 = self.at_8(at_4)
        at_16 = self.at_16(at_8)
        seen = self.up_16(self.at_32(at_16), at_16)
        seen = self.up_4(self.up_8(seen, at_8), at_4)
        return F.pixel_shuffle(self.head(seen), 4 // STRIDE)


def _level(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """Return a halving of the resolution and what is thought at the new one."""
    return nn.Sequential(convolution(inputs, outputs, 2), *(Residual(outputs) for _ in range(blocks)))


class _Merge(nn.Module):
    """Brings a coarse level to the resolution of a finer one and joins the two."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(coarse, fine, 1, bias=False)
        self.join = convolution(fine, fine)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Return (N, fine, H, W) of (N, coarse, H / 2, W / 2) and (N, fine, H, W)."""
        return self.join(fine + F.interpolate(self.narrow(coarse), scale_factor=2.0, mode="nearest"))


def parameters(network: nn.Module) -> int:
    """Return how many numbers `network` learns."""
    return sum(p.numel() for p in network.parameters())


def loss(logits: Tensor, core: Tensor, weight: Tensor) -> Tensor:
    """Return the loss of `logits` against `core` (0-1) with `weight`, all (N, 1, H, W): cross-entropy and dice.

    Cross-entropy gives calibrated edges; dice keeps it from being content with the many pixels of empty paper
    (Milletari et al. 2016).
    """
    logits = logits.float()
    entropy = F.binary_cross_entropy_with_logits(logits, core, weight, reduction="sum") / weight.sum()
    seen = (weight > 0).float()
    found = logits.sigmoid() * seen
    wanted = core * seen
    dice = 1 - (2 * (found * wanted).sum() + 1) / (found.sum() + wanted.sum() + 1)
    return 3 * entropy + dice


def as_input(pages: Tensor) -> Tensor:
    """Return uint8 pages (N, 1, H, W) as the network takes them, float in [-1, 1]."""
    return pages.float().div_(127.5).sub_(1)
