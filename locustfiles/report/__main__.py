"""Writes the report: `python -m locustfiles.report [--results results] [--output docs/study] [--readme README.md]`.

Packs the records into `docs/study/data/` first, and reads them from there where there is no folder of results, so
that anybody can make the report again from the published data.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from locustfiles.report.plots import draw_all
from locustfiles.report.render import html, report, summary
from locustfiles.report.rows import Results
from locustfiles.study.records import pack, read_all

MARKERS = re.compile(r"(<!-- study -->\n).*?(<!-- /study -->)", re.S)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write report, plots, data and the summary in the README."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.report")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the records")
    parser.add_argument("--output", type=Path, default=Path("docs/study"))
    parser.add_argument(
        "--readme", type=Path, default=Path("README.md"), help="gets the summary between its markers"
    )
    options = parser.parse_args(arguments)
    data = options.output / "data"
    for record in read_all(options.results):
        pack(record, data)
    records = read_all(data)
    if not records:
        sys.exit(f"There are no records in {options.results} or {data}; `make study` makes some.")
    results = Results(records)
    plots = draw_all(results, options.output / "plots")
    text = report(results, plots)
    (options.output / "report.md").write_text(text, encoding="utf-8")
    (options.output / "report.html").write_text(html(text, options.output), encoding="utf-8")
    _fill(options.readme, summary(results))
    print(f"{len(records)} records: {options.output}/report.md, report.html, plots/, data/ and {options.readme}")


def _fill(readme: Path, words: str) -> None:
    """Put the summary between the markers of the README; leave a README without them alone."""
    if not readme.exists():
        return
    text = readme.read_text(encoding="utf-8")
    filled = MARKERS.sub(lambda match: match[1] + words + match[2], text)
    if filled != text:
        readme.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
