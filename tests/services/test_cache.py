"""Answers kept in memory, and what the services make of it and of a real Redis."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis_server import PROGRAM, redis_server
from serving import FAST, held, http, in_flight, let_go, metric, running, wait_until

from ocr_core.types import ReadOptions
from services import cache
from services.metrics import Metrics
from services.settings import Settings

needs_redis = pytest.mark.skipif(PROGRAM is None, reason="no redis-server is installed")


def make(**settings):
    settings = Settings(**settings)
    metrics = Metrics(settings)
    return cache.AnswerCache(settings, metrics), metrics


def test_key_holds_all_that_decides_the_answer():
    keys = {
        cache.key_of(image, ReadOptions(threshold=threshold, mode=mode), model)
        for image in (b"a", b"b")
        for threshold in ("off", "on")
        for mode in ("auto", "line")
        for model in ("m1", "m2")
    }
    assert len(keys) == 16
    assert cache.key_of(b"a", ReadOptions(), "m1") == cache.key_of(b"a", ReadOptions(), "m1")


def test_memory_is_bounded_in_bytes_and_forgets_the_oldest():
    memory, metrics = make(cache_bytes=3 * (100 + cache.OVERHEAD))
    for name in "abc":
        memory.put(name, name.encode() * 100)
    assert memory.get("a") == b"a" * 100
    memory.put("d", b"d" * 100)
    assert [memory.get(name) is not None for name in "abcd"] == [True, False, True, True]
    memory.put("huge", b"x" * 10_000)
    assert memory.get("huge") is None
    assert metrics._registry.get_sample_value("ocr_cache_bytes") == 3 * (100 + cache.OVERHEAD)


def test_no_cache_is_configured_by_default():
    memory, _ = make()
    memory.put("a", b"a")
    assert memory.get("a") is None


def upload(address, content=b"image", **headers):
    return http.post(f"{address}/ocr", files={"file": ("a.png", content)}, headers=headers)


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_the_second_answer_comes_from_the_cache_to_the_byte(service):
    with running(service, OCR_CACHE_BYTES="100000") as address:
        first = upload(address)
        wait_until(lambda: metric(address, "ocr_cache_bytes"))  # it is kept once the answer is on its way
        second = upload(address)
        assert [answer.headers["X-Cache"] for answer in (first, second)] == ["miss", "hit"]
        assert first.content == second.content
        assert upload(address, b"other").headers["X-Cache"] == "miss"
        assert upload(address, **{"Cache-Control": "no-store"}).headers["X-Cache"] == "miss"
        errors = [upload(address, b"damaged") for _ in range(2)]
        assert [answer.status_code for answer in errors] == [422, 422]
        assert "X-Cache" not in errors[1].headers


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_identical_requests_in_flight_are_read_once(service):
    with running(service, OCR_THREADS="2") as address, ThreadPoolExecutor(5) as pool, held(address):
        asked = [pool.submit(upload, address, b"held") for _ in range(5)]
        wait_until(in_flight(address, 5))
        # a request is in flight a moment before it joins another: time for a whole reading is more than a moment
        assert http.post(f"{address}/ocr", **FAST).status_code == 200
        let_go(address)
        answers = [answer.result() for answer in asked]
        assert sorted(answer.headers["X-Cache"] for answer in answers) == ["coalesced"] * 4 + ["miss"]
        assert len({answer.content for answer in answers}) == 1
        assert metric(address, 'ocr_stage_seconds_count{stage="decode"}') == 2


@needs_redis
def test_flask_and_fastapi_share_a_redis_and_live_without_it():
    with redis_server() as (url, process):
        settings = {"OCR_CACHE_URL": url, "FAKE_BOUNDS": "cache.TIMEOUT_S=60"}
        with running("flask", **settings) as flask, running("fastapi", **settings) as fastapi:
            assert upload(flask).headers["X-Cache"] == "miss"
            with Redis.from_url(url) as kept:
                wait_until(kept.dbsize)  # it is kept once the answer is on its way
            assert upload(fastapi).headers["X-Cache"] == "hit"
            process.kill()
            process.wait()
            for address in (flask, fastapi):
                answer = upload(address)
                assert (answer.status_code, answer.headers["X-Cache"]) == (200, "miss")
                assert metric(address, "ocr_redis_failures_total") >= 1


@needs_redis
@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_a_service_reads_although_redis_hangs(service):
    with redis_server() as (url, process), running(service, OCR_CACHE_URL=url) as address:
        process.send_signal(signal.SIGSTOP)
        answer = upload(address)
        assert (answer.status_code, answer.headers["X-Cache"]) == (200, "miss")
        assert metric(address, "ocr_redis_failures_total") >= 1
