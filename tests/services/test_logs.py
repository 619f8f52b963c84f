"""What both services tell of their requests: lines of the log and figures, and nothing where these are off."""

import json
import socket
import subprocess

import pytest
from serving import FAST, http, metric, place_of, started

SERVICES = pytest.mark.parametrize("service", ["flask", "fastapi"])


@SERVICES
def test_a_request_is_one_line_of_the_log_without_its_content(service):
    with started(service, stderr=subprocess.PIPE) as (address, process):
        for content, request_id in ((b"image", "first"), (b"damaged", "second")):
            answer = http.post(
                f"{address}/ocr", files={"file": ("secret-name.png", content)}, headers={"X-Request-ID": request_id}
            )
            assert answer.headers["X-Request-ID"] == request_id
        stages = [part.partition(";")[0] for part in answer.headers["Server-Timing"].split(", ")]
        assert stages == ["queue", "total"]
        assert http.get(f"{address}/healthz").status_code == 200
        process.terminate()
        text = process.stderr.read()
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["request_id"], line["status"], line.get("code")) for line in requests] == [
        ("first", 200, None),
        ("second", 422, "unreadable_image"),
    ]
    assert set(requests[0]["stages_ms"]) == {"queue", "decode", "detect", "recognize", "encode"}
    assert "secret" not in text
    assert "总计" not in text


@SERVICES
def test_what_never_became_a_request_is_counted(service):
    with started(service) as (address, _):
        with socket.create_connection(place_of(address)) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        assert metric(address, 'ocr_requests_total{method="other",route="other",status="400"}') == 1
        assert metric(address, 'ocr_rejected_total{reason="bad_request"}') == 1


@SERVICES
def test_metrics_and_logs_can_be_switched_off(service):
    with started(service, stderr=subprocess.PIPE, OCR_METRICS="off", OCR_LOG="off") as (address, process):
        assert http.get(f"{address}/metrics").status_code == 404
        assert http.post(f"{address}/ocr", **FAST).status_code == 200
        process.terminate()
        assert process.stderr.read() == ""
