"""PDFs and files of several pages, on both services."""

import base64
from xml.etree import ElementTree

import cv2
import httpx
import numpy as np
import pypdfium2
import pytest
from fpdf import FPDF
from serving import PATIENCE_S, metric, running, wait_until
from small_documents import BROKEN, TWO, ask, tiff_of
from test_stream import stream

from ocr_core.types import ReadOptions
from services.endpoint import _white_png
from services.images import Wanted
from services.multipart import Form, parse_form

PICTURE = _white_png(320, 64)


def test_a_pdf_is_answered_page_by_page(app_client):
    answer = ask(app_client, TWO).json()
    assert answer["text"].count("\f") == 1
    assert (answer["page_count"], [page["page"] for page in answer["pages"]]) == (2, [1, 2])
    assert answer["pages"][0]["results"][0]["text"].startswith("总计")
    assert answer["timings_ms"]["recognize"] == 6.0  # of both pages
    assert answer["warnings"] == ["Page 1: Only frame 1 of 3.", "Page 2: Only frame 1 of 3."]
    page = ask(app_client, b"image").json()
    assert "pages" not in page  # an image is answered as ever


def test_pages_and_text_are_chosen(app_client):
    answer = ask(app_client, TWO, pages="2", pdf_text="keep").json()
    assert (answer["text"], answer["model"]) == ("two", "embedded")
    tiff = tiff_of(3)
    assert "pages" not in ask(app_client, tiff).json()
    assert [page["page"] for page in ask(app_client, tiff, pages="3,1").json()["pages"]] == [3, 1]


@pytest.mark.parametrize(
    ("file", "options", "status", "code"),
    [
        (TWO, {"pages": "3"}, 400, "bad_option"),
        (TWO, {"pages": "one"}, 400, "bad_option"),
        (TWO, {"pdf_text": "both"}, 400, "bad_option"),
        (TWO, {"format": "png"}, 413, "too_many_pages"),
        (b"%PDF-1.7", {}, 422, "unreadable_image"),
        (b"GIF89a", {"pages": "all"}, 422, "unreadable_image"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(app_client, file, options, status, code):
    answer = ask(app_client, file, **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_bad_page_is_told_and_the_others_are_answered(app_client):
    answer = ask(app_client, BROKEN)
    content = answer.json()
    assert (answer.status_code, answer.headers["x-unread-pages"]) == (200, "2")
    assert [page["page"] for page in content["pages"]] == [1, 3]
    assert content["unread"] == [{"page": 2, "error": "It is damaged.", "code": "unreadable_image"}]
    assert content["warnings"][-1] == "Page 2 was not read: It is damaged."
    text = ask(app_client, BROKEN, format="text")
    assert text.headers["x-unread-pages"] == "2"
    assert text.text.split("\f")[1] == "[Page 2 was not read: It is damaged.]"
    assert "x-unread-pages" not in ask(app_client, TWO).headers
    alone = ask(app_client, BROKEN, pages="2")
    assert (alone.status_code, alone.json()["error"]) == (422, "Page 2: It is damaged.")
    _, events = stream(app_client, BROKEN)
    assert [data.get("page") for event, data in events if event == "page"] == [1, 3]
    place = {"file": 0, "files": 1, "page": 2, "pages": 3}
    assert ("unread", {**place, "error": "It is damaged.", "code": "unreadable_image"}) in events
    assert events[-1][1]["result"]["unread"] == content["unread"]


def test_a_locked_pdf_is_refused_in_words(app_client):
    pdf = FPDF()
    pdf.set_encryption("owner", user_password="secret")
    pdf.add_page()
    answer = ask(app_client, bytes(pdf.output()))
    assert (answer.status_code, answer.json()["code"]) == (422, "protected_document")
    assert "without one" in answer.json()["error"]


def test_every_format_holds_several_pages(app_client):
    assert ask(app_client, TWO, format="text").text.count("\f") == 1
    hocr = ask(app_client, TWO, format="hocr").text
    assert 'image "a.pdf"' in ElementTree.fromstring(hocr.encode())[1][1].get("title")
    assert "<fileName>a.pdf</fileName>" in ask(app_client, TWO, format="alto").text
    assert {row.split("\t")[1] for row in ask(app_client, TWO, format="tsv").text.splitlines()[1:]} == {"1", "2"}
    document = pypdfium2.PdfDocument(ask(app_client, TWO, format="pdf").content)
    assert [page.get_textpage().get_text_range() for page in document] == ["总", "总"]
    assert document.get_metadata_value("Title") == "a.pdf"
    marked = ask(app_client, TWO, format="png", pages="2")
    assert marked.headers["content-type"] == "image/png"
    assert cv2.imdecode(np.frombuffer(marked.content, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (63, 315)


def test_events_tell_the_page(app_client):
    _, events = stream(app_client, TWO, pages="2,1", pictures="on")
    told = [(event, data.get("page"), data.get("pages")) for event, data in events]
    of_page = ["picture", "page", "line"]
    assert told == [(name, 2, 2) for name in of_page] + [(name, 1, 2) for name in of_page] + [("done", None, None)]
    head, _, encoded = events[0][1]["picture"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(encoded).startswith(b"\xff\xd8")
    assert [page["page"] for page in events[-1][1]["result"]["pages"]] == [2, 1]
    _, plain = stream(app_client, b"image", pictures="on")
    assert [event for event, _ in plain] == ["page", "line", "done"]


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_limits_and_cache_know_documents(service):
    with (
        running(service, OCR_CACHE_BYTES="1000000", OCR_MAX_PAGES="2") as address,
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        refused = ask(client, BROKEN)
        assert (refused.status_code, refused.json()["code"]) == (413, "too_many_pages")
        assert "pages=1-2" in refused.json()["error"]
        first, second = (stream(client, TWO, pages="2") for _ in range(2))
        assert first[1] == second[1]
        kept = wait_until(lambda: metric(address, "ocr_cache_bytes"))  # once the answer is on its way
        assert ask(client, TWO, pages="1").headers["x-cache"] == "miss"
        wait_until(lambda: metric(address, "ocr_cache_bytes") > kept)
        assert ask(client, TWO, pages="1").headers["x-cache"] == "hit"
        partly = [ask(client, BROKEN, pages="1,2", format="text") for _ in range(2)]
        told = [(answer.headers["x-cache"], answer.headers["x-unread-pages"]) for answer in partly]
        assert told == [("miss", "2")] * 2  # the cache has no place for the header
        assert ask(client, PICTURE, "a.png", format="hocr").headers["x-cache"] == "miss"
        assert "image &quot;b.png&quot;" in ask(client, PICTURE, "b.png", format="hocr").text


def test_names_and_pages_have_places_of_their_own_in_the_cache():
    keys = {
        Wanted(ReadOptions(), form, name=name).key(b"a", "m")
        for form in ("hocr", "alto")
        for name in ("", "a", "b:c")
    }
    assert len(keys) == 6


def test_the_name_is_taken_without_folders():
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="C:\\\\a\\\\b.png"\r\n\r\n\r\n--x--\r\n'
    assert parse_form("multipart/form-data; boundary=x", body).name == "b.png"


def test_a_form_of_a_caller_who_knows_no_pages_gets_none():
    assert not Form((TWO,), {}).paged
