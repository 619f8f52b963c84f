"""Bulk jobs: the same files whatever happens, every input once, restarts that read nothing twice."""

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from bulk_outcomes import PLAN, failures, names, rows
from bulk_readers import FakeReader, Inline, files, pool, run
from documents import GRAYS, GrayReader, damaged_tiff, text_pdf, without_page

from ocr_core.bulk import bulk_job, store
from ocr_core.bulk.batch_reader import Plan
from ocr_core.errors import BadOption


def test_every_input_ends_once_in_order(source, tmp_path):
    _, progress = run(source, tmp_path / "out", PLAN)
    assert (progress.read, progress.failed, progress.before) == (12, 2, 0)
    assert names(tmp_path / "out") == [f"{index:02}.png" for index in range(14) if index not in (3, 9)]
    assert failures(tmp_path / "out") == {"03.png": "not_an_image", "09.png": "internal_error"}
    first = rows(tmp_path / "out")[0]
    assert first["text"] == "text 0"
    assert first["results"][0]["confidence"] == 0.9877
    assert "timings_ms" not in first


def test_files_of_others_in_the_journal_are_passed_over(source, tmp_path):
    run(source, tmp_path / "out", PLAN)
    (tmp_path / "out" / "journal" / ".DS_Store").write_bytes(b"of a file manager")
    _, progress = run(source, tmp_path / "out", PLAN)
    assert progress.before == 14


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
