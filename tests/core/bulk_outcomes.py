"""What bulk jobs of the tests leave behind."""

import json
from pathlib import Path

from bulk_readers import FakeReader

from ocr_core.bulk.batch_reader import Plan

PLAN = Plan("jsonl", load=FakeReader)


def rows(target):
    parts = sorted(path for path in (target / "results").iterdir())
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").splitlines()]


def failures(target):
    table = (target / "failures.tsv").read_text(encoding="utf-8").splitlines()
    return {Path(line.split("\t")[0]).name: line.split("\t")[1] for line in table}


def names(target):
    return [Path(row["input"]).name for row in rows(target)]
