"""Batches side by side against the same batches one after the other."""

import sys

import pytest
import torch

from training.allocator import keep_freed_memory
from training.network import Crnn, NetworkConfig
from training.side_by_side import SideBySide

SMALL = NetworkConfig(channels=(4, 8, 8, 8), hidden=8, layers=1, dropout=0.0)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Crnn(20, SMALL).train()


def squares(network, lines):
    return network(lines).square().mean()


def test_gradient_is_the_mean_of_those_of_the_batches(network):
    batches = [torch.randn(3, 1, 32, width) for width in (64, 128, 96)]
    alone = []
    for batch in batches:
        network.zero_grad()
        squares(network, batch).backward()
        alone.append([weight.grad.clone() for weight in network.parameters()])
    loss = SideBySide(network, squares, threads=1).mean_gradient(batches)
    assert loss == pytest.approx(sum(squares(network, batch).item() for batch in batches) / 3, rel=1e-4)
    for weight, *parts in zip(network.parameters(), *alone, strict=True):
        assert torch.allclose(weight.grad, sum(parts) / 3, atol=1e-6)


def test_every_step_uses_the_weights_of_the_step_before(network):
    side_by_side = SideBySide(network, squares, threads=1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, fused=True)
    batches = [torch.randn(3, 1, 32, 64) for _ in range(2)]
    losses = []
    for _ in range(12):
        losses.append(side_by_side.mean_gradient(batches))
        optimizer.step()
    assert losses[-1] < losses[0] / 2


def test_frozen_weights_get_no_gradient(network):
    network.requires_grad_(False)
    network.classifier.requires_grad_(True)
    SideBySide(network, squares, threads=1).mean_gradient([torch.randn(3, 1, 32, 64) for _ in range(2)])
    assert [name for name, weight in network.named_parameters() if weight.grad is not None] == [
        "classifier.weight",
        "classifier.bias",
    ]


def test_an_error_in_a_batch_comes_out(network):
    def broken(network, batch):
        raise ValueError(f"batch {batch}")

    with pytest.raises(ValueError, match="batch 1"):
        SideBySide(network, broken, threads=1).mean_gradient([1, 2])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_the_allocator_takes_the_settings():
    assert keep_freed_memory()


def test_fewer_batches_than_before_take_nothing_of_the_step_before(network):
    together = SideBySide(network, squares, threads=1)
    few = [torch.randn(3, 1, 32, 64) for _ in range(2)]
    together.mean_gradient(few)
    alone = [weight.grad.clone() for weight in network.parameters()]
    together.mean_gradient([*few, torch.randn(3, 1, 32, 64)])
    together.mean_gradient(few)
    for weight, wanted in zip(network.parameters(), alone, strict=True):
        assert torch.allclose(weight.grad, wanted, atol=1e-6)
