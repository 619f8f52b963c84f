"""The state of a training run: the network, its optimiser, its average, its past; and how one step changes them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ocr_core.alphabet import Alphabet
from training.checkpoint import Checkpoint, fitted_to, load_checkpoint, read_content, save_checkpoint
from training.look_alikes import look_alikes, nearest_classes
from training.loss import ctc_loss
from training.network import Crnn, NetworkConfig
from training.recipe import bfloat16_pays, check, learning_rate, update_average
from training.side_by_side import SideBySide
from training.texts import Aim
from training.validation import validate

FOCUS_LOG_ODDS = 3.0
"""Taken off the logits of characters that were taught by themselves: nearly half of the characters that are shown
then are theirs, and a fiftieth in the usual mix. Without this, they are seen for others that look like them."""

BATCHES_AT_ONCE = 4
"""At most, on processors; more cores than that share the batches, as larger updates learn less from each line."""

TensorBatch = tuple[Tensor, Tensor, Tensor]
"""Lines, targets, lengths: see `training.loss.ctc_loss`."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a run; every field is a flag of the command line."""

    assets: str = "assets"
    """Folder made by `training.assets`."""

    run: str = "runs/crnn"
    """Folder of the run's checkpoints."""

    start: str = ""
    """Checkpoint whose weights to start from; its alphabet may differ."""

    minutes: float = 120.0
    """Wall-clock length of the whole run, interruptions excluded; the schedule follows it."""

    peak_lr: float = 1e-3
    """Learning rate between warm-up and decay; divide it by two when starting from trained weights."""

    warmup_steps: int = 300
    decay_share: float = 0.35
    """Last share of the run in which the learning rate falls to zero; constant before (Hu et al. 2024)."""

    mild_share: float = 0.0
    """Last share of the run whose lines are damaged little."""

    weight_decay: float = 0.01
    ema: float = 0.998
    """Averaging of the weights per step: the last 500 steps count."""

    negatives: int = 900
    """Sampled classes beside those that a batch needs."""

    full_softmax_share: float = 0.06
    """Last share of the run with the full softmax."""

    new_only: bool = False
    """Teach only the characters that `start` does not know; all other weights stay as they are."""

    workers: int = 2
    """Rendering processes."""

    batch_scale: int = 1
    """Multiplies every batch; a GPU wants 8 or more."""

    checkpoint_minutes: float = 4.0
    validation_lines: int = 300
    steps: int = 0
    """Stop after so many steps whatever the time; 0 = no limit."""

    seed: int = 0

    def __post_init__(self) -> None:
        """Raise `ValueError` for a setting with which nothing can be trained."""
        positive = ("minutes", "peak_lr", "decay_share", "checkpoint_minutes")
        check(self, positive, at_least_one=("warmup_steps", "workers", "batch_scale", "validation_lines"))


class Trainer:
    """The network, its optimiser and its past; `step` is one update."""

    def __init__(self, config: TrainConfig, alphabet: Alphabet, size: NetworkConfig = NetworkConfig()) -> None:
        torch.manual_seed(config.seed)
        self.config, self.alphabet = config, alphabet
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.amp = bfloat16_pays(self.device)
        self.network = Crnn(len(alphabet), size)
        self.history: list[dict[str, Any]] = []
        self.new = ""
        if config.start:
            checkpoint = load_checkpoint(Path(config.start))
            self.new = "".join(c for c in alphabet.characters if c not in checkpoint.alphabet)
            self.network = Crnn(len(alphabet), checkpoint.config)
            self.network.load_state_dict(fitted_to(checkpoint, alphabet))
            self.history = list(checkpoint.history)
        self.network.to(self.device, memory_format=torch.channels_last)
        # a network that has learnt nothing finds nothing alike
        self.nearest = nearest_classes(self.network.classifier.weight) if config.start else None
        self._fixed = self._known_rows() if config.new_only else None
        self.optimizer = torch.optim.AdamW(
            self.network.classifier.parameters() if config.new_only else self.network.parameters(),
            lr=config.peak_lr,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
        threads = torch.get_num_threads()
        self.batches_at_once = 1 if self.device.type == "cuda" else min(BATCHES_AT_ONCE, threads)
        self._side_by_side = SideBySide(self.network, self._loss, threads // self.batches_at_once)
        self.average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.steps, self.lines, self.seconds = 0, 0, 0.0
        self.past_lines = self.history[-1]["lines"] if self.history else 0
        self.past_hours = self.history[-1]["hours"] if self.history else 0.0

    @property
    def aim(self) -> Aim:
        """What the lines of the run are to show above all."""
        focus = self.new if self.config.new_only else ""
        return Aim(focus, {} if self.nearest is None else look_alikes(self.nearest.cpu(), self.alphabet))

    @property
    def progress(self) -> float:
        """Share of the run that is over, 0-1."""
        by_steps = self.steps / self.config.steps if self.config.steps else 0.0
        return min(1.0, max(self.seconds / 60 / self.config.minutes, by_steps))

    def step(self, *batches: TensorBatch) -> float:
        """Update the weights with one batch or several side by side, and return the loss per character.

        A broken step changes nothing.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.steps, self.progress)
        self.network.train(not self.config.new_only)
        loss = self._side_by_side.mean_gradient(batches)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        # About one bfloat16 LSTM gradient in a hundred overflows on CPUs; such a step is skipped.
        if torch.isfinite(norm):
            self.optimizer.step()
            self._restore_known_rows()
            update_average(self.average, self.network, self.config.ema, self.steps)
        self.steps += 1
        self.lines += sum(len(lengths) for _, _, lengths in batches)
        return loss

    def _loss(self, network: Crnn, batch: TensorBatch) -> Tensor:
        full = self.progress > 1 - self.config.full_softmax_share
        negatives = None if full else self.config.negatives
        return ctc_loss(network, *batch, negatives, self.amp, self.nearest)

    def _known_rows(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the classes that the start knows, with their weights and biases; freeze all but the classifier."""
        if not self.new:
            raise SystemExit("--new-only needs --start with a checkpoint that lacks characters of the alphabet.")
        self.network.requires_grad_(False)
        classifier = self.network.classifier.requires_grad_(True)
        known = torch.ones(len(self.alphabet), dtype=torch.bool, device=self.device)
        known[self.alphabet.encode(self.new)] = False
        return known, classifier.weight[known].detach().clone(), classifier.bias[known].detach().clone()

    @torch.no_grad()
    def _restore_known_rows(self) -> None:
        if self._fixed is not None:
            known, weight, bias = self._fixed
            self.network.classifier.weight[known], self.network.classifier.bias[known] = weight, bias

    def checkpoint(self) -> Checkpoint:
        """Return the averaged network as it is now."""
        weights = {k: v.detach().cpu().clone() for k, v in self.average.items()}
        if self.config.new_only:
            weights["classifier.bias"][self.alphabet.encode(self.new)] -= FOCUS_LOG_ODDS
        return Checkpoint(weights, self.alphabet, self.network.config, self.history, asdict(self.config))

    def save(self, folder: Path) -> None:
        """Write best.pt and state.pt."""
        save_checkpoint(folder / "best.pt", self.checkpoint())
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "alphabet": "".join(self.alphabet.characters),
            "counts": (self.steps, self.lines, self.seconds),
            "past": (self.past_lines, self.past_hours),
            "history": self.history,
        }
        torch.save(state, folder / "state.partial")
        (folder / "state.partial").replace(folder / "state.pt")

    def resume(self, folder: Path) -> bool:
        """Take up the run in `folder` where it was left; return False where there is none.

        Ends the program with a sentence where that run has another alphabet or network.
        """
        if not (folder / "state.pt").exists():
            return False
        state = read_content(folder / "state.pt", self.device)
        own = "".join(self.alphabet.characters)
        try:
            if state.get("alphabet", own) != own:
                raise ValueError("another alphabet")
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise SystemExit(
                f"{folder} holds a run with another alphabet or network, which cannot go on with this one. Name a "
                f"new folder with --run; --start {folder / 'best.pt'} keeps what was learnt."
            ) from error
        self.average, self.history = state["average"], state["history"]
        self.steps, self.lines, self.seconds = state["counts"]
        self.past_lines, self.past_hours = state["past"]
        return True

    def record(self, loss: float, held_out: list[tuple[Any, str]]) -> dict[str, Any]:
        """Validate the averaged network, add a row to the history and return it."""
        result = validate(self.checkpoint().network(), self.alphabet, held_out)
        row = {
            "lines": self.past_lines + self.lines,
            "hours": round(self.past_hours + self.seconds / 3600, 3),
            "loss": round(loss, 4),
            "cer": round(result.cer, 5),
            "line_accuracy": round(result.accuracy, 4),
        }
        self.history.append(row)
        return row
