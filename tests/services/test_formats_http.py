"""`format=` on both services: the bytes, the type, the cache, and what is refused."""

from xml.etree import ElementTree

import pypdfium2
import pytest

from ocr_core.errors import BadOption
from ocr_core.formats import FORMATS
from ocr_core.types import ReadOptions
from services.cache import key_of
from services.endpoint import _white_png
from services.images import Images
from services.multipart import Form
from services.openapi import DOCUMENT
from services.settings import Settings

TEXT = "总计 12.50 off auto 5"
PICTURE = _white_png(320, 64)


def ask(client, name, image=b"image", path="/ocr"):
    return client.post(path, files={"file": image}, data={"format": name})


@pytest.mark.parametrize("name", ["text", "json", "hocr", "alto", "tsv"])
def test_answers_are_what_the_core_writes(app_client, name):
    answer = ask(app_client, name)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMATS[name].media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    if name == "text":
        assert answer.text == f"{TEXT}\n"
    elif name == "json":
        assert answer.content.split(b'"timings_ms"')[0] == ask_plain(app_client).content.split(b'"timings_ms"')[0]
    elif name == "tsv":
        assert answer.text.splitlines()[-1].endswith("\t总")
    else:
        ElementTree.fromstring(answer.content)
        assert "总" in answer.text


def ask_plain(client):
    return client.post("/ocr", files={"file": b"image"})


def test_a_searchable_pdf(app_client):
    answer = ask(app_client, "pdf", PICTURE)
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    assert document[0].get_textpage().get_text_range() == "总"  # the one word that the reader of these tests tells


def test_a_format_that_does_not_exist_is_refused(app_client):
    answer = ask(app_client, "doc")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_option")
    assert "text, json, hocr, alto, tsv, pdf" in answer.json()["error"]


def test_events_are_json_only(app_client):
    assert ask(app_client, "hocr", path="/ocr/stream").json()["code"] == "bad_option"
    assert ask(app_client, "json", path="/ocr/stream").status_code == 200


def test_errors_are_json_in_every_format(app_client):
    answer = ask(app_client, "alto", b"damaged")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_image")
    assert answer.headers["content-type"] == "application/json"


def test_an_image_that_cannot_be_put_into_a_pdf_is_an_error_and_no_crash(app_client):
    assert ask(app_client, "pdf", b"no image for the PDF").json()["code"] == "not_an_image"


def test_formats_do_not_share_a_place_in_the_cache():
    assert len({key_of(b"a", ReadOptions(), "m", name) for name in FORMATS}) == len(FORMATS)


def test_without_its_library_a_pdf_is_refused_by_name(monkeypatch):
    images = Images(Settings(), None, None, None)
    assert images.wanted(Form((b"",), {"format": "pdf"})).options.granularity == "word"
    monkeypatch.setattr("services.images.find_spec", lambda name: None)
    with pytest.raises(BadOption, match="extra `pdf`"):
        images.wanted(Form((b"",), {"format": "pdf"}))


def test_openapi_tells_of_every_format():
    post = DOCUMENT["paths"]["/ocr"]["post"]
    assert set(post["responses"]["200"]["content"]) == {form.media_type for form in FORMATS.values()}
    assert post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["format"]["enum"] == [
        *FORMATS
    ]
    stream = DOCUMENT["paths"]["/ocr/stream"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert "format" not in stream["properties"]
