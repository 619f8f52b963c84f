"""Claims 3 and 4: how many requests are served at once where the handler waits, and Hello, World!"""

import psutil

from locustfiles.report.judgement import Claim, Finding, count_of, judge, show, show_ratio, show_spread
from locustfiles.report.rows import Results
from locustfiles.study.arms import ARMS

LEVEL, USERS, WAIT_S = "40 users", 40, 1.0
DEFAULT_EXECUTOR_EXTRA, DEFAULT_EXECUTOR_MOST = 4, 32
"""Threads of asyncio's default executor: the machine's CPUs and four more, at most 32 (Python documentation)."""

HELLO_500 = {
    "hello-werkzeug": 180.0,
    "hello-waitress": 1469.0,
    "hello-uvicorn": 3200.0,
    "hello-gunicorn-4": 8665.0,
    "hello-uvicorn-4": 4360.0,
}
"""Published requests a second."""

ONE_CLIENT_S = (5.5, 2.7, 1.6)
"""Published seconds for 5,000 requests of one client. Which servers they belong to is not told."""

FIRST = "hello-werkzeug"


def claim_sync(results: Results) -> Claim:
    """Return claim 3 with our figures."""
    findings = (
        _at_once(results, "plain-sync", 1, "sync serves one at a time"),
        _at_once(results, "plain-werkzeug-1", 1, "sync serves one at a time"),
        _at_once(results, "plain-werkzeug", 1, "sync serves one at a time"),
        _at_once(results, "plain-gthread", 1, "sync serves one at a time"),
        _at_once(results, "fastapi-await", USERS, "async serves many"),
        _at_once(results, "fastapi-def", 1, "sync serves one at a time"),
    )
    return Claim(3, '"Sync serves one at a time, async serves many"', findings)


def claim_handlers(results: Results) -> Claim:
    """Return claim 4 with our figures."""
    executor = min(DEFAULT_EXECUTOR_MOST, DEFAULT_EXECUTOR_EXTRA + (_cores(results) or psutil.cpu_count() or 1))
    findings = [
        _at_once(results, "fastapi-blocking", 1, "a blocking call in `async def` serves one at a time"),
        _at_once(results, "fastapi-def", USERS, "`def` serves 40 at a time"),
        _at_once(results, "fastapi-executor", executor, f"the default executor has {executor} threads here"),
        _at_once(results, "plain-werkzeug", USERS, "Flask with threads serves as many as come"),
    ]
    findings += [_hello(results, arm) for arm in HELLO_500]
    findings.append(_one_client(results))
    return Claim(
        4, '"My FastAPI handler serves one at a time", and the table of Hello, World!', tuple(findings), core=4
    )


def _cores(results: Results) -> int:
    return max((int(record.machine.get("cores", 0)) for record in results.records), default=0)


def _at_once(results: Results, arm: str, published: int, words: str) -> Finding:
    """Return how many requests an arm serves at once: with a wait of one second, as many as it answers in one."""
    row = results.row("waiting", arm, LEVEL)
    if row is None or not row.levels:
        return Finding(ARMS[arm].label, words, "–", "not measured")
    served = row.qps.value * WAIT_S
    ours = f"{show_spread(row.qps)} answers a second: {served:.0f} at a time"
    return Finding(ARMS[arm].label, words, ours, count_of(served, published))


def _hello(results: Results, arm: str) -> Finding:
    published = HELLO_500[arm]
    what = f"Hello, World!, 500 clients: {ARMS[arm].label}"
    row = results.row("hello", arm, "500 clients")
    told = f"{published:,.0f}/s, {published / HELLO_500[FIRST]:.1f} x the development server"
    if row is None:
        return Finding(what, told, "–", "not measured")
    if not row.levels:
        return Finding(what, told, "refused: " + "; ".join(row.refused), "not measured")
    ours = f"{show_spread(row.qps, '/s')}, errors {row.error_share:.1%}"
    if arm == FIRST:
        return Finding(
            what, f"{published:,.0f}/s", ours, "not measured", "absolute speed is the machine's; the reference"
        )
    found = results.compare("hello", arm, FIRST, "500 clients")
    if ARMS[arm].workers > 1:
        return Finding(
            what, told, f"{ours}; x {show_ratio(found)}", "not measured", "4 workers on one CPU tell nothing"
        )
    verdict, why = judge(found, published / HELLO_500[FIRST])
    return Finding(what, told, f"{ours}; x {show_ratio(found)}", verdict, why)


def _one_client(results: Results) -> Finding:
    rows = [row for arm in results.arms("hello") if (row := results.row("hello", arm, "1 client")) and row.levels]
    told = ", ".join(f"{seconds}" for seconds in ONE_CLIENT_S) + " s"
    what = "Hello, World!, one client: seconds for 5,000 requests"
    if not rows:
        return Finding(what, told, "–", "not measured")
    ours = ", ".join(f"{row.label}: {show(5000 / row.qps.value)} s" for row in rows)
    return Finding(what, told, ours, "not measured", "absolute speed is the machine's")
