"""Answers kept in memory and in a real Redis, which may be slow or down."""

import signal
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from redis import Redis
from redis_server import PROGRAM, redis_server
from serving import FAST, PATIENCE_S, free_port, held, http, in_flight, let_go, metric, running, wait_until

from ocr_core.types import ReadOptions
from services import cache
from services.metrics import Metrics
from services.settings import Settings

needs_redis = pytest.mark.skipif(PROGRAM is None, reason="no redis-server is installed")


@pytest.fixture
def patient(monkeypatch):
    """Redis has time to answer, however busy the machine is."""
    monkeypatch.setattr(cache, "TIMEOUT_S", PATIENCE_S)


def make(**settings):
    settings = Settings(**settings)
    metrics = Metrics(settings)
    return cache.AnswerCache(settings, metrics), metrics


def failures(metrics):
    return metrics._registry.get_sample_value("ocr_redis_failures_total")


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


@needs_redis
def test_two_workers_share_what_redis_keeps(patient):
    with redis_server() as (url, _):
        (first, _), (second, _) = make(cache_url=url), make(cache_url=url, cache_bytes=1000)
        assert second.get("a") is None
        first.put("a", b"answer")
        assert second.get("a") == b"answer"
    assert second.get("a") == b"answer"  # its own memory has it now


@needs_redis
def test_redis_forgets_after_its_time(patient):
    with redis_server() as (url, _):
        shared, _ = make(cache_url=url, cache_ttl_s=100)
        shared.put("a", b"answer")
        assert shared.get("a") == b"answer"
        assert 0 < shared._redis._client.ttl("a") <= 100
        shared, _ = make(cache_url=url, cache_ttl_s=1)
        shared.put("a", b"answer")
        wait_until(lambda: shared.get("a") is None)


def test_a_redis_that_is_down_is_asked_once_in_a_while(monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    shared, metrics = make(cache_url=f"redis://127.0.0.1:{free_port()}/0")
    for _ in range(50):
        assert shared.get("a") is None
        shared.put("a", b"a")
    assert failures(metrics) == 1
    shared._redis._paused_until = time.monotonic()
    assert shared.get("a") is None
    assert failures(metrics) == 2


@needs_redis
def test_a_redis_that_hangs_costs_little_and_is_used_again_afterwards(monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    with redis_server() as (url, process):
        with monkeypatch.context() as patience:
            patience.setattr(cache, "TIMEOUT_S", PATIENCE_S)
            make(cache_url=url)[0].put("a", b"answer")
        shared, metrics = make(cache_url=url)
        process.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(shared.get, ["a"] * 400)) == {None}
        assert 1 <= failures(metrics) <= 4  # each thread waits once at most; the other questions are not asked
        process.send_signal(signal.SIGCONT)

        def is_used_again():
            shared._redis._paused_until = time.monotonic()
            return shared.get("a") == b"answer"

        wait_until(is_used_again)


@needs_redis
@pytest.mark.parametrize("stored", [b"hello", b"", b"x" * 31, b"x" * 500])
def test_what_is_no_answer_of_ours_is_a_miss(stored, patient):
    with redis_server() as (url, _):
        shared, metrics = make(cache_url=url, cache_bytes=1000)
        shared._redis._client.set("a", stored)
        assert shared.get("a") is None
        shared.put("a", b"answer")
        assert shared._redis.get("a") == b"answer"
        assert failures(metrics) == 0


@contextmanager
def server_that_says(words):
    """Yield the port of a server that answers all that it is sent with `words`."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            while self.request.recv(4096):
                self.request.sendall(words)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True  # the client keeps its connection

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    "words", [b"$abc\r\n", b"+OK\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\r\n", b"*-7\r\n"]
)
def test_a_server_that_is_no_redis_costs_misses_alone(words, monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    with server_that_says(words) as port:
        shared, metrics = make(cache_url=f"redis://127.0.0.1:{port}/0")
        for _ in range(3):
            assert shared.get("a") is None
            shared.put("a", b"answer")
        assert failures(metrics) <= 1


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
