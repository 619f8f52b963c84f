"""A real Redis as a cache: slow, down, full, with a password, and with values that are no answers of ours."""

import signal
import socket
import socketserver
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from redis import Redis
from redis_server import PROGRAM, redis_server
from serving import PATIENCE_S, free_port, started, wait_until

from services import cache
from services.lifecycle import FAILED_TO_START
from services.metrics import Metrics
from services.settings import Settings, SettingsError

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


def name_of(key, **settings):
    """Return the name under which Redis has the answer of `key`."""
    return cache.space_of(Settings(**settings)) + key


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
        assert 0 < shared._redis._client.ttl(name_of("a")) <= 100
        shared, _ = make(cache_url=url, cache_ttl_s=1)
        shared.put("a", b"answer")
        wait_until(lambda: shared.get("a") is None)


def test_a_redis_that_is_down_is_asked_once_in_a_while(monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    shared, metrics = make(cache_url=f"redis://127.0.0.1:{free_port()}/0")
    for _ in range(50):
        assert shared.get("a") is None
        shared.put("a", b"a")
    assert failures(metrics) == 2  # one when it was asked, one when it was told
    shared._redis._reading.paused_until = time.monotonic()
    assert shared.get("a") is None
    assert failures(metrics) == 3


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
            shared._redis._reading.paused_until = time.monotonic()
            return shared.get("a") == b"answer"

        wait_until(is_used_again)


@needs_redis
@pytest.mark.parametrize("stored", [b"hello", b"", b"x" * 31, b"x" * 500])
def test_what_is_no_answer_of_ours_is_a_miss(stored, patient):
    with redis_server() as (url, _):
        shared, metrics = make(cache_url=url, cache_bytes=1000)
        shared._redis._client.set(name_of("a"), stored)
        assert shared.get("a") is None
        shared.put("a", b"answer")
        assert shared._redis.get("a") == b"answer"
        assert failures(metrics) == 0


@needs_redis
@pytest.mark.parametrize("settings", [{"detector": "network"}, {"max_pixels": 1000}])
def test_services_that_answer_differently_share_nothing(settings, patient):
    with redis_server() as (url, _):
        (first, _), (second, _) = make(cache_url=url), make(cache_url=url, **settings)
        first.put("a", b"answer")
        assert second.get("a") is None
        second.put("a", b"other")
        assert (first.get("a"), second.get("a")) == (b"answer", b"other")


@needs_redis
def test_the_answer_to_another_question_is_a_miss(patient):
    with redis_server() as (url, _):
        shared, _ = make(cache_url=url)
        shared.put("a", b"answer")
        shared._redis._client.rename(name_of("a"), name_of("b"))
        assert shared.get("b") is None


@needs_redis
def test_what_has_another_type_is_a_miss_until_it_is_read_once(patient, monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    with redis_server() as (url, _):
        shared, _ = make(cache_url=url)
        shared._redis._client.lpush(name_of("a"), "answer")
        assert shared.get("a") is None
        shared.put("a", b"answer")
        assert make(cache_url=url)[0].get("a") == b"answer"


@needs_redis
def test_a_full_redis_tells_what_it_has(patient, monkeypatch):
    monkeypatch.setattr(cache, "PAUSE_S", 600.0)
    with redis_server() as (url, _):
        shared, metrics = make(cache_url=url)
        shared.put("a", b"answer")
        with Redis.from_url(url) as full:
            full.config_set("maxmemory", "1")
            shared.put("b", b"answer")
        assert failures(metrics) == 1
        assert (shared.get("a"), shared.get("b")) == (b"answer", None)
        assert failures(metrics) == 1


@needs_redis
def test_the_password_is_asked_for_and_not_shown(patient):
    with redis_server() as (url, _), Redis.from_url(url) as guarded:
        guarded.config_set("requirepass", "secret")
        for user, failed in (("", 2), (":wrong@", 2), (":secret@", 0)):
            shared, metrics = make(cache_url=url.replace("//", f"//{user}"))
            shared.put("a", b"answer")
            assert shared.get("a") == (None if failed else b"answer")
            assert failures(metrics) == failed
    with pytest.raises(SettingsError) as refused:
        make(cache_url="redis://:sec/ret@127.0.0.1")
    assert str(refused.value) == cache.UNUSABLE  # what is wrong is not shown: it may be a piece of the password


def test_an_address_that_is_not_found_holds_nobody_up(monkeypatch):
    found = threading.Event()
    monkeypatch.setattr(cache, "TIMEOUT_S", 0.001)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(PATIENCE_S) and [])
    shared, metrics = make(cache_url="redis://nowhere/0")
    assert shared.get("a") is None
    assert not found.is_set()
    assert failures(metrics) == 1
    found.set()


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
        assert failures(metrics) <= 2


@pytest.mark.parametrize("service", ["flask", "fastapi"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_that_cannot_be_used_ends_the_start_with_a_sentence(service, workers):
    settings = {"OCR_WORKERS": workers, "OCR_THREADS": "1", "OCR_CACHE_URL": "redis://:sec/ret@127.0.0.1"}
    with started(service, subprocess.STDOUT, ready=False, **settings) as (_, process):
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert cache.UNUSABLE in said.splitlines()
        assert "Traceback" not in said
        assert "sec" not in said
        assert process.returncode in (1, FAILED_TO_START)
