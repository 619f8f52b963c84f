"""A body of JSON with the file in base64, on both services."""

import base64
import json

import pytest
from small_documents import TWO


def post_json(client, content, path="/ocr", **headers):
    return client.post(path, content=json.dumps(content), headers={"Content-Type": "application/json", **headers})


def encoded(data):
    return base64.b64encode(data).decode()


def test_json_is_answered_as_the_form_is(app_client):
    form = app_client.post("/ocr", files={"file": b"image"}, data={"mode": "line"}).json()
    assert post_json(app_client, {"image": encoded(b"image"), "mode": "line", "more": [1]}).json() == form
    url = f"data:image/png;base64,{encoded(b'image')}"
    assert post_json(app_client, {"file": url, "mode": "line"}).json() == form
    document = post_json(app_client, {"image": encoded(TWO), "pages": 2, "name": "b.pdf", "format": "hocr"})
    assert "image &quot;b.pdf&quot;" in document.text
    events = post_json(app_client, {"image": encoded(b"image")}, "/ocr/stream").text
    assert events.count("event: done") == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "bad_form"),
        ("{", "bad_form"),
        ("[" * 100_000, "bad_form"),
        ("[]", "bad_form"),
        ("null", "bad_form"),
        ("{}", "missing_file"),
        ('{"image": 7}', "bad_form"),
        ('{"image": "a"}', "bad_form"),
        ('{"image": "\\u00e4\\u00e4\\u00e4\\u00e4"}', "bad_form"),
        ('{"image": ""}', "empty_input"),
        ('{"image": "aW1hZ2U=", "mode": ["line"]}', "bad_form"),
        ('{"image": "aW1hZ2U=", "mode": "\\ud800"}', "bad_option"),
        ('{"image": "aW1hZ2U=", "pages": true}', "bad_form"),
    ],
)
def test_wrong_json_is_told(app_client, body, code):
    answer = app_client.post("/ocr", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_base64_takes_nothing_from_the_largest_file(app_client):
    largest = encoded(b"x" * 100_000)  # MAX_BYTES of these servers
    assert post_json(app_client, {"image": largest}).status_code == 200
    assert post_json(app_client, {"image": encoded(b"x" * 100_001)}).json()["code"] == "too_many_bytes"
