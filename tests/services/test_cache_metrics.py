"""`ocr_cache_total` tells where readings came from, and counts none that was not made."""

import pytest
from serving import http, metric, running

SERVICES = ("flask", "fastapi")
REFUSED = 'ocr_rejected_total{reason="not_an_image"}'


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_not_read_is_in_no_count(service):
    def counts():
        """Return (misses, hits, refused)."""
        kinds = ('ocr_cache_total{result="miss"}', 'ocr_cache_total{result="hit"}', REFUSED)
        return tuple(metric(address, kind) or 0 for kind in kinds)

    def post(path, *contents):
        return http.post(address + path, files=[("file", ("a", content)) for content in contents])

    with running(service, OCR_CACHE_BYTES="1000000") as address:
        assert post("/ocr", b"text").status_code == 415
        assert counts() == (0, 0, 1)
        assert post("/ocr", b"image").headers["X-Cache"] == "miss"
        assert counts() == (1, 0, 1)
        told = post("/ocr/stream", b"text", b"damaged", b"image", b"other", b"image").text
        assert (told.count("event: done"), told.count("event: error")) == (3, 2)
        assert counts() == (2, 2, 2)
