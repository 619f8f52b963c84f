"""FastAPI under uvicorn's own command: the workers share their metrics, and no folder of them is left behind."""

import os
import subprocess
import sys

import httpx
from serving import free_port, http, metric, wait_until

COMMAND = (
    "--factory services.fastapi_app:create_app --workers 2 --http services.fastapi_app.protocol:BoundedProtocol "
    "--ws none --no-proxy-headers --no-server-header --log-level warning"
)


def test_workers_share_their_metrics_and_leave_nothing_behind(tmp_path):
    stale = tmp_path / f"ocr-pair-metrics-{os.getuid()}-999999999-5"
    stale.mkdir()
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def is_ready():
        try:
            return metric(address, "ocr_workers_ready") == 2
        except httpx.TransportError:
            return False

    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", str(port), *COMMAND.split()],
        env={**os.environ, "TMPDIR": str(tmp_path), "OCR_DETECTOR": "plain", "OCR_THREADS": "1", "OCR_LOG": "off"},
    ) as process:
        try:
            wait_until(is_ready)
            for _ in range(8):
                assert http.get(f"{address}/healthz").status_code == 200
            assert metric(address, 'ocr_requests_total{method="GET",route="/healthz",status="200"}') == 8
            assert http.get(f"{address}/healthz", headers={"Host": "a/b"}).status_code == 400
            assert not stale.exists()
            assert len(list(tmp_path.iterdir())) == 1
        finally:
            process.terminate()
    assert list(tmp_path.iterdir()) == []
