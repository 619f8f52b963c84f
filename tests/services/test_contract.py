"""The same table of requests on both services: the expected answer, and equal bytes."""

import socket

import pytest
from fake_reader import MAX_BYTES
from serving import PATIENCE_S

BOUNDARY = {"Content-Type": "multipart/form-data; boundary=B"}
READ = {
    "text": "总计 12.50 off auto 5",
    "results": [
        {
            "text": "总计 12.50 off auto 5",
            "bbox": [10, 20, 110, 44],
            "polygon": [[10, 20], [110, 20], [110, 44], [10, 44]],
            "confidence": 0.9877,
        }
    ],
    "image": {"width": 320, "height": 64},
    "model": "fake-00000000",
    "timings_ms": {"decode": 1.23, "detect": 2.0, "recognize": 3.0, "total": 6.23},
    "warnings": ["Only frame 1 of 3."],
    "warning_details": [{"code": "first_frame", "values": ["3"]}],
}


def upload(content, name="file", **options):
    return {"method": "POST", "url": "/ocr", "files": {name: ("a.png", content)}, "data": options}


def raw(*parts, end="--B--\r\n"):
    body = "".join(f"--B\r\nContent-Disposition: form-data{head}\r\n\r\n{text}\r\n" for head, text in parts)
    return {"method": "POST", "url": "/ocr", "content": (body + end).encode(), "headers": BOUNDARY}


def get(url, method="GET"):
    return {"method": method, "url": url}


READINGS = {
    "file": (upload(b"image"), "off auto 5"),
    "image": (upload(b"image", "image"), "off auto 5"),
    "image_file": (upload(b"image", "image_file"), "off auto 5"),
    "options": (upload(b"image", threshold="auto", mode="page"), "auto page 5"),
    "granularity": (upload(b"image", granularity="char"), "off auto 5"),
    "unknown field": (upload(b"image", language="zh"), "off auto 5"),
    "no file name": (raw(('; name="file"', "image!")), "off auto 6"),
    "first of two files": (raw(('; name="image"', "one"), ('; name="file"', "three")), "off auto 3"),
    "first of two options": (
        raw(('; name="mode"', "line"), ('; name="mode"', "page"), ('; name="file"', "x")),
        "off line 1",
    ),
    "binary file": (upload(bytes(range(256)) * 4), "off auto 1024"),
    "as large as allowed": (upload(b"x" * MAX_BYTES), f"off auto {MAX_BYTES}"),
}

ERRORS = {
    "no body": (get("/ocr", "POST"), 400, "missing_file"),
    "not a form": ({**get("/ocr", "POST"), "content": b"image"}, 400, "missing_file"),
    "other field": (upload(b"image", "picture"), 400, "missing_file"),
    "part without a name": (raw(("", "image")), 400, "missing_file"),
    "empty file": (upload(b""), 400, "empty_input"),
    "cut off": (raw(('; name="file"', "image"), end=""), 400, "bad_form"),
    "malformed": ({**raw(), "content": b"--X\r\n\r\n"}, 400, "bad_form"),
    "no boundary": ({**raw(), "headers": {"Content-Type": "multipart/form-data"}}, 400, "bad_form"),
    "101 parts": (raw(*[('; name="a"', "")] * 101), 400, "bad_form"),
    "bad threshold": (upload(b"image", threshold="maybe"), 400, "bad_option"),
    "bad granularity": (upload(b"image", granularity="page"), 400, "bad_option"),
    "bad mode": (upload(b"image", mode="超"), 400, "bad_option"),
    "not an image": (upload(b"text"), 415, "not_an_image"),
    "damaged": (upload(b"damaged"), 422, "unreadable_image"),
    "too many pixels": (upload(b"huge"), 413, "image_too_large"),
    "file too large": (upload(b"x" * (MAX_BYTES + 1)), 413, "too_many_bytes"),
    "body too large": (upload(b"x" * (3 * MAX_BYTES)), 413, "too_many_bytes"),
    "model fault": (upload(b"model"), 500, "model_file_error"),
    "bug": (upload(b"bug"), 500, "internal_error"),
    "unknown path": (get("/nothing"), 404, "not_found"),
    "trailing slash": (get("/ocr/", "POST"), 404, "not_found"),
    "double slash": (get("/static//app.js"), 404, "not_found"),
    "outside static": (get("/static/%2e%2e/pyproject.toml"), 404, "not_found"),
    "get ocr": (get("/ocr"), 405, "method_not_allowed"),
    "options ocr": (get("/ocr", "OPTIONS"), 405, "method_not_allowed"),
    "post health": (get("/healthz", "POST"), 405, "method_not_allowed"),
    "delete page": (get("/", "DELETE"), 405, "method_not_allowed"),
}

OWN_HEADERS = ("server", "date", "connection", "transfer-encoding", "x-request-id", "server-timing")


def answer(client, request):
    response = client.request(**request)
    headers = {name: value for name, value in response.headers.items() if name not in OWN_HEADERS}
    return response.status_code, headers, response.content


def test_read_image_whole_answer(app_client):
    response = app_client.request(**upload(b"image"))
    assert response.json() == READ
    assert "总计" in response.text
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("case", READINGS)
def test_reading(app_client, case):
    request, expected = READINGS[case]
    response = app_client.request(**request)
    assert (response.status_code, response.json()["text"]) == (200, f"总计 12.50 {expected}")


@pytest.mark.parametrize("case", ERRORS)
def test_error(app_client, case):
    request, status, code = ERRORS[case]
    response = app_client.request(**request)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert set(response.json()) == {"error", "code"}
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_both_services_send_the_same_bytes(clients):
    for case, (request, *_) in {**READINGS, **ERRORS}.items():
        assert answer(clients["flask"], request) == answer(clients["fastapi"], request), case


@pytest.mark.parametrize(("path", "allow"), [("/ocr", "POST"), ("/healthz", "GET, HEAD"), ("/", "GET, HEAD")])
def test_allow_header(app_client, path, allow):
    assert app_client.request("PUT", path).headers["allow"] == allow


def test_health_and_readiness(app_client):
    assert app_client.get("/healthz").json() == {"status": "ok"}
    assert app_client.get("/readyz").json() == {"status": "ready", "model": "fake-00000000"}


def test_chunked_body_is_read(app_client):
    request = raw(('; name="file"', "image"))
    response = app_client.request(**{**request, "content": iter([request["content"]])})
    assert response.json()["text"] == READ["text"]


def test_chunked_body_is_limited(app_client):
    body = iter([b"x" * 10_000] * 30)
    response = app_client.post("/ocr", content=body, headers=BOUNDARY)
    assert (response.status_code, response.json()["code"]) == (413, "too_many_bytes")
    assert app_client.get("/healthz").status_code == 200


def test_declared_length_is_refused_before_the_body(app_client):
    host, port = app_client.base_url.host, app_client.base_url.port
    with socket.create_connection((host, port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413")
