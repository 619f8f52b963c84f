"""Claim 1: an OCR service, CRNN on ONNX Runtime, a JPEG of about 120 KB, 1/5/10/20 users."""

from statistics import median

from locustfiles.report.judgement import (
    Claim,
    Finding,
    Verdict,
    closed_loop_seconds,
    judge,
    show,
    show_ratio,
    show_spread,
)
from locustfiles.report.rows import Results
from locustfiles.study.scenarios import OCR_LEVELS, PAIR

FLASK, FASTAPI = PAIR
QPS = {1: (1.14, 1.58), 5: (3.21, 4.76), 10: (4.03, 6.12), 20: (4.10, 6.08)}
"""Published answers a second by users: Flask, FastAPI."""

MEAN_ONE, P95_ONE = (876.0, 632.0), (1120.0, 840.0)
ERRORS_20 = (0.128, 0.036)
MEMORY_START, MEMORY_PEAK = (380, 410), (520, 490)
FIRST_S = 2.3


ADVICE = (
    Finding(
        "advice: `OMP_NUM_THREADS=1`",
        "1",
        "–",
        "not measured",
        "ONNX Runtime's own wheels have a thread pool of their own and do not look at it; our services give each "
        "reading one thread by `OCR_INTRA_OP`",
    ),
    Finding(
        "advice: a cache of results",
        "a cache",
        "–",
        "not measured",
        "every request of the study asks for a reading of its own; `OCR_CACHE_BYTES` is the services' cache",
    ),
)


def claim(results: Results) -> Claim:
    """Return the claim with our figures."""
    findings = [_mean(results), _p95(results), *(_qps(results, users) for users in OCR_LEVELS)]
    findings += [_errors(results), _memory(results), _first(results), _workers(results), *ADVICE]
    return Claim(
        1, "An OCR service is faster with FastAPI", tuple(findings), main=5, core=6, arithmetic=tuple(_arithmetic())
    )


def _level(users: int) -> str:
    return f"{users} user{'s' * (users > 1)}"


def _mean(results: Results) -> Finding:
    scenario = results.of_pairs(_level(1))
    rows = [results.row(scenario, arm, _level(1)) for arm in PAIR]
    found = results.compare(scenario, FLASK, FASTAPI, _level(1), "mean")
    verdict, why = judge(found, MEAN_ONE[0] / MEAN_ONE[1])
    ours = " -> ".join(show_spread(row.mean if row else None, " ms") for row in rows)
    published = f"{MEAN_ONE[0]:.0f} -> {MEAN_ONE[1]:.0f} ms, ratio {MEAN_ONE[0] / MEAN_ONE[1]:.2f}"
    return Finding(
        "mean at 1 user, Flask -> FastAPI", published, f"{ours}; ratio {show_ratio(found)}", verdict, why
    )


def _p95(results: Results) -> Finding:
    rows = [results.row(results.of_pairs(_level(1)), arm, _level(1)) for arm in PAIR]
    values = [row.quantile(0.95) if row else None for row in rows]
    ours = " -> ".join(f"{show(value)} ms" for value in values)
    # a percentile has no paired repeats here: it stands beside the mean, which is judged
    verdict: Verdict = "not measured" if None in values else _mean(results).verdict
    return Finding("P95 at 1 user", f"{P95_ONE[0]:.0f} -> {P95_ONE[1]:.0f} ms", ours, verdict, "judged by the mean")


def _qps(results: Results, users: int) -> Finding:
    flask, fastapi = QPS[users]
    scenario = results.of_pairs(_level(users))
    rows = [results.row(scenario, arm, _level(users)) for arm in PAIR]
    found = results.compare(scenario, FASTAPI, FLASK, _level(users))
    verdict, why = judge(found, fastapi / flask)
    ours = " and ".join(show_spread(row.qps if row else None, "/s") for row in rows)
    return Finding(
        f"QPS at {_level(users)}, Flask and FastAPI",
        f"{flask} and {fastapi}, ratio {fastapi / flask:.2f}",
        f"{ours}; FastAPI / Flask {show_ratio(found)}",
        verdict,
        why,
    )


def _errors(results: Results) -> Finding:
    rows = [row for arm in PAIR if (row := results.row("ocr", arm, _level(20)))]
    published = f"{ERRORS_20[0]:.1%} and {ERRORS_20[1]:.1%}"
    what = "errors at 20 users (over 5 s or not 200), Flask and FastAPI"
    if len(rows) < 2:
        return Finding(what, published, "–", "not measured")
    shares = [row.error_share for row in rows]
    ours = " and ".join(f"{share:.1%} of {row.requests}" for share, row in zip(shares, rows, strict=True))
    if any(shares):
        verdict: Verdict = "confirmed" if shares[0] > shares[1] and sum(rows[0].errors.values()) >= 5 else "refuted"
        return Finding(what, published, ours, verdict)
    there, here = closed_loop_seconds(20, QPS[20][0]), max(row.mean.value for row in rows) / 1e3
    why = f"20 users wait {there:.1f} s there with Flask, at the limit, and {here:.1f} s here: a matter of speed"
    return Finding(what, published, ours, "depends", why)


def _memory(results: Results) -> Finding:
    rows = [results.row("ocr", arm, _level(20)) for arm in PAIR]
    start = [
        median(record.memory_ready for record in results.of("ocr", arm)) for arm in PAIR if results.of("ocr", arm)
    ]
    published = f"{MEMORY_START[0]} and {MEMORY_START[1]} MB, {MEMORY_PEAK[0]} and {MEMORY_PEAK[1]} MB"
    what = "memory when ready and at 20 users, Flask and FastAPI"
    if len(start) < 2 or None in rows:
        return Finding(what, published, "–", "not measured")
    flask, fastapi = (row.memory for row in rows if row)
    ours = f"{start[0]:.0f} and {start[1]:.0f} MiB, {flask:.0f} and {fastapi:.0f} MiB"
    agrees = (start[0] < start[1]) and (flask > fastapi)
    why = (
        ""
        if agrees
        else f"when ready Flask has {start[0] / start[1] - 1:+.0%}, at 20 users {flask / fastapi - 1:+.0%}"
    )
    return Finding(what, published, ours, "confirmed" if agrees else "depends", why)


def _first(results: Results) -> Finding:
    times = {arm: [record.first_ms for record in results.of("ocr", arm)] for arm in PAIR}
    if not all(times.values()):
        return Finding("first request", f"{FIRST_S} s", "–", "not measured")
    ours = " and ".join(f"{median(found):.0f} ms" for found in times.values())
    rows = [row for arm in PAIR if (row := results.row("ocr", arm, _level(1)))]
    slow = rows and max(median(found) for found in times.values()) > 2 * max(row.mean.value for row in rows)
    why = "" if slow else "both read a canary before they are ready: preloading, as the article advises, does that"
    return Finding(
        "first request, Flask and FastAPI", f"{FIRST_S} s", ours, "confirmed" if slow else "refuted", why
    )


def _workers(results: Results) -> Finding:
    what = "advice: one uvicorn worker rather than several"
    one, two = (results.row(s, a, _level(20)) for s, a in (("ocr", FASTAPI), ("ocr-servers", "fastapi-uvicorn-2")))
    if not one or not two or not one.levels or not two.levels:
        return Finding(what, "one", "–", "not measured")
    ours = f"2 workers on one CPU: {show_spread(two.qps, '/s')} and {two.memory:.0f} MiB; "
    ours += f"1 worker: {show_spread(one.qps, '/s')} and {one.memory:.0f} MiB"
    if min(one.qps.repeats, two.qps.repeats) < 2:
        return Finding(what, "one", ours, "undecided", "one repeat tells nothing of the spread")
    faster = two.qps.low > one.qps.high
    why = "" if faster else "no faster, and memory for a second model; with a CPU for each worker it may differ"
    return Finding(what, "one", ours, "refuted" if faster else "confirmed", why)


def _arithmetic() -> list[str]:
    """Return what Little's law says of the published figures."""
    lines = []
    for index, name in enumerate(("Flask", "FastAPI")):
        lines.append(
            f"{name}: 1 user at {QPS[1][index]}/s means {1e3 / QPS[1][index]:.0f} ms an answer (published: "
            f"{MEAN_ONE[index]:.0f} ms), and 20 users at {QPS[20][index]}/s mean "
            f"{closed_loop_seconds(20, QPS[20][index]):.2f} s: the figures agree with each other."
        )
    lines.append(
        f"With 1 user nothing queues, so the published {MEAN_ONE[0] - MEAN_ONE[1]:.0f} ms between the frameworks "
        "would have to be work of the framework in each request. What it is here, the web layer's table tells."
    )
    return lines
