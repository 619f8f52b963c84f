"""What the trainings of both networks have in common: settings, schedule, precision, the average of the weights."""

import math
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn


class Schedule(Protocol):
    """The settings that the learning rate follows."""

    @property
    def peak_lr(self) -> float:
        """Learning rate between warm-up and decay."""

    @property
    def warmup_steps(self) -> int:
        """Steps until the peak."""

    @property
    def decay_share(self) -> float:
        """Last share of the run in which the rate falls to zero."""


def learning_rate(config: Schedule, step: int, progress: float) -> float:
    """Return warm-up, constant, then linear decay to zero at `progress` 1 (Hu et al. 2024)."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    return config.peak_lr * warm * min(1.0, max(0.0, (1 - progress) / config.decay_share))


def bfloat16_pays(device: torch.device) -> bool:
    """Return whether bfloat16 is quick: on GPUs and processors with AMX; elsewhere the CPU emulates it slowly."""
    cpuinfo = Path("/proc/cpuinfo")
    return device.type == "cuda" or (cpuinfo.exists() and "amx_bf16" in cpuinfo.read_text())


def check(config: object, positive: Iterable[str], at_least_one: Iterable[str]) -> None:
    """Raise `ValueError` for a setting of `config` with which nothing can be trained."""
    for name in positive:
        if not getattr(config, name) > 0:
            raise ValueError(f"{name}={getattr(config, name)} must be more than 0.")
    for name in at_least_one:
        if getattr(config, name) < 1:
            raise ValueError(f"{name}={getattr(config, name)} must be at least 1.")


def mean_loss(losses: Collection[float]) -> float:
    """Return the mean of those `losses` that are finite, 0 where there is none."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    return sum(finite) / max(1, len(finite))


@torch.no_grad()
def update_average(average: dict[str, Tensor], network: nn.Module, ema: float, steps: int) -> None:
    """Move `average` towards the weights of `network`, faster in the first steps."""
    keep = min(ema, (steps + 1) / (steps + 10))
    for key, value in network.state_dict().items():
        if value.is_floating_point():
            average[key].lerp_(value, 1 - keep)
        else:
            average[key].copy_(value)
