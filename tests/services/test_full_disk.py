"""The metrics of several workers: a disk that fills up must not kill them."""

import pytest
from serving import started


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_the_room_for_metrics_is_taken_at_the_start(service, tmp_path):
    with started(service, OCR_WORKERS="2", OCR_THREADS="1", TMPDIR=str(tmp_path)):
        files = [path.stat() for path in tmp_path.rglob("*.db")]
        assert files
        assert all(file.st_blocks * 512 >= file.st_size for file in files)
