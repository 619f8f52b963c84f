"""Workers on a disk that fills up or goes away: a service must outlive it."""

import os
import shutil
import signal

import httpx
import pytest
from serving import FAST, http, metric, started, wait_until, worker_pids


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_the_room_for_metrics_is_taken_at_the_start(service, tmp_path):
    with started(service, OCR_WORKERS="2", OCR_THREADS="1", TMPDIR=str(tmp_path)):
        files = [path.stat() for path in tmp_path.rglob("*.db")]
        assert files
        assert all(file.st_blocks * 512 >= file.st_size for file in files)


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_workers_come_back_though_no_temporary_file_can_be_written(service, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    with started(service, OCR_WORKERS="2", OCR_THREADS="1", TMPDIR=str(folder)) as (address, process):
        wait_until(lambda: metric(address, "ocr_workers_ready") == 2)
        before = worker_pids(address)
        shutil.rmtree(folder)
        for worker in before:
            os.kill(worker, signal.SIGKILL)

        def answers():
            assert process.poll() is None, "the supervisor ended"
            try:
                return http.post(f"{address}/ocr", **FAST).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers)
