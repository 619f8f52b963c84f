import os
from pathlib import Path

import pytest

from ocr_core.sizing import Cpus
from services.settings import Settings, SettingsError, from_environment


def test_defaults_of_an_empty_environment():
    assert from_environment({}) == Settings(
        host="127.0.0.1",
        port=8000,
        max_bytes=20 * 1024 * 1024,
        max_pixels=40_000_000,
        threads=len(os.sched_getaffinity(0)),
        recognizer=None,
        threshold="off",
    )


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("PORT", "9001", "port", 9001),
        ("OCR_MAX_BYTES", "1000", "max_bytes", 1000),
        ("OCR_QUEUE", "5", "queue", 5),
        ("OCR_CONNECTIONS", "100", "connections", 100),
        ("OCR_MAX_PIXELS", "2000", "max_pixels", 2000),
        ("OCR_THREADS", "3", "threads", 3),
        ("OCR_WORKERS", "2", "workers", 2),
        ("OCR_INTRA_OP", "2", "intra_op", 2),
        ("OCR_DEADLINE_MS", "500", "deadline_ms", 500),
        ("OCR_DRAIN_DELAY_S", "0", "drain_delay_s", 0),
        ("OCR_GRACE_S", "9", "grace_s", 9),
        ("OCR_CACHE_BYTES", "1000", "cache_bytes", 1000),
        ("OCR_CACHE_URL", "redis://:secret@host/1", "cache_url", "redis://:secret@host/1"),
        ("OCR_CACHE_TTL_S", "60", "cache_ttl_s", 60),
        ("OCR_METRICS", "off", "metrics", False),
        ("OCR_LOG", "off", "log", False),
        ("PROMETHEUS_MULTIPROC_DIR", str(Path(__file__).parent), "figures", Path(__file__).parent),
        ("OCR_RECOGNIZER", __file__, "recognizer", Path(__file__)),
        ("OCR_DETECTOR", "plain", "detector", "plain"),
        ("OCR_DETECTOR", "network", "detector", "network"),
        ("OCR_THRESHOLD", "auto", "threshold", "auto"),
        ("OCR_MAX_PAGES", "7", "max_pages", 7),
        ("OCR_PEER_URL", "http://127.0.0.1:8001/", "peer_url", "http://127.0.0.1:8001"),
        ("PORT", "", "port", 8000),
    ],
)
def test_field(name, text, field, value):
    assert getattr(from_environment({name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("PORT", "abc", "PORT='abc' is not an integer"),
        ("PORT", "70000", "PORT='70000' is not a port; choose 1-65535"),
        ("OCR_MAX_BYTES", "abc", "OCR_MAX_BYTES='abc' is not an integer"),
        ("OCR_MAX_PIXELS", "0", "OCR_MAX_PIXELS='0' is not at least 1"),
        ("OCR_THREADS", "-1", "OCR_THREADS='-1' is not at least 1"),
        ("OCR_RECOGNIZER", "/nowhere.onnx", "OCR_RECOGNIZER='/nowhere.onnx' is not a file"),
        ("OCR_GRACE_S", "0", "OCR_GRACE_S='0' is not at least 1"),
        ("OCR_GRACE_S", "9999999999", "OCR_GRACE_S=9999999999 is more than 1,000,000,000"),
        ("OCR_DEADLINE_MS", "2000000000000", "OCR_DEADLINE_MS=2000000000000 is more than 1,000,000,000,000"),
        ("OCR_RATE_LIMIT", "20/minute;1/hour", "OCR_RATE_LIMIT='20/minute;1/hour' holds several rates; write one"),
        ("OCR_CACHE_BYTES", "-1", "OCR_CACHE_BYTES='-1' is not at least 0"),
        ("OCR_METRICS", "yes", "OCR_METRICS='yes' does not exist; choose one of on, off"),
        (
            "OCR_CACHE_URL",
            "http://:secret@x",
            "OCR_CACHE_URL is not an address of Redis, such as redis://127.0.0.1:6379/0",
        ),
        (
            "OCR_CACHE_URL",
            "redis://[::1",
            "OCR_CACHE_URL is not an address of Redis, such as redis://127.0.0.1:6379/0",
        ),
        (
            "OCR_PEER_URL",
            "http://[::1",
            "OCR_PEER_URL='http://[::1' is no origin; write for example http://127.0.0.1:8001",
        ),
        (
            "OCR_CORS_ORIGINS",
            "http://[::1",
            "OCR_CORS_ORIGINS='http://[::1' is no origin; write for example https://example.org",
        ),
        ("OCR_WORKERS", "20000", "OCR_WORKERS=20000 is more than 1,024"),
        ("OCR_THREADS", "20000", "OCR_THREADS=20000 is more than 1,024"),
        ("OCR_INTRA_OP", "20000", "OCR_INTRA_OP=20000 is more than 1,024"),
        (
            "PROMETHEUS_MULTIPROC_DIR",
            "/proc",
            "PROMETHEUS_MULTIPROC_DIR='/proc' takes no files: No such file or directory",
        ),
        ("PROMETHEUS_MULTIPROC_DIR", "/nowhere", "PROMETHEUS_MULTIPROC_DIR='/nowhere' is not a folder"),
        (
            "OCR_PEER_URL",
            "http://a; script-src *",
            "OCR_PEER_URL='http://a; script-src *' is no origin; write for example http://127.0.0.1:8001",
        ),
        ("OCR_THRESHOLD", "maybe", "OCR_THRESHOLD='maybe' does not exist; choose one of off, on, auto"),
    ],
)
def test_bad_value_is_named(name, text, complaint):
    with pytest.raises(SettingsError) as caught:
        from_environment({name: text})
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("0.0.0.0", "http://localhost:80/"),
        ("::1", "http://[::1]:80/"),
    ],
)
def test_url(host, url):
    assert Settings(host=host, port=80).url == url


def test_the_cpus_are_shared_out():
    cpus = len(os.sched_getaffinity(0))
    assert from_environment({"OCR_WORKERS": str(cpus)}).threads == 1
    assert from_environment({"OCR_WORKERS": str(2 * cpus)}).threads == 1
    assert from_environment({"OCR_INTRA_OP": str(cpus)}).threads == 1
    assert from_environment({"OCR_WORKERS": "2", "OCR_THREADS": "7"}).threads == 7


@pytest.mark.parametrize(
    ("cpus", "workers", "threads", "workers_advised"),
    [(2, 1, 2, None), (3, 1, 3, None), (4, 1, 4, 2), (16, 1, 16, 8), (16, 8, 2, None), (2, 1, 8, None)],
)
def test_who_has_more_cpus_than_a_process_uses_is_told(cpus, workers, threads, workers_advised):
    settings = Settings(workers=workers, threads=threads, cpus=Cpus(cpus))
    assert (f"OCR_WORKERS={workers_advised} " in settings.advice) if workers_advised else settings.advice == ""


def test_secrets_are_not_printed():
    assert "secret" not in repr(from_environment({"OCR_CACHE_URL": "redis://:secret@host/1"}))
