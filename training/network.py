"""The recogniser: convolutions, a bidirectional LSTM, a classifier for CTC (Shi et al. 2015, arXiv 1507.05717)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

TIME_STEP_PX = 4
"""Pixels of the line per time step: two halvings along the width."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Size of the network; kept in the checkpoint."""

    channels: tuple[int, int, int, int] = (32, 64, 128, 256)
    """Channels after each halving of the height."""

    blocks: tuple[int, int, int, int] = (1, 1, 1, 0)
    """Residual blocks where the line is 8, 4, 2 and 1 rows high."""

    hidden: int = 128
    """LSTM cells of each direction and layer."""

    layers: int = 2
    """LSTM layers. More of them cost time steps in sequence, which no core can share."""

    dropout: float = 0.1
    """Share of the LSTM's outputs dropped in training."""


def convolution(inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> nn.Sequential:
    """Return a 3x3 convolution with batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions whose result is added to their input (He et al. 2015)."""

    def __init__(self, channels: int, rows: int = 3) -> None:
        """Take `rows` x 3 pixels in each convolution."""
        super().__init__()
        kernel, padding = (rows, 3), (rows // 2, 1)
        self.first = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, 1, padding, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        )
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, 1, padding, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) of the same shape."""
        return torch.relu(x + self.second(self.first(x)))


def feature_layers(config: NetworkConfig) -> dict[str, nn.Module]:
    """Return the layers from (N, 1, 32, W) to (N, d, 1, W / 4), in order, each under a name of its own."""
    a, b, c, d = config.channels
    eight, four, two, one = config.blocks
    return {
        "halved": convolution(1, a, stride=2),  # (N, a, 16, W/2)
        "eight": convolution(a, b, stride=2),  # (N, b, 8, W/4)
        **{f"eight-{i}": Residual(b) for i in range(eight)},
        "four": convolution(b, c, stride=(2, 1)),  # (N, c, 4, W/4)
        **{f"four-{i}": Residual(c) for i in range(four)},
        "two": convolution(c, d, stride=(2, 1)),  # (N, d, 2, W/4)
        **{f"two-{i}": Residual(d) for i in range(two)},
        "one": nn.Conv2d(d, d, (2, 1), bias=False),  # (N, d, 1, W/4)
        "one-norm": nn.BatchNorm2d(d),
        "one-relu": nn.ReLU(inplace=True),
        **{f"one-{i}": Residual(d, rows=1) for i in range(one)},
    }


class Crnn(nn.Module):
    """Lines -> class logits at each time step."""

    def __init__(self, classes: int, config: NetworkConfig = NetworkConfig()) -> None:
        super().__init__()
        self.config = config
        self.features = nn.Sequential(*feature_layers(config).values())
        d = config.channels[-1]
        self.lstm = nn.LSTM(d, config.hidden, config.layers, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(2 * config.hidden, classes)
        # Small at first: with thousands of classes larger weights start the loss in the hundreds.
        nn.init.normal_(self.classifier.weight, 0, 0.02)
        nn.init.zeros_(self.classifier.bias)

    def sequence(self, lines: Tensor) -> Tensor:
        """Return (N, T, 2 x hidden) features, T = W / 4, of `lines` (N, 1, 32, W) float in [-1, 1]."""
        columns = self.features(lines).squeeze(2).transpose(1, 2)  # (N, T, d)
        context, _ = self.lstm(columns)
        return self.dropout(context)

    def forward(self, lines: Tensor) -> Tensor:
        """Return (N, T, C) logits, class 0 the blank, of `lines` (N, 1, 32, W) float in [-1, 1]."""
        return self.classifier(self.sequence(lines))
