"""Claim 2: model calls of hundreds of ms, gunicorn -w 4 sync against uvicorn --workers 4."""

from locustfiles.report.judgement import Claim, Finding, closed_loop_seconds, judge, show, show_ratio, show_spread
from locustfiles.report.rows import Results, Row
from locustfiles.report.spread import Ratio

QPS_50 = (6.8, 13.2)
PERCENTILES = {0.5: (620, 380), 0.9: (1150, 650), 0.95: (1480, 760), 0.99: (2310, 1240)}
"""Published ms of gunicorn and uvicorn."""

SPIKE_QPS, SPIKE_ERRORS = (2.1, 8.7), (0.23, 0.12)
CPU, CORES = (0.89, 0.74), 4
"""Shares of the machine, whose cores the claim does not tell; four workers suggest four."""

POINTS = 0.05
"""Difference of CPU shares that counts."""

SPIKE = "spike of 100 users"


def claim(results: Results) -> Claim:
    """Return the claim with our figures."""
    findings = (
        _pair(results, "long", "sync-4", "blocking-4", "a waiting model, 4 at a time in both"),
        _pair(results, "long", "gthread-4", "def-4", "a waiting model, 4 x 40 threads in both"),
        _pair(results, "long", "sync-4", "def-4", "a waiting model, 4 at a time against 4 x 40"),
        _pair(results, "burn", "sync-4", "def-4", "a computing model, on one CPU"),
        _percentiles(results),
        _spike(results),
        _cpu(results),
    )
    return Claim(
        2,
        "With long model calls uvicorn answers twice as many as gunicorn",
        findings,
        arithmetic=tuple(_arithmetic()),
    )


def _pair(results: Results, scenario: str, gunicorn: str, uvicorn: str, what: str) -> Finding:
    level = "50 users"
    found = results.compare(scenario, uvicorn, gunicorn, level)
    verdict, why = judge(found, QPS_50[1] / QPS_50[0])
    if verdict == "depends" and found and found.value > QPS_50[1] / QPS_50[0]:
        why = "more than published: " + _share(found)
    rows = [results.row(scenario, arm, level) for arm in (gunicorn, uvicorn)]
    ours = " and ".join(show_spread(row.qps if row and row.levels else None, "/s") for row in rows)
    published = f"{QPS_50[0]} and {QPS_50[1]}, ratio {QPS_50[1] / QPS_50[0]:.2f}"
    return Finding(f"QPS at 50 users, {what}", published, f"{ours}; ratio {show_ratio(found)}", verdict, why)


def _share(found: Ratio) -> str:
    return f"{found.value:.1f} times as many, because so many more wait at once"


def _percentiles(results: Results) -> Finding:
    what = "P50 / P90 / P95 / P99 in ms, 4 at a time in both, 50 users"
    published = " and ".join(" / ".join(str(values[index]) for values in PERCENTILES.values()) for index in (0, 1))
    rows = [results.row("long", arm, "50 users") for arm in ("sync-4", "blocking-4")]
    if not all(row and row.levels for row in rows):
        return Finding(what, published, "–", "not measured")
    ours = " and ".join(" / ".join(show(row.quantile(share)) for share in PERCENTILES) for row in rows if row)
    found = results.compare("long", "sync-4", "blocking-4", "50 users", "mean")
    verdict, why = judge(found, PERCENTILES[0.5][0] / PERCENTILES[0.5][1])
    return Finding(what, published, ours, verdict, f"judged by the mean: {show_ratio(found)}. {why}".strip())


def _spike(results: Results) -> Finding:
    what = "spike of 100 users: QPS and errors (over 10 s or not 200), gunicorn and uvicorn"
    published = f"{SPIKE_QPS[0]} with {SPIKE_ERRORS[0]:.0%} and {SPIKE_QPS[1]} with {SPIKE_ERRORS[1]:.0%}"
    rows: list[Row] = [
        row for arm in ("sync-4", "blocking-4", "def-4") if (row := results.row("long", arm, SPIKE)) and row.levels
    ]
    if len(rows) < 3:
        return Finding(what, published, "–", "not measured")
    ours = ", ".join(f"{row.label}: {show_spread(row.qps, '/s')} with {row.error_share:.1%}" for row in rows)
    found = results.compare("long", "blocking-4", "sync-4", SPIKE)
    verdict, why = judge(found, SPIKE_QPS[1] / SPIKE_QPS[0])
    return Finding(what, published, ours, verdict, f"4 at a time in both: {show_ratio(found)}. {why}".strip())


def _cpu(results: Results) -> Finding:
    what = "CPU at 50 users, a computing model, gunicorn and uvicorn"
    published = " and ".join(f"{share:.0%}" for share in CPU)
    rows = [row for arm in ("sync-4", "def-4") if (row := results.row("burn", arm, "50 users")) and row.levels]
    if len(rows) < 2:
        return Finding(what, published, "–", "not measured")
    gunicorn, uvicorn = (row.server_cpu for row in rows)
    ours = f"{gunicorn:.0%} and {uvicorn:.0%} of one CPU"
    ours += f"; {rows[0].memory:.0f} and {rows[1].memory:.0f} MiB without a model"
    more = gunicorn - uvicorn > POINTS
    why = "" if more else "a model that computes takes what there is, under any server"
    return Finding(what, published, ours, "confirmed" if more else "refuted", why)


def _arithmetic() -> list[str]:
    """Return where the published figures break Little's law and the law of utilisation."""
    lines = []
    for index, name in enumerate(("gunicorn", "uvicorn")):
        mean, p99 = closed_loop_seconds(50, QPS_50[index]), PERCENTILES[0.99][index] / 1e3
        lines.append(
            f"{name}: 50 users without pauses at {QPS_50[index]}/s wait {mean:.2f} s each on average (50 / "
            f"{QPS_50[index]}), but the published P99 is {p99:.2f} s. Both hold only if each user pauses for "
            f"{mean - PERCENTILES[0.5][index] / 1e3:.1f} s or so between requests, of which nothing is said, "
            "or if the percentiles belong to fewer users."
        )
    lines.append(
        f"{CPU[0]:.0%} of {CORES} CPUs at {QPS_50[0]}/s are {CPU[0] * CORES / QPS_50[0]:.2f} CPU seconds a "
        f"request, {CPU[1]:.0%} at {QPS_50[1]}/s are {CPU[1] * CORES / QPS_50[1]:.2f}. The same model cannot cost "
        f"{CPU[0] * QPS_50[1] / CPU[1] / QPS_50[0]:.1f} times as much under another server; the two did not do the "
        "same work, whatever the number of CPUs."
    )
    lines.append(
        f"A spike of 100 users at {SPIKE_QPS[0]}/s means {closed_loop_seconds(100, SPIKE_QPS[0]):.0f} s an answer, "
        "so with a limit of 10 s nearly all of them should have failed, and not "
        f"{SPIKE_ERRORS[0]:.0%}; at {SPIKE_QPS[1]}/s it is {closed_loop_seconds(100, SPIKE_QPS[1]):.1f} s."
    )
    return lines
