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
    """Two 3x3 convolutions whose result is added to their input (He et al. 2015)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, H, W) of the same shape."""
        return torch.relu(x + self.second(self.first(x)))


class Crnn(nn.Module):
    """Lines -> class logits at each time step."""

    def __init__(self, classes: int, config: NetworkConfig = NetworkConfig()) -> None:
        super().__init__()
        self.config = config
        a, b, c, d = config.channels
        self.features = nn.Sequential(  # (N, 1, 32, W)
            convolution(1, a, stride=2),  # (N, a, 16, W/2)
            convolution(a, b, stride=2),  # (N, b, 8, W/4)
            Residual(b),
            convolution(b, c, stride=(2, 1)),  # (N, c, 4, W/4)
            Residual(c),
            convolution(c, d, stride=(2, 1)),  # (N, d, 2, W/4)
            Residual(d),
            nn.Conv2d(d, d, (2, 1), bias=False),  # (N, d, 1, W/4)
            nn.BatchNorm2d(d),
            nn.ReLU(inplace=True),
        )
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
