"""Bulk jobs whose processes are killed, hang or cannot start: nothing is lost, nothing is there twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bulk_outcomes import PLAN, failures, names
from bulk_readers import FakeReader, files, gone, pool, run, unable
from serving import wait_until

from ocr_core.bulk import bulk_job, local_pool, store
from ocr_core.bulk.batch_reader import Plan
from ocr_core.errors import ModelFileError, ServiceError


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
