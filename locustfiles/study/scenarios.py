"""What is measured: each scenario has a model, arms, a load and repeats.

Seconds are whole, because Locust looks once a second at what comes next, and so few that the whole study fits into
40 minutes; what that costs is said in docs/study/README.md.
"""

from collections.abc import Sequence
from dataclasses import replace

from locustfiles.stages import Stage, arrivals, soak, spike, steps
from locustfiles.study.arms import BARE, GRPC
from locustfiles.study.scenario import Scenario

PAIR = ("flask-gthread", "fastapi-uvicorn")
"""The services as shipped: both read with one thread on one CPU, so their concurrency budgets are equal."""

OCR_LEVELS = (1, 5, 10, 20)
STEPPED = ("ocr", "ocr-pair", "ocr-servers", "grpc", "web", "burn")
"""Scenarios whose numbers of users can be chosen."""

OPEN_SHARES = (0.5, 0.8, 1.1)
"""Arrivals as a share of what the bare pipeline reads in a second."""

OPEN_NAMES = tuple(f"{share:.0%} of the ceiling" for share in OPEN_SHARES)

SCENARIOS = (
    Scenario(
        name="ceiling",
        title="The pipeline without any web",
        model="ocr",
        arms=(BARE,),
        stages=(Stage("alone", 5.0, 1),),
        warm_up=1.0,
    ),
    Scenario(
        name="ocr",
        title="OCR of a JPEG of about 120 KB",
        model="ocr",
        arms=(*PAIR, "fastapi-def", "flask-sync"),
        stages=tuple(steps(OCR_LEVELS, 4.0)),
    ),
    Scenario(
        # many short runs, the two side by side: the machine is another one every minute, and only pairs cancel that
        name="ocr-pair",
        title="The same OCR, the two services in turn",
        model="ocr",
        arms=PAIR,
        stages=tuple(steps((1, 20), 2.0)),
        repeats=12,
        warm_up=1.0,
    ),
    Scenario(
        name="open",
        title="OCR, open loop: Poisson arrivals at shares of the ceiling",
        model="ocr",
        arms=PAIR,
        stages=tuple(
            replace(stage, name=name) for stage, name in zip(arrivals(OPEN_SHARES, 5.0), OPEN_NAMES, strict=True)
        ),
        stop_timeout=5,
    ),
    Scenario(
        name="ocr-servers",
        title="The same OCR under other servers",
        model="ocr",
        arms=(
            "flask-waitress",
            "flask-werkzeug",
            "flask-gevent",
            "flask-granian",
            "fastapi-uvicorn-2",
            "fastapi-granian",
            "fastapi-blocking",
        ),
        stages=tuple(steps((20,), 3.0)),
    ),
    Scenario(
        name="grpc",
        title="The same OCR over gRPC and HTTP",
        model="ocr",
        arms=(GRPC, *PAIR),
        stages=tuple(steps((1, 20), 2.0)),
        repeats=6,
        warm_up=1.0,
    ),
    Scenario(
        name="long",
        title="A model elsewhere that takes 300 ms, 4 workers",
        model="sleep:0.3",
        arms=("sync-4", "blocking-4", "gthread-4", "def-4"),
        stages=(*steps((10, 30, 50), 3.0), *spike(100, 5.0)),
        warm_up=1.0,
        error_over_s=10.0,
    ),
    Scenario(
        name="waiting",
        title="A handler that waits for 1 s, 40 users at once",
        model="sleep:1",
        arms=(
            "plain-werkzeug-1",
            "plain-werkzeug",
            "plain-sync",
            "plain-gthread",
            "fastapi-blocking",
            "fastapi-executor",
            "fastapi-def",
            "fastapi-await",
        ),
        # whole seconds, because the answers come in bursts a second apart
        stages=(Stage("40 users", 4.5, 40, settle=1.5),),
        warm_up=0.0,
        stop_timeout=1,
    ),
    Scenario(
        name="web",
        title="A model that takes no time: the web layer alone",
        model="nothing",
        arms=(
            *PAIR,
            "flask-waitress",
            "flask-sync",
            "flask-werkzeug",
            "flask-granian",
            "fastapi-granian",
            "fastapi-def",
        ),
        stages=tuple(steps((1, 8), 2.5, 0.5)),
        warm_up=1.0,
        light=True,
    ),
    Scenario(
        name="burn",
        title="A model that computes for 20 ms, 4 workers on one CPU",
        model="burn:0.02",
        arms=("sync-4", "def-4"),
        # short, because 50 users who share a CPU all wait for 50 times as long
        stages=tuple(steps((50,), 4.0)),
        warm_up=1.0,
        error_over_s=10.0,
    ),
    Scenario(
        name="hello",
        title="Hello, World!: 5,000 requests, or as many as 3 s allow",
        model="hello",
        arms=(
            "hello-werkzeug",
            "hello-waitress",
            "hello-gthread-4",
            "hello-uvicorn",
            "hello-uvicorn-4",
            "hello-gunicorn-4",
        ),
        stages=tuple(
            Stage(name, 3.0, clients, settle=0.0)
            for name, clients in (("500 clients", 500), ("1000 clients", 1000), ("1 client", 1))
        ),
        warm_up=0.5,
        light=True,
        requests=5000,
    ),
)
EXTRA = (
    Scenario(
        name="soak",
        title="Ten minutes at 20 users",
        model="ocr",
        arms=PAIR,
        stages=tuple(soak(20, 600.0)),
        repeats=1,
    ),
)
"""Run by name only: it does not fit into 40 minutes."""


def chosen(
    names: Sequence[str] = (),
    arms: Sequence[str] = (),
    levels: Sequence[int] = (),
    repeats: int = 0,
    seconds: float = 0.0,
) -> list[Scenario]:
    """Return the scenarios that are asked for, all by default; raise `ValueError` for a name that there is not.

    Args:
        names: of scenarios.
        arms: leave the others out.
        levels: numbers of users instead of those of the closed loops with steps.
        repeats: instead of each scenario's own.
        seconds: measured seconds of each stage, instead of its own.
    """
    known = {scenario.name: scenario for scenario in (*SCENARIOS, *EXTRA)}
    for kind, asked, there in (
        ("scenario", names, known),
        ("arm", arms, {a for s in known.values() for a in s.arms}),
    ):
        for name in asked:
            if name not in there:
                raise ValueError(f"There is no {kind} {name}; choose from {', '.join(sorted(there))}.")
    wanted = [known[name] for name in names] if names else list(SCENARIOS)
    changed = [_changed(scenario, arms, levels, repeats, seconds) for scenario in wanted]
    return [scenario for scenario in changed if scenario.arms]


def _changed(
    scenario: Scenario, arms: Sequence[str], levels: Sequence[int], repeats: int, seconds: float
) -> Scenario:
    stages = scenario.stages
    if levels and scenario.name in STEPPED:
        stages = tuple(steps(levels, stages[0].seconds - stages[0].settle, stages[0].settle))
    if seconds:
        stages = tuple(replace(s, seconds=s.settle + seconds) if s.measured else s for s in stages)
    kept = tuple(arm for arm in scenario.arms if not arms or arm in arms)
    return replace(scenario, arms=kept, stages=stages, repeats=repeats or scenario.repeats)
