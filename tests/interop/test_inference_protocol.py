"""The Open Inference Protocol's health and metadata, on both services."""

import time

import httpx
import pytest
from serving import started

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


def listens(address):
    """Return whether the port is open."""
    try:
        httpx.get(address, trust_env=False)
    except httpx.ConnectError:
        return False
    return True


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_health_and_metadata_from_loading_to_ready(service):
    with started(service, ready=False, FAKE_CANARY_S="1") as (address, process):
        while not listens(address):
            time.sleep(0.02)
        with httpx.Client(base_url=address, trust_env=False) as client:
            for path in READY:
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
                assert answer.headers["retry-after"] == "1"
            for path, body in LIVE.items():
                assert client.get(path).json() == body
            assert process.stdout.readline().endswith(f"open {address}/\n")
            for path, body in {**LIVE, **READY}.items():
                assert client.get(path).json() == body
                assert client.head(path).status_code == 200
                assert client.post(path).headers["allow"] == "GET, HEAD"
            assert client.get("/v2/models/other").json()["code"] == "not_found"
            assert client.get("/v2/models/other/ready").status_code == 404
            assert 'route="/v2/health/ready"' in client.get("/metrics").text
