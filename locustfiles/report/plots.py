"""The plots of the report, as PNG files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from locustfiles.report.rows import Results, Row
from locustfiles.study.arms import ARMS
from locustfiles.study.scenarios import PAIR

DPI = 100
SIZE = (8.0, 4.6)


def draw_all(results: Results, folder: Path) -> dict[str, str]:
    """Write the plots for which there are records into `folder`; return their titles by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    drawers: dict[str, tuple[str, Sequence[str], Callable[[Axes, Results], None]]] = {
        "qps-users.png": ("Answers a second by users, OCR", ("ocr",), _qps_by_users),
        "latency-throughput.png": ("P95 by answers a second, OCR", ("ocr",), _latency_by_qps),
        "latencies.png": (
            "How the latencies are distributed, OCR at 20 users",
            ("ocr", "ocr-servers"),
            _distributions,
        ),
        "open.png": ("Open loop: P95 from the moment a request was due", ("open",), _open),
        "memory.png": ("Memory over time, OCR, first repeat", ("ocr", "ocr-servers"), _memory),
        "web.png": ("The web layer alone, 8 users", ("web",), lambda axes, r: _bars(axes, r, "web", "8 users")),
        "waiting.png": (
            "A wait of 1 s, 40 users: requests at a time",
            ("waiting",),
            lambda axes, r: _bars(axes, r, "waiting", "40 users"),
        ),
    }
    drawn = {}
    for file, (title, scenarios, draw) in drawers.items():
        if any(name in results.scenarios for name in scenarios):
            figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
            draw(axes, results)
            axes.set_title(title)
            axes.grid(alpha=0.3)
            figure.savefig(folder / file, dpi=DPI, metadata={"Software": None})
            plt.close(figure)
            drawn[file] = title
    return drawn


def _of_arm(results: Results, scenario: str, arm: str) -> list[Row]:
    return [row for row in results.rows(scenario) if row.arm == arm and row.levels]


def _qps_by_users(axes: Axes, results: Results) -> None:
    for arm in results.arms("ocr"):
        rows = _of_arm(results, "ocr", arm)
        values = [row.qps for row in rows]
        spans = [[v.value - v.low for v in values], [v.high - v.value for v in values]]
        axes.errorbar(
            [row.users for row in rows],
            [v.value for v in values],
            yerr=spans,
            marker="o",
            capsize=3,
            label=ARMS[arm].label,
        )
    ceiling = [level.qps for record in results.records if record.scenario == "ceiling" for level in record.levels]
    if ceiling:
        axes.axhline(sum(ceiling) / len(ceiling), color="black", linestyle=":", label="bare pipeline")
    axes.set(xlabel="users", ylabel="right answers a second", ylim=(0, None))
    axes.legend(fontsize=8)


def _latency_by_qps(axes: Axes, results: Results) -> None:
    for arm in results.arms("ocr"):
        points = [(row.qps.value, row.quantile(0.95) or row.mean.value) for row in _of_arm(results, "ocr", arm)]
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=ARMS[arm].label)
    axes.set(xlabel="right answers a second", ylabel="P95, ms", ylim=(0, None))
    axes.legend(fontsize=8)


def _distributions(axes: Axes, results: Results) -> None:
    for scenario in ("ocr", "ocr-servers"):
        for arm in results.arms(scenario) if scenario in results.scenarios else []:
            row = results.row(scenario, arm, "20 users")
            if row and row.times:
                times = sorted(row.times)
                shares = [(index + 1) / len(times) for index in range(len(times))]
                axes.plot(times, shares, label=ARMS[arm].label, linestyle="-" if scenario == "ocr" else "--")
    axes.set(xlabel="ms", ylabel="share of the answers that took no longer", xlim=(0, None))
    axes.legend(fontsize=7)


def _open(axes: Axes, results: Results) -> None:
    for arm in results.arms("open"):
        rows = _of_arm(results, "open", arm)
        rates = [sum(level.rate for level in row.levels) / len(row.levels) for row in rows]
        axes.plot(rates, [row.quantile(0.95) or row.mean.value for row in rows], marker="o", label=ARMS[arm].label)
    axes.set(xlabel="arrivals a second", ylabel="P95, ms", ylim=(0, None))
    axes.legend(fontsize=8)


def _memory(axes: Axes, results: Results) -> None:
    for record in results.records:
        if record.scenario in ("ocr", "ocr-servers") and record.repeat == 1:
            solid = record.arm in PAIR
            axes.plot(
                [at for at, _ in record.memory],
                [mib for _, mib in record.memory],
                label=ARMS[record.arm].label,
                linestyle="-" if solid else "--",
                linewidth=2 if solid else 1,
            )
    axes.set(xlabel="seconds since it was ready", ylabel="MiB, all processes", ylim=(0, None))
    axes.legend(fontsize=7)


def _bars(axes: Axes, results: Results, scenario: str, level: str) -> None:
    rows = [row for arm in results.arms(scenario) if (row := results.row(scenario, arm, level)) and row.levels]
    rows.sort(key=lambda row: row.qps.value)
    values = [row.qps for row in rows]
    spans = [[v.value - v.low for v in values], [v.high - v.value for v in values]]
    axes.barh([row.label for row in rows], [v.value for v in values], xerr=spans, capsize=3)
    axes.set(xlabel="right answers a second")
    axes.tick_params(axis="y", labelsize=8)
