"""The state of a detector's training, its checkpoint, and how one step changes it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.checkpoint import read_content, read_widened, write_halved
from training.detector_network import Detector, DetectorConfig, as_input, loss
from training.recipe import bfloat16_pays, check, learning_rate, update_average


@dataclass(frozen=True, slots=True)
class DetectorTrainConfig:
    """Settings of a run; every field is a flag of the command line."""

    assets: str = "assets"
    """Folder made by `training.assets`."""

    run: str = "runs/detector"
    """Folder of the run's checkpoints."""

    start: str = ""
    """Checkpoint whose weights to start from."""

    minutes: float = 60.0
    """Wall-clock length of the whole run, interruptions excluded; the schedule follows it."""

    peak_lr: float = 3e-3
    """Learning rate between warm-up and decay; divide it by two when starting from trained weights."""

    warmup_steps: int = 60
    decay_share: float = 0.5
    """Last share of the run in which the learning rate falls to zero; constant before (Hu et al. 2024)."""

    weight_decay: float = 0.02
    ema: float = 0.997
    """Averaging of the weights per step: the last 300 steps count."""

    batch: int = 6
    checkpoint_minutes: float = 4.0
    validation_pages: int = 24
    steps: int = 0
    """Stop after so many steps whatever the time; 0 = no limit."""

    seed: int = 0

    def __post_init__(self) -> None:
        """Raise `ValueError` for a setting with which nothing can be trained."""
        positive = ("minutes", "peak_lr", "decay_share", "checkpoint_minutes")
        check(self, positive, at_least_one=("warmup_steps", "batch", "validation_pages"))


@dataclass(frozen=True, slots=True)
class DetectorCheckpoint:
    """A trained detector with its past."""

    weights: dict[str, Tensor]
    """Float32 state dict of `Detector`."""

    config: DetectorConfig

    history: list[dict[str, Any]]
    """One row per validation: pages seen, hours, loss, precision, recall."""

    settings: dict[str, Any]
    """The training settings of the last run."""

    def network(self) -> Detector:
        """Return the network with these weights, in evaluation mode."""
        network = Detector(self.config)
        network.load_state_dict(self.weights)
        return network.eval()


def save_detector(path: Path, checkpoint: DetectorCheckpoint) -> None:
    """Write `checkpoint` with weights in half precision; the old file stays whole until the new one is."""
    write_halved(
        path,
        checkpoint.weights,
        {
            "config": asdict(checkpoint.config),
            "history": checkpoint.history,
            "settings": checkpoint.settings,
        },
    )


def load_detector(path: Path) -> DetectorCheckpoint:
    """Return the checkpoint in `path`; no code in the file is run."""
    weights, content = read_widened(path)
    if "alphabet" in content:
        raise SystemExit(f"{path} is a checkpoint of a recogniser; a line finder's is by training.train_detector.")
    return DetectorCheckpoint(
        weights=weights,
        config=DetectorConfig(**{k: tuple(v) for k, v in content["config"].items()}),
        history=content["history"],
        settings=content["settings"],
    )


class DetectorTrainer:
    """The network, its optimiser and its past; `step` is one update."""

    def __init__(self, config: DetectorTrainConfig, size: DetectorConfig = DetectorConfig()) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.amp = bfloat16_pays(self.device)
        self.history: list[dict[str, Any]] = []
        self.network = Detector(size)
        if config.start:
            checkpoint = load_detector(Path(config.start))
            self.network = Detector(checkpoint.config)
            self.network.load_state_dict(checkpoint.weights)
            self.history = list(checkpoint.history)
        self.network.to(self.device)  # channel by channel: batch norm of few channels takes a third as long so
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.peak_lr, weight_decay=config.weight_decay, fused=True
        )
        self.average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.steps, self.pages, self.seconds = 0, 0, 0.0
        past = self.history[-1] if self.history else {"pages": 0, "hours": 0.0}
        self.past: tuple[int, float] = (past["pages"], past["hours"])

    @property
    def progress(self) -> float:
        """Share of the run that is over, 0-1."""
        by_steps = self.steps / self.config.steps if self.config.steps else 0.0
        return min(1.0, max(self.seconds / 60 / self.config.minutes, by_steps))

    def step(self, pages: Tensor, core: Tensor, weight: Tensor) -> float:
        """Update the weights with one batch and return its loss; a broken one changes nothing.

        Args:
            pages: (N, 1, H, W) uint8.
            core: (N, 1, H / STRIDE, W / STRIDE) float 0-1.
            weight: the same shape, float.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.steps, self.progress)
        self.network.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.amp):
            logits = self.network(as_input(pages.to(self.device)))
        result = loss(logits, core.to(self.device), weight.to(self.device))
        self.optimizer.zero_grad(set_to_none=True)
        result.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)):
            self.optimizer.step()
            update_average(self.average, self.network, self.config.ema, self.steps)
        self.steps += 1
        self.pages += len(pages)
        return result.item()

    def checkpoint(self) -> DetectorCheckpoint:
        """Return the averaged network as it is now."""
        weights = {k: v.detach().cpu().clone() for k, v in self.average.items()}
        return DetectorCheckpoint(weights, self.network.config, self.history, asdict(self.config))

    def save(self, folder: Path) -> None:
        """Write best.pt and state.pt."""
        save_detector(folder / "best.pt", self.checkpoint())
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "counts": (self.steps, self.pages, self.seconds),
            "past": self.past,
            "history": self.history,
        }
        torch.save(state, folder / "state.partial")
        (folder / "state.partial").replace(folder / "state.pt")

    def resume(self, folder: Path) -> bool:
        """Take up the run in `folder` where it was left; return False where there is none.

        Ends the program with a sentence where that run is of another network.
        """
        if not (folder / "state.pt").exists():
            return False
        state = read_content(folder / "state.pt", self.device)
        try:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise SystemExit(
                f"{folder} holds a run of another network, which cannot go on as a line finder's. Name a new "
                "folder with --run."
            ) from error
        self.average, self.history, self.past = state["average"], state["history"], tuple(state["past"])
        self.steps, self.pages, self.seconds = state["counts"]
        return True

    def record(self, mean_loss: float, scores: dict[str, float]) -> dict[str, Any]:
        """Add a row to the history and return it."""
        row = {
            "pages": self.past[0] + self.pages,
            "hours": round(self.past[1] + self.seconds / 3600, 3),
            "loss": round(mean_loss, 4),
            **scores,
        }
        self.history.append(row)
        return row
