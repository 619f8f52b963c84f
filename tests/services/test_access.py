"""Keys, rates and CORS on both services; without settings there is none of them."""

from contextlib import ExitStack, suppress

import httpx
import pytest
from serving import PATIENCE_S, running, wait_until

from services.access import Access
from services.contract import TooManyRequests, Unauthorized
from services.settings import Settings
from services.wire import HeldBytes

ORIGIN = "https://app.example"
RATE = 4
BEYOND_ASCII = "Schlüssel-总à"
"""In UTF-8 its last byte is a space of Latin-1."""

FILE = {"file": ("a.png", b"image")}


@pytest.fixture(scope="module", params=["flask", "fastapi"])
def guarded(request):
    """The client of a service that asks for keys, counts, and lets one origin in."""
    environment = {
        "OCR_API_KEYS": f"alpha-7, beta-8, {BEYOND_ASCII}",
        "OCR_RATE_LIMIT": f"{RATE}/minute",
        "OCR_CORS_ORIGINS": ORIGIN,
        "OCR_THREADS": "2",
    }
    with ExitStack() as stack:
        address = stack.enter_context(running(request.param, **environment))
        yield stack.enter_context(httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer alpha"},
        {"Authorization": "Basic alpha-7"},
        {"Authorization": "Bearer alpha-7, beta-8"},
        {"X-API-Key": ""},
        {"X-API-Key": "ALPHA-7"},
        {"X-API-Key": "总".encode()},
    ],
)
def test_without_a_known_key_nothing_is_read(guarded, headers):
    answer = guarded.post("/ocr", files=FILE, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [{"X-API-Key": b"%b"}, {"Authorization": b"Bearer  %b"}])
def test_a_key_beyond_ascii_is_sent_as_utf_8(guarded, header):
    sent = {name: value % BEYOND_ASCII.encode() for name, value in header.items()}
    assert guarded.post("/ocr", files=FILE, headers=sent).status_code == 200


def test_pages_and_health_need_no_key(guarded):
    for path in ("/", "/healthz", "/readyz", "/openapi.json"):
        assert guarded.get(path).status_code == 200


def test_each_key_has_its_share(guarded):
    first = [guarded.post("/ocr", files=FILE, headers={"X-API-Key": "alpha-7"}) for _ in range(RATE + 1)]
    assert [answer.status_code for answer in first] == [200] * RATE + [429]
    assert first[-1].json()["code"] == "too_many_requests"
    assert 1 <= int(first[-1].headers["Retry-After"]) <= 60
    assert guarded.post("/ocr", files=FILE, headers={"Authorization": "Bearer beta-8"}).status_code == 200


def test_a_known_origin_may_ask_and_another_may_not(guarded):
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    known = guarded.options("/ocr", headers={"Origin": ORIGIN, **asks})
    assert (known.status_code, known.content) == (204, b"")
    assert known.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert known.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in known.headers["Access-Control-Allow-Headers"]
    other = guarded.options("/ocr", headers={"Origin": "https://evil.example", **asks})
    assert other.status_code == 405
    assert "Access-Control-Allow-Origin" not in other.headers
    assert other.headers["Vary"] == "Origin"
    answer = guarded.get("/readyz", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    refused = guarded.post("/ocr", files=FILE, headers={"Origin": ORIGIN})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)


def test_without_settings_every_sender_is_let_in_and_no_origin(app_client):
    answer = app_client.post("/ocr", files=FILE, headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_key_is_compared_whatever_was_sent(monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(other) or one == other)
    access = Access(Settings(api_keys=("a", "b", "c")))
    access.check({"X-API-Key": "a"}.get, "")
    with pytest.raises(Unauthorized):
        access.check({}.get, "")
    assert len(compared) == 6
    assert {len(digest) for digest in compared} == {32}


def test_the_page_of_the_other_service_may_ask():
    access, asking = Access(Settings(peer_url=ORIGIN)), {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = access.preflight("OPTIONS", asking.get, "POST")
    assert answer is not None
    assert "Cache-Control" in answer.headers["Access-Control-Allow-Headers"]  # readings of its own, for their times
    assert access.cors_headers({"Origin": "https://evil.example"}.get) == {"Vary": "Origin"}


def test_without_keys_an_address_has_its_share():
    access = Access(Settings(rate_limit="1/minute"))
    access.check({}.get, "10.0.0.1")
    access.check({}.get, "10.0.0.2")
    with pytest.raises(TooManyRequests):
        access.check({}.get, "10.0.0.1")


def test_the_share_comes_back():
    access = Access(Settings(rate_limit="1/second"))
    access.check({}.get, "10.0.0.1")

    def passes():
        with suppress(TooManyRequests):
            access.check({}.get, "10.0.0.1")
            return True

    wait_until(passes)


def test_held_bytes_come_back():
    held = HeldBytes(10)
    for _ in range(3):
        with held.share() as share:
            share.take(6)
            with pytest.raises(Exception, match="more work than it can hold"), held.share() as other:
                other.take(5)
            share.take(4)
