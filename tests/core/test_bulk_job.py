"""Bulk jobs: the same files whatever happens, every input once, restarts that read nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from bulk_readers import FakeReader, Inline, files, gone, pool, run, unable
from documents import GRAYS, GrayReader, damaged_tiff, text_pdf, without_page
from serving import wait_until

from ocr_core.bulk import bulk_job, local_pool, store
from ocr_core.bulk.batch_reader import Plan
from ocr_core.errors import BadOption, ModelFileError, ServiceError

PLAN = Plan("jsonl", load=FakeReader)


@pytest.fixture
def source(tmp_path):
    """Fourteen pictures, of which one is bad and one meets a fault of ours."""
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(14):
        (folder / f"{index:02}.png").write_bytes({3: b"bad", 9: b"bug"}.get(index, f"text {index}".encode()))
    return folder


def rows(target):
    parts = sorted(path for path in (target / "results").iterdir())
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").splitlines()]


def failures(target):
    table = (target / "failures.tsv").read_text(encoding="utf-8").splitlines()
    return {Path(line.split("\t")[0]).name: line.split("\t")[1] for line in table}


def names(target):
    return [Path(row["input"]).name for row in rows(target)]


def test_every_input_ends_once_in_order(source, tmp_path):
    _, progress = run(source, tmp_path / "out", PLAN)
    assert (progress.read, progress.failed, progress.before) == (12, 2, 0)
    assert names(tmp_path / "out") == [f"{index:02}.png" for index in range(14) if index not in (3, 9)]
    assert failures(tmp_path / "out") == {"03.png": "not_an_image", "09.png": "internal_error"}
    first = rows(tmp_path / "out")[0]
    assert first["text"] == "text 0"
    assert first["results"][0]["confidence"] == 0.9877
    assert "timings_ms" not in first


def test_a_bad_page_of_a_pdf_fails_alone(tmp_path):
    (tmp_path / "a.pdf").write_bytes(without_page(text_pdf("one", "two", "three"), 2))
    plan = Plan("jsonl", load=GrayReader)
    run(tmp_path / "a.pdf", tmp_path / "out", plan, start=pool(plan, 1))
    assert names(tmp_path / "out") == ["a.pdf#page=1", "a.pdf#page=3"]
    assert failures(tmp_path / "out") == {"a.pdf#page=2": "unreadable_image"}


def test_a_bad_page_of_a_tiff_fails_alone(tmp_path):
    (tmp_path / "a.tif").write_bytes(damaged_tiff(2))
    plan = Plan("jsonl", load=GrayReader)
    run(tmp_path / "a.tif", tmp_path / "out", plan)
    assert [row["text"] for row in rows(tmp_path / "out")] == [f"60x40 {GRAYS[0]}", f"60x40 {GRAYS[2]}"]
    assert names(tmp_path / "out") == ["a.tif#page=1", "a.tif#page=3"]
    assert failures(tmp_path / "out") == {"a.tif#page=2": "unreadable_image"}


@pytest.mark.parametrize("form", ["jsonl", "parquet", "text", "hocr"])
def test_order_of_answers_and_losses_change_no_byte(source, tmp_path, form):
    plan = Plan(form, load=FakeReader)
    run(source, tmp_path / "calm", plan)
    run(source, tmp_path / "rough", plan, start=partial(Inline, plan, lost={1, 2, 5, 6, 7}))
    assert files(tmp_path / "calm") == files(tmp_path / "rough")


def test_processes_give_the_same_bytes(source, tmp_path):
    run(source, tmp_path / "inline", PLAN)
    run(source, tmp_path / "pool", PLAN, start=pool(PLAN, 3))
    assert files(tmp_path / "inline") == files(tmp_path / "pool")


def test_a_second_run_reads_nothing(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").iterdir()}
    _, progress = run(source, tmp_path / "out", PLAN, start=lambda: pytest.fail("an engine was started"))
    assert (progress.read, progress.failed, progress.before) == (0, 0, 14)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").iterdir()}


def test_what_is_new_or_changed_is_read_and_the_rest_is_kept(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    (source / "03.png").write_bytes(b"mended")
    (source / "05.png").unlink()
    (source / "99.png").write_bytes(b"new")
    engines = []
    run(source, tmp_path / "out", PLAN, start=lambda: engines.append(Inline(PLAN)) or engines[0])
    seen = {Path(name).name for batch in engines[0].seen for name in batch}
    assert {"03.png", "99.png"} <= seen
    assert len(seen) <= 5  # those two, and the one that came over from each shard behind the gap
    run(source, tmp_path / "anew", PLAN)
    assert files(tmp_path / "out") == files(tmp_path / "anew")


def test_a_source_that_became_shorter_leaves_no_rows_behind(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    for index in range(5, 14):
        (source / f"{index:02}.png").unlink()
    run(source, tmp_path / "out", PLAN)
    run(source, tmp_path / "anew", PLAN)
    assert files(tmp_path / "out") == files(tmp_path / "anew")


def test_failures_are_read_again_on_request(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    _, progress = run(source, tmp_path / "out", PLAN, retry_failures=True)
    assert (progress.read, progress.failed, progress.before) == (0, 2, 12)


def test_documents_lie_as_their_inputs_do_and_go_when_these_fail(source, tmp_path):
    plan = Plan("text", load=FakeReader)
    (source / ("n" * 250 + ".gif")).write_bytes(b"its result cannot have such a name")
    run(source, tmp_path / "out", plan)
    assert (tmp_path / "out/results/07.png.txt").read_text() == "text 7\n"
    assert failures(tmp_path / "out")["n" * 250 + ".gif"] == "bad_name"
    (source / "07.png").write_bytes(b"bad")
    run(source, tmp_path / "out", plan)
    assert not (tmp_path / "out/results/07.png.txt").exists()
    assert failures(tmp_path / "out")["07.png"] == "not_an_image"


def test_another_job_is_refused(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    with pytest.raises(BadOption, match="form was 'jsonl'"):
        run(source, tmp_path / "out", Plan("parquet", load=FakeReader))
    with closing(store.open_store(str(tmp_path / "out"))), pytest.raises(BadOption, match="Another job writes"):
        run(source, tmp_path / "out", PLAN)


def test_few_shards_are_open_however_long_the_source_is(source, tmp_path, monkeypatch):
    open_shards = []
    commit = bulk_job.BulkJob._commit
    monkeypatch.setattr(
        bulk_job.BulkJob, "_commit", lambda self, shard: open_shards.append(len(self._open)) or commit(self, shard)
    )
    for index in range(20, 400):
        (source / f"{index}.png").write_bytes(b"x")
    run(source, tmp_path / "out", PLAN)
    assert max(open_shards) <= 2 + 2 * Inline.slots * bulk_job.BATCH // 4


class Killed(BaseException):
    """Stands for the end of the process: nothing after it has an effect."""


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_a_kill_before_any_write_or_removal_loses_and_doubles_nothing(source, tmp_path, monkeypatch, form):
    plan = Plan(form, load=FakeReader)
    run(source, tmp_path / "whole", plan)
    expected = files(tmp_path / "whole")
    left = [10**9]

    def dying(original):
        def act(self, *arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return original(self, *arguments, **options)

        return act

    for name in ("write", "remove"):
        monkeypatch.setattr(store._LocalStore, name, dying(getattr(store._LocalStore, name)))
    monkeypatch.setattr(bulk_job, "CHECKPOINT_S", 0.0)  # shards are rewritten again and again
    moments, target = 0, tmp_path / "broken"
    while True:
        left[0] = moments
        try:
            run(source, target, plan)
            break
        except Killed:
            moments += 1
    assert moments > 8  # each run got a little further, from what the one before had left
    assert files(target) == expected


def test_sigkill_in_the_middle(source, tmp_path):
    for index in range(100, 200):
        (source / f"{index}.png").write_bytes(b"slow" if index % 2 else f"text {index}".encode())
    run(source, tmp_path / "whole", PLAN)
    target = tmp_path / "broken"
    command = [sys.executable, str(Path(__file__).with_name("bulk_readers.py")), str(source), str(target)]
    process = subprocess.Popen(command)
    while len(list(target.glob("journal/*.json"))) < 8:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    subprocess.run(command, check=True)
    assert files(target) == files(tmp_path / "whole")


def test_what_ends_a_process_is_tried_again_and_given_up_alone(source, tmp_path):
    (source / "05.png").write_bytes(b"kill")
    (source / "06.png").write_bytes(b"memory")
    run(source, tmp_path / "out", PLAN, start=pool(PLAN))
    lost = failures(tmp_path / "out")
    assert lost == {name: "worker_lost" for name in ("05.png", "06.png")} | {
        "03.png": "not_an_image",
        "09.png": "internal_error",
    }
    assert "SIGKILL" in (tmp_path / "out/failures.tsv").read_text(encoding="utf-8")
    assert names(tmp_path / "out") == [f"{index:02}.png" for index in range(14) if index not in (3, 5, 6, 9)]


def test_what_hangs_ends_its_process(source, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk_job, "ATTEMPTS", 1)
    for path in source.iterdir():
        path.unlink()
    (source / "a.png").write_bytes(b"hang")
    (source / "b.png").write_bytes(b"text")
    plan = Plan("jsonl", timeout=-29.5, load=FakeReader)  # the grace is 30 s

    def nothing_else_is_lost():
        """On a busy machine the other one may take too long as well, but not each time."""
        run(source, tmp_path / "out", plan, start=pool(plan, 1), retry_failures=True)
        return failures(tmp_path / "out") == {"a.png": "worker_lost"}

    wait_until(nothing_else_is_lost)
    assert names(tmp_path / "out") == ["b.png"]


def test_a_model_that_cannot_be_loaded_ends_the_job_and_not_each_input(source, tmp_path, monkeypatch):
    with pytest.raises(ModelFileError, match="The model is missing"):
        run(source, tmp_path / "out", PLAN, start=pool(Plan(load=unable), 1))
    monkeypatch.setattr(local_pool, "FAILED_STARTS", 2)
    with pytest.raises(ServiceError, match="code 7"):
        run(source, tmp_path / "out", PLAN, start=pool(Plan(load=gone), 1))
    assert failures(tmp_path / "out") == {}


def test_processes_end_with_the_job(source, tmp_path):
    for index in range(100, 400):
        (source / f"{index}.png").write_bytes(b"slow")
    command = [sys.executable, str(Path(__file__).with_name("bulk_readers.py")), str(source), str(tmp_path / "out")]
    process = subprocess.Popen(command, start_new_session=True)
    while not list(tmp_path.glob("out/journal/00000002.json")):
        time.sleep(0.01)
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not _group(process.pid))


def _group(group):
    """Return the living processes of a process group."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found
