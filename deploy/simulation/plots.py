"""Plots: what each signal makes of each kind of traffic."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot

from deploy.simulation.cluster import Outcome, Traffic
from deploy.simulation.scenarios import Trial

mpl.use("Agg")

BIN_S = 15.0


def draw_trials(trials: Sequence[Trial], weathers: dict[str, Traffic], folder: Path) -> list[Path]:
    """Return the files `simulation-WEATHER.png` in `folder`: requests, replicas and latency, by signal."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for weather in dict.fromkeys(trial.weather for trial in trials):
        figure, (top, middle, bottom) = pyplot.subplots(3, sharex=True, figsize=(9, 8), layout="constrained")
        moments = np.arange(0, weathers[weather].seconds, BIN_S)
        top.plot(moments / 60, [weathers[weather].rate(moment) for moment in moments], color="black")
        top.set_ylabel("requests a second")
        for trial in trials:
            if trial.weather == weather:
                minutes = [moment / 60 for moment, _, _ in trial.outcomes[0].timeline]
                ready = [number for _, number, _ in trial.outcomes[0].timeline]
                middle.step(minutes, ready, where="post", label=trial.signal)
                bottom.plot(*_latency(trial.outcomes[0]), label=trial.signal)
        middle.set_ylabel("replicas that are ready")
        middle.legend(fontsize="small")
        bottom.set(ylabel="P99 of 15 s, seconds", xlabel="minutes", yscale="log")
        top.set_title(f"What to scale on: {weather}")
        paths.append(folder / f"simulation-{weather.replace(' ', '-')}.png")
        figure.savefig(paths[-1], dpi=80)
        pyplot.close(figure)
    return paths


def _latency(outcome: Outcome) -> tuple[list[float], list[float]]:
    """Return (minutes, P99 in seconds) of the requests that arrived in each `BIN_S` seconds."""
    arrived = np.array([request.arrived for request in outcome.answered])
    latencies = outcome.latencies()
    bins = (arrived // BIN_S).astype(int)
    order = np.argsort(bins, kind="stable")
    found, firsts = np.unique(bins[order], return_index=True)
    parts = np.split(latencies[order], firsts[1:])
    return [float(number * BIN_S / 60) for number in found], [float(np.quantile(part, 0.99)) for part in parts]
