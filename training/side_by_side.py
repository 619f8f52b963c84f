"""Several batches at once, each on threads of its own: their mean gradient is that of one batch as large as all.

A processor's cores spend a third of a training step waiting for each other when they share each operation, and next
to nothing when each has a batch to itself.
"""

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)
Batch = TypeVar("Batch")


class SideBySide(Generic[Network, Batch]):
    """`mean_gradient` fills the gradients of `network` from as many batches as it is given.

    Every batch has a copy of the network, with gradients of its own and the weights of `network` itself. What batch
    norm counts is taken from the first batch alone.
    """

    def __init__(self, network: Network, loss: Callable[[Network, Batch], Tensor], threads: int) -> None:
        """Take a `network` whose weights will stay where they are in memory, and `threads` for each batch."""
        self._copies, self._loss, self._threads = [network], loss, threads
        self._pool: ThreadPoolExecutor | None = None

    def mean_gradient(self, batches: Sequence[Batch]) -> float:
        """Set the gradients of the weights to their mean over `batches`, and return the mean of the losses."""
        if len(batches) == 1:
            return self._gradient(self._copies[0], batches[0])
        while len(self._copies) < len(batches):
            self._copies.append(_sharing_weights(self._copies[0]))
        if self._pool is None:
            self._pool = ThreadPoolExecutor(initializer=torch.set_num_threads, initargs=(self._threads,))
        copies = self._copies[: len(batches)]  # the others hold gradients of an earlier step
        losses = list(self._pool.map(self._gradient, copies, batches))
        for own, *others in zip(*(network.parameters() for network in copies), strict=True):
            if own.grad is not None:
                for other in others:
                    own.grad += other.grad
                own.grad /= len(batches)
        return sum(losses) / len(losses)

    def _gradient(self, network: Network, batch: Batch) -> float:
        network.train(self._copies[0].training)
        network.zero_grad(set_to_none=True)
        loss = self._loss(network, batch)
        loss.backward()
        return loss.item()


def _sharing_weights(network: Network) -> Network:
    """Return a copy of `network` whose weights are those of `network`, also after these have changed."""
    twin = copy.deepcopy(network)
    for mine, its in zip(network.parameters(), twin.parameters(), strict=True):
        its.data = mine.data
    return twin
