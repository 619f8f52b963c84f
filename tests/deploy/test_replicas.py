"""Two replicas behind nginx, as `deploy/nginx` has it: one killed and one drained under load, nothing lost."""

import itertools
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from redis import Redis
from redis_server import PROGRAM as REDIS
from redis_server import redis_server
from replicas import NGINX, NGINX_FILES, ROOT, Replica, balanced, replicas
from serving import PATIENCE_S, holding, http, refuses, wait_until

from services.contract import error_answer, too_many_bytes
from services.endpoint import body_limit
from services.settings import Settings

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx is installed")
needs_redis = pytest.mark.skipif(REDIS is None, reason="no redis-server is installed")


@dataclass
class Tally:
    """What callers saw."""

    right: int = 0
    wrong: list = field(default_factory=list)


@contextmanager
def load(address, callers, picture):
    """Yield the tally of `callers` that send one request after the other until the end of the block.

    `picture(number)` returns the image of a request and the text that must come back.
    """
    tally, over, numbers = Tally(), threading.Event(), itertools.count()

    def call():
        with httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client:
            while not over.is_set():
                image, text = picture(next(numbers))
                fresh = {"Cache-Control": "no-store"}
                try:
                    answer = client.post("/ocr", files={"file": ("a.png", image)}, headers=fresh)
                except httpx.TransportError as error:
                    tally.wrong.append(repr(error))
                    continue
                if answer.status_code == 200 and answer.json()["text"] == text:
                    tally.right += 1
                else:
                    tally.wrong.append((answer.status_code, answer.text[:200]))

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        over.set()
        for thread in threads:
            thread.join()


def more(tally, count):
    """Wait until `count` more requests have come back."""
    goal = tally.right + len(tally.wrong) + count
    wait_until(lambda: tally.right + len(tally.wrong) >= goal)


def fake_picture(number):
    """Return an image that the fake reader takes FAKE_CANARY_S for, so that a kill always finds work in flight."""
    image = b"\x89PNG" + b"x" * (number % 500)
    return image, f"总计 12.50 off auto {len(image)}"


def test_one_replica_killed_and_one_drained_lose_nothing(tmp_path):
    # one replica of each service in one pool: they give the same answers
    with (
        replicas("fastapi", "flask", OCR_THREADS="4", FAKE_CANARY_S="0.05") as (first, second),
        balanced(tmp_path, (first, second)) as address,
        load(address, 8, fake_picture) as tally,
    ):
        more(tally, 40)
        first.kill()
        more(tally, 40)
        first.start().wait_ready()
        more(tally, 40)
        assert second.drain() in (0, -15)
        more(tally, 40)
    assert tally.wrong == []


@pytest.mark.scale
@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_real_replicas_killed_and_drained_over_and_over_lose_nothing(service, tmp_path):
    names = ("line-en", "line-zh", "notice")
    images = [(ROOT / f"examples/{name}.png").read_bytes() for name in names]
    with replicas(service, service, real=True, OCR_THREADS="1") as pool, balanced(tmp_path, pool) as address:
        texts = [
            httpx.post(f"{address}/ocr", files={"file": ("a.png", image)}, timeout=PATIENCE_S).json()["text"]
            for image in images
        ]
        pictures = list(zip(images, texts, strict=True))
        with load(address, 8, lambda number: pictures[number % 3]) as tally:
            for round_ in range(6):
                more(tally, 60)
                victim = pool[round_ % 2]
                if round_ < 3:
                    victim.kill()
                else:
                    assert victim.drain() in (0, -15)
                more(tally, 60)
                victim.start().wait_ready()
        assert tally.wrong == []
        assert tally.right >= 720


def upload(client, image, path="/ocr", **options):
    return client.post(path, files={"file": ("a.png", image)}, timeout=PATIENCE_S, **options)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """(client of nginx, replicas): one of each service, with little room."""
    with (
        replicas("fastapi", "flask", OCR_THREADS="1", OCR_QUEUE="1", FAKE_CANARY_S="0.3") as members,
        balanced(tmp_path_factory.mktemp("pair"), members) as address,
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        yield client, members


def test_who_is_refused_everywhere_gets_the_services_503_and_its_time(pair):
    client, _ = pair
    answers = []

    def ask():
        with httpx.Client(base_url=client.base_url, trust_env=False) as own:
            answers.append(upload(own, b"\x89PNG", headers={"Cache-Control": "no-store"}))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_status = {status: [a for a in answers if a.status_code == status] for status in (200, 503)}
    assert len(by_status[200]) >= 4  # one runs and one waits in each replica: the second try found free places
    assert len(by_status[200]) + len(by_status[503]) == 12
    for refused in by_status[503]:
        assert refused.json()["code"] == "overloaded"
        assert int(refused.headers["Retry-After"]) >= 1


def test_events_of_a_stream_pass_one_by_one(pair):
    client, _ = pair
    with client.stream("POST", "/ocr/stream", files={"file": ("a.png", b"endless")}, timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        events = (line for line in answer.iter_lines() if line.startswith("event:"))
        # the stream has no end: to see an event at all is to see it before the end
        assert list(itertools.islice(events, 4)) == ["event: page", *["event: line"] * 3]


def test_what_is_too_large_is_refused_in_the_words_of_the_service(pair):
    client, _ = pair
    expected = error_answer(too_many_bytes(Settings().max_bytes))
    over = upload(client, b"x" * (Settings().max_bytes + 100_000))  # by the service
    far_over = upload(client, b"x" * 29_000_000)  # by nginx
    for answer in (over, far_over):
        assert (answer.status_code, answer.content) == (413, expected.body)
        assert answer.headers["Content-Type"] == "application/json"


def test_limit_of_nginx_is_above_the_limit_of_the_service():
    text = (NGINX_FILES / "ocr-pair-proxy.conf").read_text(encoding="utf-8")
    assert "client_max_body_size 27m;" in text
    assert "client_body_buffer_size 27m;" in text
    assert body_limit(Settings()) < 27 << 20
    assert f"proxy_read_timeout {Settings().deadline_ms // 1000 + 5}s;" in text
    assert f"client_body_timeout {Settings().receive_s}s;" in text


def test_metrics_are_not_for_strangers(pair):
    client, (fastapi, flask) = pair
    assert client.get("/metrics").status_code == 404
    assert all(http.get(f"{replica.address}/metrics").status_code == 200 for replica in (fastapi, flask))


@contextmanager
def stopped(service, **environment):
    """Yield a `Replica` that has not been started; it is killed at the end."""
    replica = Replica(service, **environment)
    try:
        yield replica
    finally:
        replica.kill()


def test_a_replica_that_loads_is_passed_over(tmp_path):
    with (
        replicas("flask", OCR_THREADS="2") as (ready,),
        stopped("fastapi") as late,
        balanced(tmp_path, (ready, late)) as address,
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
        holding(late.address, canary=True) as hold,
    ):
        late.start(**hold)
        wait_until(lambda: not refuses(late.address))
        # its 503 comes at once, so least_conn would send everything there
        assert {upload(client, b"x").status_code for _ in range(20)} == {200}


def test_no_replica_at_all_is_a_503_with_a_time(tmp_path):
    with replicas("fastapi") as (only,), balanced(tmp_path, (only,)) as address:
        only.kill()
        answer = http.post(f"{address}/ocr", files={"file": ("a.png", b"x")})
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert answer.headers["Retry-After"] == "1"


@needs_redis
def test_replicas_share_what_they_read_and_live_without_redis(tmp_path):
    with (
        redis_server() as (url, server),
        replicas(
            "fastapi", "flask", OCR_CACHE_URL=url, OCR_THREADS="1", FAKE_BOUNDS="cache.TIMEOUT_S=60"
        ) as members,
        balanced(tmp_path, members) as address,
    ):
        by_address = [httpx.Client(base_url=member.address, trust_env=False) for member in members]
        first = upload(by_address[0], b"shared")
        with Redis.from_url(url) as kept:
            wait_until(kept.dbsize)  # it is kept once the answer is on its way
        second = upload(by_address[1], b"shared")
        assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
        assert first.json()["text"] == second.json()["text"]
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert {upload(client, b"shared").headers["X-Cache"] for _ in range(6)} == {"hit"}
            server.kill()
            server.wait()
            answers = [upload(client, b"shared") for _ in range(6)]
        assert {answer.status_code for answer in answers} == {200}
        for client in by_address:
            client.close()
