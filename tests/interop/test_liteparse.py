"""The OCR API of LiteParse, which agents and document pipelines speak, on both real services.

From its specification: https://github.com/run-llama/liteparse/blob/main/OCR_API_SPEC.md. The last test lets
LiteParse itself read a scanned PDF through the services; `make consumers` installs it.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image
from real_servers import SERVICES

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURE = Image.open(io.BytesIO((EXAMPLES / "notice.png").read_bytes())).convert("RGB")
NOTICE = (EXAMPLES / "notice.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(params=SERVICES)
def address(request, real_services):
    return real_services[request.param].address


def ask(address, picture, language=None):
    form = {} if language is None else {"language": language}
    return httpx.post(f"{address}/ocr", files={"file": ("page.png", picture)}, data=form, timeout=60)


def encoded(kind):
    file = io.BytesIO()
    PICTURE.save(file, kind, quality=95)
    return file.getvalue()


@pytest.mark.parametrize("language", [None, "en", "zh"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_answer_is_as_specified(address, kind, language):
    answer = ask(address, encoded(kind), language)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    results = answer.json()["results"]
    assert [result["text"] for result in results] == NOTICE  # in reading order
    for result in results:
        x1, y1, x2, y2 = result["bbox"]
        assert 0 <= x1 < x2 <= PICTURE.width
        assert 0 <= y1 < y2 <= PICTURE.height
        assert 0.0 <= result["confidence"] <= 1.0
        corners = result["polygon"]  # top left, top right, bottom right, bottom left
        assert len(corners) == 4
        assert corners[0][0] < corners[1][0]
        assert corners[1][1] < corners[2][1]
        assert corners[3][0] < corners[2][0]


def test_polygon_of_text_on_its_side_begins_at_its_own_top_left(address):
    file = io.BytesIO()
    PICTURE.rotate(90, expand=True).save(file, "PNG")
    results = ask(address, file.getvalue()).json()["results"]
    assert [result["text"] for result in results] == NOTICE
    for result in results:  # turned to the left: its top left is at the bottom left of the picture
        top_left, top_right, bottom_right, _ = result["polygon"]
        assert top_left[1] > top_right[1]
        assert top_right[0] < bottom_right[0]


def test_no_text_is_an_empty_list(address):
    file = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(file, "PNG")
    answer = ask(address, file.getvalue())
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize("form", [{"data": {"language": "en"}}, {"files": {"file": ("page.png", b"")}}])
def test_wrong_request_is_400_with_a_sentence(address, form):
    answer = httpx.post(f"{address}/ocr", **form)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_requests_at_once_are_all_answered(address):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(address, encoded("PNG"), "zh"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert {tuple(result["text"] for result in answer.json()["results"]) for answer in answers} == {tuple(NOTICE)}


def test_liteparse_reads_a_scanned_pdf(address, tmp_path):
    liteparse = pytest.importorskip("liteparse", reason="LiteParse is not installed: make consumers")
    scan = tmp_path / "scan.pdf"
    PICTURE.save(scan, resolution=150)
    parser = liteparse.LiteParse(ocr_server_url=f"{address}/ocr", ocr_language="zh", quiet=True)
    (page,) = parser.parse(str(scan)).pages
    assert [item.text for item in page.text_items] == NOTICE
