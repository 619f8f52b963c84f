"""Workers on a disk that fills up or goes away: a service must outlive it."""

import os
import shutil
import signal
import tempfile

import httpx
import pytest
from serving import FAST, free_port, http, metric, started, wait_until, worker_pids

from services.fastapi_app import server as fastapi_server
from services.flask_app import server as flask_server


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


@pytest.mark.parametrize(
    ("start", "workers", "purpose"),
    [
        (flask_server.main, "1", "Flask's workers tell there that they live"),
        (flask_server.main, "2", "Flask's workers tell there that they live"),
        (fastapi_server.main, "2", "several workers share their metrics there"),
    ],
)
def test_a_start_without_a_folder_for_temporary_files_ends_with_a_sentence(start, workers, purpose, monkeypatch):
    def none_found():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none_found)
    monkeypatch.setattr(flask_server, "SHARED_MEMORY", "/there/is/none")
    monkeypatch.setenv("OCR_WORKERS", workers)
    monkeypatch.setenv("PORT", str(free_port()))
    with pytest.raises(SystemExit, match=f"{purpose}: set TMPDIR"):
        start()
