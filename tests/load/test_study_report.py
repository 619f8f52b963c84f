"""The report of a few made-up records: what it says follows from them."""

import importlib.util
import re
from itertools import pairwise

import pytest

if any(importlib.util.find_spec(name) is None for name in ("scipy", "matplotlib", "jinja2", "markdown_it")):
    pytest.skip("the extra `study` is not installed", allow_module_level=True)

from locustfiles.report.__main__ import main
from locustfiles.report.render import claims_of, report
from locustfiles.report.rows import Results
from locustfiles.study.records import Level, Record, write

MACHINE = {
    "commit": "abc",
    "cores": 2,
    "memory_gib": 8,
    "processor": "A processor",
    "kernel": "6",
    "affinity": {"server": [0], "generator": [1]},
    "versions": {"flask": "3"},
}


def level(name, users, qps, ms, *, errors=None, refused="", health=(2.0, 3.0), foreign=0.0):
    samples = [(number / 10, ms) for number in range(120)]
    return Level(
        name,
        users,
        0.0,
        4.0,
        round(qps * 4),
        qps,
        ms,
        errors or {},
        0.9,
        0.1,
        foreign,
        150.0,
        list(health),
        samples,
        refused,
    )


def record(scenario, arm, repeat, levels):
    settings, started = {"stages": [{"seconds": 4.0}]}, f"2026-11-21T10:0{repeat}:00+00:00"
    memory = [(0.0, 140.0), (1.0, 150.0)]
    return Record(scenario, arm, repeat, settings, started, 1.0, 60.0, 140.0, levels, memory, MACHINE)


def ocr(ratio):
    """Return three repeats of both services at 1 to 20 users, FastAPI `ratio` times as fast."""
    records = []
    for repeat, luck in enumerate((1.0, 1.01, 0.99), start=1):
        for arm, speed in (("flask-gthread", luck), ("fastapi-uvicorn", luck * ratio * (1 + repeat / 1000))):
            levels = [
                level(f"{users} user{'s' * (users > 1)}", users, 18.0 * speed, users / 18.0 / speed * 1e3)
                for users in (1, 5, 10, 20)
            ]
            records.append(record("ocr", arm, repeat, levels))
    return records


@pytest.mark.parametrize(("ratio", "verdict"), [(1.0, "refuted"), (1.15, "depends"), (0.7, "refuted")])
def test_verdict_on_the_first_claim_follows_from_the_records(ratio, verdict):
    claim = claims_of(Results(ocr(ratio)))[0]
    assert claim.verdict == verdict
    assert f"QPS at 20 users, {ratio}" not in claim.findings[5].ours
    assert f"{ratio:.2f} [" in claim.findings[5].ours or ratio == 0.7


def test_requests_at_a_time_follow_from_the_records():
    records = [
        record("waiting", arm, repeat, [level("40 users", 40, qps, 1000.0)])
        for arm, qps in (
            ("plain-sync", 1.0),
            ("plain-werkzeug", 40.0),
            ("fastapi-blocking", 1.0),
            ("fastapi-def", 39.0),
        )
        for repeat in (1, 2, 3)
    ]
    _, _, sync, handlers = claims_of(Results(records))
    found = {finding.what: finding.verdict for finding in sync.findings}
    assert found["Flask, gunicorn sync, 1 worker"] == "confirmed"
    assert found["Flask, Werkzeug development server, threads"] == "refuted"
    assert sync.verdict == "depends"
    assert [finding.verdict for finding in handlers.findings[:2]] == ["confirmed", "confirmed"]


def grpc(ratio):
    """Return three repeats of the three services, gRPC `ratio` times as fast as the two others."""
    speeds = {"grpc-aio": ratio, "flask-gthread": 1.0, "fastapi-uvicorn": 1.0}
    levels = (("1 user", 1), ("20 users", 20))
    return [
        record("grpc", arm, repeat, [level(name, users, speed * luck, 50.0) for name, users in levels])
        for arm, speed in speeds.items()
        for repeat, luck in enumerate((18.0, 19.0, 17.0), start=1)
    ]


@pytest.mark.parametrize(
    ("ratio", "words", "take"),
    [
        (1.0, "equal within 5%", "what suits the callers"),
        (1.3, "more", "gRPC"),
        (0.7, "less", "HTTP"),
    ],
)
def test_grpc_beside_http_follows_from_the_records(ratio, words, take):
    text = report(Results(grpc(ratio)), {})
    assert "### The same OCR over gRPC and HTTP\n" in text
    section = text.partition("## Equivalence at equal budgets")[2].partition("## Plots")[0]
    pairs = [line for line in section.splitlines() if "gRPC" in line]
    assert [(line.split(" and ")[0], line.split(" | ")[1]) for line in pairs] == [
        (f"| {label}", f"{users}, model `ocr`")
        for label in ("FastAPI, uvicorn, executor (as shipped)", "Flask, gunicorn gthread (as shipped)")
        for users in ("1 user", "20 users")
    ]
    assert all(line.endswith(f"| {ratio:.2f} [{ratio:.2f}, {ratio:.2f}], {words} |") for line in pairs)
    assert f"callers can speak gRPC as well as HTTP, and the model computes | {take}" in text


def test_refused_grpc_levels_decide_nothing():
    records = grpc(1.3)
    for one in records:
        if one.arm == "grpc-aio":
            one.levels[1].refused = "the load generator took 95% of its CPU"
    text = report(Results(records), {})
    assert "callers can speak gRPC" not in text
    assert "| gRPC, grpc.aio (as shipped) | 20 users | refused: the load generator took 95% of its CPU" in text


def test_refused_levels_do_not_count():
    records = ocr(1.0)
    records[0].levels[3].refused = "the load generator took 95% of its CPU"
    records[0].levels[3].qps = 1.0
    row = Results(records).row("ocr", "flask-gthread", "20 users")
    assert row.repeats == (2, 3)
    assert row.qps.value == pytest.approx(18.0)


def test_files_of_the_report(tmp_path, capsys):
    results, output, readme = tmp_path / "results", tmp_path / "study", tmp_path / "README.md"
    readme.write_text("before\n<!-- study -->\nold words\n<!-- /study -->\nafter\n", encoding="utf-8")
    for one in ocr(1.0):
        one.levels[3].errors = {"status 503 | odd": 2}
        one.levels[0].foreign_cpu = 0.5
        write(one, results)
    arguments = ["--results", str(results), "--output", str(output), "--readme", str(readme)]
    main(arguments)
    text = (output / "report.md").read_text(encoding="utf-8")
    assert "## Claim 1: An OCR service is faster with FastAPI — refuted" in text
    assert "In 6 of 6 runs other work took up to 0.50 CPUs." in text
    assert "Not run: ceiling" in text
    assert "(6 status 503 / odd)" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)
    for before, line in pairwise(text.splitlines()):
        if before.startswith("|") and line.startswith("|"):
            assert before.count("|") == line.count("|"), line
    page = (output / "report.html").read_text(encoding="utf-8")
    assert page.count("<table>") == len(re.findall(r"^\|---", text, re.M))
    assert page.count('src="data:image/png;base64,') == len(list((output / "plots").glob("*.png"))) > 2
    assert not re.search(r'(src|href)="plots/', page)
    summary = readme.read_text(encoding="utf-8")
    assert summary.startswith("before\n<!-- study -->\n6 runs on 2026-11-21")
    assert summary.endswith("<!-- /study -->\nafter\n")
    assert "old words" not in summary

    # the published data alone make the same report
    main(["--results", str(tmp_path / "none"), *arguments[2:]])
    assert (output / "report.md").read_text(encoding="utf-8") == text
    capsys.readouterr()


def test_no_records_are_an_error(tmp_path):
    with pytest.raises(SystemExit, match="There are no records"):
        main(["--results", str(tmp_path), "--output", str(tmp_path)])
