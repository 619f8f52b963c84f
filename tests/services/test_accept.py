"""The header Accept, which chooses the format where the form names none."""

import pytest

from services.accept import format_for
from services.contract import NotAcceptable


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json, text/plain, */*", "json"),
        ("text/plain", "text"),
        ("TEXT/PLAIN; charset=utf-8", "text"),
        ("text/*", "text"),
        ("text/vnd.hocr+html", "hocr"),
        ("application/xml", "alto"),
        ("text/tab-separated-values", "tsv"),
        ("application/pdf;q=0.9, application/json;q=0.5", "pdf"),
        ("image/*", "png"),
        ("text/plain;q=0, */*;q=0.1", "json"),
        ("application/json;q=0, text/html, */*;q=0.1", "text"),
        ("application/pdf;q=much", "pdf"),
        (",,", "json"),
    ],
)
def test_accept_chooses_the_format(accept, name):
    assert format_for(accept) == name


@pytest.mark.parametrize("accept", ["text/html", "audio/*", "application/json;q=0", "json"])
def test_what_no_format_is_is_not_acceptable(accept):
    with pytest.raises(NotAcceptable, match="application/json, text/plain"):
        format_for(accept)


def test_accept_is_asked_where_the_form_names_no_format(app_client):
    def accepting(accept, **options):
        return app_client.post("/ocr", files={"file": b"image"}, data=options, headers={"Accept": accept})

    assert accepting("text/plain").headers["content-type"] == "text/plain; charset=utf-8"
    assert accepting("text/plain", format="tsv").headers["content-type"].startswith("text/tab-separated-values")
    refused = accepting("text/html")
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    assert accepting("text/html", format="json").status_code == 200
