"""The servers of the study answer what its load generators expect."""

import asyncio
import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

if any(importlib.util.find_spec(name) is None for name in ("psutil", "uvloop")):
    pytest.skip("the extra `study` is not installed", allow_module_level=True)

import httpx

from locustfiles import light_client
from locustfiles.arms.__main__ import SERVERS
from locustfiles.arms.apps import OTHER_APPS, OUR_APPS, make_app
from locustfiles.arms.readers import CANARY_BYTES, TEXT, NullReader
from locustfiles.samples import CONTENT_TYPE, draw_samples
from locustfiles.study.arms import ARMS, BARE
from locustfiles.study.image import draw_photo
from locustfiles.study.loads import GREETING, NULL_TEXT, hello_request
from locustfiles.study.scenarios import EXTRA, SCENARIOS
from ocr_core import load_pipeline
from services.settings import Settings

SAMPLE = draw_samples()[2]
WRONG = "wrong text: 'Hello, Moon' instead of 'Hello, World!'"
CHECKS = ("/healthz", "/readyz")


def test_every_arm_can_be_started():
    for arm in ARMS.values():
        if arm.name != BARE:
            assert arm.app in {*OUR_APPS, *OTHER_APPS}
            assert arm.server in SERVERS
    assert {arm for scenario in (*SCENARIOS, *EXTRA) for arm in scenario.arms} == set(ARMS)


def test_the_photo_is_a_jpeg_of_120_kb_that_is_read():
    photo = draw_photo()
    assert 115_000 < len(photo.image) < 130_000
    assert load_pipeline().read(photo.image).text == photo.text


def test_null_models_take_their_time_for_real_images_only():
    waiting = NullReader(waits=60.0)
    assert waiting.read(b"x" * CANARY_BYTES).text == TEXT == NULL_TEXT
    assert len(SAMPLE.image) > CANARY_BYTES


@pytest.mark.parametrize("app", sorted(name for name in OTHER_APPS if "hello" not in name))
@pytest.mark.parametrize("model", ["nothing", "sleep:0.01", "burn:0.01"])
def test_plain_apps_answer_the_line_of_the_null_model(app, model):
    made = make_app(app, model, Settings())
    headers = {"Content-Type": CONTENT_TYPE}
    if app.startswith("flask"):
        client = made.test_client()
        answers = [client.post("/ocr", data=SAMPLE.body, headers=headers), *map(client.get, CHECKS)]
    else:
        answers = asyncio.run(_ask(made, headers))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert json.loads(answers[0].text)["text"] == NULL_TEXT


async def _ask(app, headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        first = await client.post("/ocr", content=SAMPLE.body, headers=headers)
        return [first, *[await client.get(path) for path in CHECKS]]


class Greeter(BaseHTTPRequestHandler):
    """Greets, and goes wrong where the test says so."""

    protocol_version = "HTTP/1.1"
    answers = ((200, b"Hello, World!"),)

    def do_GET(self):
        status, body = self.answers[self.server.asked % len(self.answers)]
        self.server.asked += 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        (((200, b"Hello, World!"),), {""}),
        (((200, b"Hello, World!"), (200, b'{"text": "Hello, Moon"}')), {"", WRONG}),
        (((200, b'{"text": "Hello, World!"}'),), {""}),
        (((500, b"Hello, World!"),), {"status 500"}),
    ],
)
def test_light_client_checks_every_answer(answers, errors, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(Greeter, "answers", answers)
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeter) as server:
        server.asked = 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, request = f"http://127.0.0.1:{server.server_port}", tmp_path / "request"
        request.write_bytes(hello_request(host))
        arguments = ["--expected", GREETING, "--requests", "50", "--clients", "5", "--seconds", "120"]
        light_client.main([host, str(request), *arguments])
        server.shutdown()
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 50 == server.asked
    assert {error for _, _, error in rows} == errors
    assert all(milliseconds > 0 for _, milliseconds, _ in rows)
