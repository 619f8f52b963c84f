"""Figures -> Markdown by the templates beside this file, and Markdown -> one HTML file that needs no other."""

import base64
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from locustfiles.report.claim_long import claim as claim_long
from locustfiles.report.claim_ocr import claim as claim_ocr
from locustfiles.report.claim_waiting import claim_handlers, claim_sync
from locustfiles.report.decisions import decisions
from locustfiles.report.judgement import Claim, joined, show, show_ratio, show_spread
from locustfiles.report.rows import SCENARIO, Results, Row
from locustfiles.study.arms import GRPC
from locustfiles.study.scenarios import PAIR

FOREIGN = 0.1
"""CPUs of other work above which the report says so."""

PAIRS = (
    ("ocr", *PAIR, ("1 user", "5 users", "10 users", "20 users")),
    ("ocr-pair", *PAIR, ("1 user", "20 users")),
    ("long", "sync-4", "blocking-4", ("10 users", "30 users", "50 users")),
    ("long", "gthread-4", "def-4", ("10 users", "30 users", "50 users")),
    ("burn", "sync-4", "def-4", ("50 users",)),
    ("waiting", "plain-gthread", "fastapi-def", ("40 users",)),
    *(("grpc", arm, GRPC, ("1 user", "20 users")) for arm in reversed(PAIR)),
)
"""Scenario, two arms with the same budget (Flask and FastAPI, or HTTP and gRPC), levels."""


def claims_of(results: Results) -> list[Claim]:
    """Return the claims in their order."""
    return [claim_ocr(results), claim_long(results), claim_sync(results), claim_handlers(results)]


def report(results: Results, plots: Mapping[str, str]) -> str:
    """Return the report as Markdown; `plots` are titles by file name."""
    tables = [
        {
            "title": SCENARIO[name].title,
            "model": SCENARIO[name].model,
            "late": SCENARIO[name].error_over_s,
            "repeats": max(record.repeat for record in results.records if record.scenario == name),
            "rows": results.rows(name),
        }
        for name in results.scenarios
    ]
    return _tidy(
        _templates()
        .get_template("report.md.jinja")
        .render(
            records=len(results.records),
            machine=_machine(results),
            warnings=_warnings(results),
            decisions=decisions(results),
            claims=claims_of(results),
            pairs=_pairs(results),
            plots=plots,
            tables=tables,
        )
    )


def summary(results: Results) -> str:
    """Return what the README of the project says about the study, as Markdown."""
    first = results.records[0]
    cores, processor = first.machine.get("cores"), first.machine.get("processor")
    return _tidy(
        _templates()
        .get_template("summary.md.jinja")
        .render(
            records=len(results.records),
            date=min(record.started for record in results.records)[:10],
            place=f"server and load generator on a core each of {cores} ({processor})",
            claims=claims_of(results),
        )
    )


def html(markdown: str, folder: Path) -> str:
    """Return `markdown` as one HTML file that holds its pictures, which lie in `folder`."""

    def inlined(match: re.Match[str]) -> str:
        data = base64.b64encode((folder / match[1]).read_bytes()).decode()
        return f'src="data:image/png;base64,{data}"'

    body = MarkdownIt("commonmark").enable("table").render(markdown)
    body = re.sub(r'src="(plots/[^"]+)"', inlined, body)
    return _templates().get_template("page.html.jinja").render(body=body)


def _templates() -> Environment:
    # the values are figures and names of ours, on their way into Markdown, where escaping for HTML is wrong
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=False,
    )
    environment.filters |= {
        "spread": show_spread,
        "ratio": show_ratio,
        "number": show,
        "errors": _errors,
        "health": _health,
        "headline": _headline,
    }
    return environment


def _tidy(text: str) -> str:
    """Return `text` without runs of empty lines, which the templates leave."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _errors(row: Row) -> str:
    if not row.errors:
        return "0"
    kinds = ", ".join(f"{count} {kind}" for kind, count in row.errors.most_common(3)).replace("|", "/")
    return f"{row.error_share:.1%} ({kinds})"


def _health(row: Row) -> str:
    times = sorted(row.health)
    if not times:
        return f"–, {row.health_failed}" if row.health_failed else "–"
    return (
        f"{show(median(times))} / {show(times[min(len(times) - 1, int(0.99 * len(times)))])}, {row.health_failed}"
    )


def _headline(claim: Claim) -> str:
    """Return the finding that stands for a claim, and how the others were judged."""
    main = claim.findings[claim.main]
    counts = Counter(finding.verdict for finding in claim.findings if finding.verdict != "not measured")
    words = joined([f"{count} {verdict}" for verdict, count in counts.most_common()])
    return f"{main.what}: {main.ours}: {main.verdict}. Of {counts.total()} figures: {words}"


def _pairs(results: Results) -> list[dict[str, Any]]:
    found = []
    for scenario, first, second, levels in PAIRS:
        for level in levels:
            ratio = results.compare(scenario, second, first, level)
            rows = results.row(scenario, first, level), results.row(scenario, second, level)
            if ratio and rows[0] and rows[1]:
                found.append(
                    {
                        "names": f"{rows[0].label} and {rows[1].label}",
                        "level": f"{level}, model `{SCENARIO[scenario].model}`",
                        "ratio": ratio,
                    }
                )
    return found


def _machine(results: Results) -> list[str]:
    first = results.records[0].machine
    dates = sorted(record.started for record in results.records)
    commits = sorted({str(record.machine.get("commit")) for record in results.records})
    affinity = first.get("affinity", {})
    versions = ", ".join(f"{name} {number}" for name, number in first.get("versions", {}).items())
    minutes = sum(_seconds(record.settings) for record in results.records) / 60
    return [
        f"Runs: {len(results.records)}, from {dates[0]} to {dates[-1]}, about {minutes:.0f} minutes of load",
        f"Machine: {first.get('processor')}, {first.get('cores')} cores, {first.get('memory_gib')} GiB, Linux "
        f"{first.get('kernel')}",
        f"Server on CPU {affinity.get('server')}, load generator on CPU {affinity.get('generator')}, by affinity; "
        "the services size themselves for that one CPU",
        f"Commit: {', '.join(commits)}",
        f"Versions: {versions}",
    ]


def _seconds(settings: Mapping[str, Any]) -> float:
    stages: Sequence[Mapping[str, float]] = settings.get("stages", [])
    return sum(stage["seconds"] for stage in stages)


def _warnings(results: Results) -> list[str]:
    """Return what a reader must know before trusting the figures."""
    words = []
    loud = [r for r in results.records if any(level.foreign_cpu > FOREIGN for level in r.levels)]
    if loud:
        most = max(level.foreign_cpu for record in loud for level in record.levels)
        words.append(f"In {len(loud)} of {len(results.records)} runs other work took up to {most:.2f} CPUs.")
    refused = [level for record in results.records for level in record.levels if level.refused]
    if refused:
        words.append(f"{len(refused)} levels were refused, because the load generator measured itself.")
    short = [name for name in results.scenarios if _repeats(results, name) < SCENARIO[name].repeats]
    if short:
        words.append(f"Not all repeats were run of: {', '.join(short)}.")
    missing = [name for name, scenario in SCENARIO.items() if name not in results.scenarios and name != "soak"]
    if missing:
        words.append(f"Not run: {', '.join(missing)}.")
    return words


def _repeats(results: Results, scenario: str) -> int:
    return min((len(results.of(scenario, arm)) for arm in results.arms(scenario)), default=0)
