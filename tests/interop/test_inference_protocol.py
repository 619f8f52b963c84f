"""The Open Inference Protocol's health and metadata, on both services."""

import httpx
import pytest
from serving import PATIENCE_S, let_go, refuses, started, wait_until

MODEL = {
    "name": "ocr",
    "platform": "onnxruntime_onnx",
    "inputs": [{"name": "file", "datatype": "BYTES", "shape": [1]}],
    "outputs": [{"name": "text", "datatype": "BYTES", "shape": [1]}],
}
READY = {
    "/v2/health/ready": {"live": True, "ready": True},
    "/v2/models/ocr/ready": {"name": "ocr", "ready": True},
}
LIVE = {
    "/v2": {"name": "ocr-pair", "version": "0.1.0", "extensions": []},
    "/v2/health/live": {"live": True},
    "/v2/models/ocr": MODEL,
}


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_health_and_metadata_from_loading_to_ready(service):
    with started(service, ready=False, canary_is_held=True) as (address, process):
        wait_until(lambda: not refuses(address))
        with httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client:
            for path in READY:
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
                assert answer.headers["retry-after"] == "1"
            for path, body in LIVE.items():
                assert client.get(path).json() == body
            let_go(address)
            assert process.stdout.readline().endswith(f"open {address}/\n")
            for path, body in {**LIVE, **READY}.items():
                assert client.get(path).json() == body
                assert client.head(path).status_code == 200
                assert client.post(path).headers["allow"] == "GET, HEAD"
            assert client.get("/v2/models/other").json()["code"] == "not_found"
            assert client.get("/v2/models/other/ready").status_code == 404
            assert 'route="/v2/health/ready"' in client.get("/metrics").text
