"""Which server for which case, in plain words; every row follows from figures by a rule."""

from dataclasses import dataclass

from locustfiles.report.judgement import joined, show, show_ratio, show_spread
from locustfiles.report.rows import Results, Row
from locustfiles.study.arms import ARMS, GRPC
from locustfiles.study.scenarios import OPEN_NAMES, PAIR

FLASK, FASTAPI = PAIR
QUICK_MS = 100.0
"""P99 of a health check that no supervisor would call slow."""


UNFIT = {"flask-werkzeug", "plain-werkzeug", "plain-werkzeug-1", "hello-werkzeug", "fastapi-blocking"}
"""Development servers and the known mistake: measured, and not advised whatever their figures."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A case, what to take, and the figures behind it."""

    case: str
    take: str
    because: str


def decisions(results: Results) -> list[Decision]:
    """Return the rows for which there are figures."""
    found = (
        _computing(results),
        _elsewhere(results),
        _health(results),
        _overload(results),
        _small(results),
        _grpc(results),
        _memory(results),
        _mistakes(results),
    )
    return [decision for decision in found if decision]


def _rows(results: Results, scenario: str, level: str) -> list[Row]:
    found = (results.row(scenario, arm, level) for arm in results.arms(scenario))
    return [row for row in found if row and row.levels]


def _computing(results: Results) -> Decision | None:
    found = results.compare(results.of_pairs("20 users"), FASTAPI, FLASK, "20 users")
    if found is None:
        return None
    take = {
        "equal": "Flask or FastAPI, whichever you know: they are equal",
        "more": "FastAPI under uvicorn",
        "less": "Flask under gunicorn with threads",
        "undecided": "Flask or FastAPI: no difference could be shown",
    }[found.answer]
    because = f"answers a second at 20 users, FastAPI / Flask: {show_ratio(found)}"
    return Decision("the model computes on the CPUs of the server", take, because)


def _elsewhere(results: Results) -> Decision | None:
    rows = _rows(results, "waiting", "40 users")
    if not rows:
        return None
    best = max(row.qps.value for row in rows)
    good = [row for row in rows if row.qps.value > 0.9 * best and row.arm not in UNFIT]
    bad = [f"{row.label} ({row.qps.value:.0f})" for row in rows if row.qps.value <= 0.9 * best]
    return Decision(
        "the handler waits for something else: a model on another machine, a database",
        f"any that waits for many at once: {joined([row.label for row in good])}",
        f"40 users and a wait of 1 s: {best:.0f} at a time; fewer: {joined(bad)}",
    )


def _health(results: Results) -> Decision | None:
    rows = [*_rows(results, "ocr", "20 users"), *_rows(results, "ocr-servers", "20 users")]
    judged = [(row, _p99(row)) for row in rows if row.health or row.health_failed]
    if not judged:
        return None
    passed = [ms <= QUICK_MS and not row.health_failed for row, ms in judged]
    words = [f"{row.label} ({f'{show(ms)} ms' if row.health else 'none answered'})" for row, ms in judged]
    quick = [
        word for word, good, (row, _) in zip(words, passed, judged, strict=True) if good and row.arm not in UNFIT
    ]
    slow = [word for word, good in zip(words, passed, strict=True) if not good]
    return Decision(
        "health checks must be answered while the model works",
        joined(quick),
        f"P99 of GET /healthz at 20 users; over {QUICK_MS:.0f} ms or failed: {joined(slow)}",
    )


def _p99(row: Row) -> float:
    times = sorted(row.health)
    return times[min(len(times) - 1, int(0.99 * len(times)))] if times else float("inf")


def _overload(results: Results) -> Decision | None:
    name = OPEN_NAMES[-1]
    rows = _rows(results, "open", name)
    if len(rows) < 2:
        return None
    figures = [f"{row.label}: P95 {show(row.quantile(0.95))} ms, errors {row.error_share:.1%}" for row in rows]
    found = results.compare("open", FLASK, FASTAPI, name, "mean")
    clear = found is not None and found.answer in ("more", "less")
    take = {True: "FastAPI" if found and found.value > 1 else "Flask", False: "either"}[clear]
    return Decision(
        f"more requests come than can be read: {name}",
        f"{take}; what counts is a bounded queue and a refusal in time, which both have",
        f"{'; '.join(figures)}; mean, Flask / FastAPI: {show_ratio(found)}",
    )


def _small(results: Results) -> Decision | None:
    rows = _rows(results, "web", "8 users")
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: -row.qps.value)
    fit = [row for row in ordered if row.arm not in UNFIT]
    best = [row for row in fit if row.qps.high >= fit[0].qps.low]
    figures = [f"{row.label} {show_spread(row.qps, '/s')}" for row in ordered]
    return Decision(
        "the handler does next to nothing, and there are very many requests",
        joined([row.label for row in best]),
        f"8 users and a model that takes no time: {'; '.join(figures)}",
    )


def _grpc(results: Results) -> Decision | None:
    found = {arm: results.compare("grpc", GRPC, arm, "20 users") for arm in PAIR}
    answers = [ratio.answer for ratio in found.values() if ratio]
    if len(answers) < len(PAIR):
        return None
    ahead = [name for name, answer in (("gRPC", "more"), ("HTTP", "less")) if set(answers) == {answer}]
    figures = [f"gRPC / {ARMS[arm].label}: {show_ratio(ratio)}" for arm, ratio in found.items()]
    return Decision(
        "callers can speak gRPC as well as HTTP, and the model computes",
        ahead[0] if ahead else "what suits the callers: gRPC is neither ahead of both services nor behind both",
        f"answers a second at 20 users: {'; '.join(figures)}",
    )


def _memory(results: Results) -> Decision | None:
    rows = [*_rows(results, "ocr", "20 users"), *_rows(results, "ocr-servers", "20 users")]
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: row.memory)
    return Decision(
        "memory is short",
        next((row.label for row in ordered if row.arm not in UNFIT), "none"),
        "most MiB at 20 users: " + ", ".join(f"{row.label} {row.memory:.0f}" for row in ordered),
    )


def _mistakes(results: Results) -> Decision | None:
    found = {arm: results.row("waiting", arm, "40 users") for arm in ("fastapi-blocking", "plain-sync")}
    lines = [f"{row.label}: {row.qps.value:.1f} at a time" for row in found.values() if row and row.levels]
    if not lines:
        return None
    return Decision(
        "what to avoid where handlers wait or compute for long",
        "a blocking call in `async def`; one synchronous worker; the development server in production",
        "; ".join(lines),
    )
