"""Loading, readiness, concurrency and the files of the page."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fake_reader import FakeReader, app_with_fake
from serving import HELD, free_port, held, in_flight, let_go, metric, wait_until

from ocr_core.errors import OcrError
from services import contract, endpoint, settings


def leaves(error):
    below = error.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [error]


def test_every_error_has_a_status():
    assert set(leaves(OcrError)) == set(contract.STATUS)
    assert len({error.code for error in contract.STATUS}) == len(contract.STATUS)


def test_import_loads_nothing():
    script = (
        "import sys, services.flask_app, services.fastapi_app;"
        "print(sorted({'onnxruntime', 'cv2', 'ocr_core.pipeline'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"


def test_fastapi_is_not_ready_outside_its_lifespan():
    app = app_with_fake("fastapi", settings.Settings())

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            before = [await client.get("/readyz"), await client.post("/ocr", files={"file": b"image"})]
            async with app.router.lifespan_context(app):
                while (during := await client.get("/readyz")).status_code == 503:
                    await asyncio.sleep(0.01)
            return [*before, await client.get("/readyz")], during

    refused, ready = asyncio.run(ask())
    assert [answer.json()["code"] for answer in refused] == ["not_ready"] * 3
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(503, "1")] * 3
    assert ready.status_code == 200


def test_reader_is_warmed_up_with_an_image_of_each_kind(monkeypatch):
    seen = []
    monkeypatch.setattr(FakeReader, "read", lambda self, data, options: seen.append((data, options.mode)))
    endpoint.warm_up(FakeReader())
    assert [mode for _, mode in seen] == ["line", "page"]
    for data, _ in seen:
        assert (data[:4], data[16:24]) == (b"\x89PNG", bytes([0, 0, 1, 64, 0, 0, 0, 32]))


def test_warm_up_image_can_be_decoded():
    cv2 = pytest.importorskip("cv2")
    numpy = pytest.importorskip("numpy")
    image = cv2.imdecode(numpy.frombuffer(endpoint._white_png(320, 32), "uint8"), cv2.IMREAD_UNCHANGED)
    assert (image.shape, image.min()) == ((32, 320), 255)


def test_health_answers_while_readings_run(app_client):
    """Four readings want two threads; a health check must wait for none of them."""
    address, begun = str(app_client.base_url), "ocr_queue_wait_seconds_count"
    before = metric(address, begun)
    with ThreadPoolExecutor(4) as pool, held(address):
        readings = [pool.submit(app_client.post, "/ocr", **HELD) for _ in range(4)]
        wait_until(in_flight(address, 4))
        wait_until(lambda: metric(address, begun) >= before + 2)
        assert app_client.get("/healthz").json() == {"status": "ok"}
        assert metric(address, begun) == before + 2
        let_go(address)
        assert {answer.result().status_code for answer in readings} == {200}


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("/", "text/html; charset=utf-8", "<title>Picture to text</title>"),
        ("/docs", "text/html; charset=utf-8", "/static/docs.js"),
        ("/openapi.json", "application/json", '"openapi":"3.1.0"'),
        ("/static/reading.js", "text/javascript; charset=utf-8", "async function readPicture"),
        ("/static/vendor/bootstrap.min.css", "text/css; charset=utf-8", "Bootstrap"),
    ],
)
def test_page_files(clients, path, kind, content):
    flask, fastapi = (clients[service].get(path) for service in ("flask", "fastapi"))
    assert flask.content == fastapi.content
    assert content in flask.text
    for response in (flask, fastapi):
        assert (response.status_code, response.headers["content-type"]) == (200, kind)
        assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/readyz", "/openapi.json", "/static/app.js"])
def test_head_is_get_without_a_body(app_client, path):
    head, get = app_client.head(path), app_client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))


def test_unchanged_page_is_not_sent_again(app_client):
    tag = app_client.get("/").headers["etag"]
    response = app_client.get("/", headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")


def test_page_loads_nothing_from_elsewhere(app_client):
    for path in ("/", "/docs"):
        page = app_client.get(path).text
        assert "http" not in page
        assert "style=" not in page
        assert "<script>" not in page


def test_openapi_describes_the_real_answer(app_client):
    document = app_client.get("/openapi.json").json()
    answer = app_client.post("/ocr", files={"file": b"image"}, data={"granularity": "char"}).json()
    schemas = document["components"]["schemas"]
    assert set(schemas["Page"]["properties"]) == set(answer)
    assert set(schemas["Page"]["properties"]["timings_ms"]["properties"]) == set(answer["timings_ms"])
    (line,) = answer["results"]
    assert set(schemas["Line"]["properties"]) == set(line)
    assert set(schemas["Line"]["properties"]) - set(schemas["Line"]["required"]) == {"words", "characters"}
    assert set(schemas["Span"]["properties"]) == set(line["words"][0]) == set(line["characters"][0])
    statuses = {str(status) for status in contract.STATUS.values()} | {"200", "408", "431"}
    assert set(document["paths"]["/ocr"]["post"]["responses"]) == statuses
    assert json.dumps(document).count('#/components/schemas/Line"') == 2


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_bad_setting_ends_the_start_with_a_sentence(service, monkeypatch):
    monkeypatch.setenv("OCR_THREADS", "many")
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}_app"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "OCR_THREADS='many' is not an integer\n")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_broken_model_ends_the_start_with_a_sentence(service, workers, monkeypatch, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    monkeypatch.setenv("OCR_RECOGNIZER", str(broken))
    monkeypatch.setenv("OCR_WORKERS", workers)
    monkeypatch.setenv("PORT", str(free_port()))
    command = [sys.executable, "-m", f"services.{service}_app"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 3
    assert done.stdout == ""
    sentence = f"The model file {broken} is not a valid ONNX model."
    said = [line for line in done.stderr.splitlines() if line != sentence]
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(said) <= (workers == "2")  # uvicorn's supervisor says that it stops
