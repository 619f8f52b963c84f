"""From the start to the end of the gRPC service: health, limits, deadlines, keys, TLS, SIGTERM."""

import subprocess
import threading
from functools import partial

import grpc
import pytest
import trustme
from fake_reader import MAX_BYTES, app_with_fake
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_serving import IN_FLIGHT, begun, connected, grpc_started, health_of, log_of, read, refused, request
from serving import PATIENCE_S, free_port, held, let_go, wait_until

from services.grpc_app import ocr_pb2
from services.grpc_app.server import main

READ = "/ocr_pair.v1.Ocr/Read"
SERVING, NOT_SERVING = 1, 2


@pytest.fixture(scope="module")
def small():
    """A service that reads one image at once while one waits."""
    with grpc_started(OCR_THREADS="1", OCR_QUEUE="1", OCR_MAX_BYTES=str(MAX_BYTES)) as server:
        yield server


@pytest.fixture(scope="module")
def hasty():
    """A service that has little time."""
    with grpc_started(OCR_RECEIVE_S="1", OCR_DEADLINE_MS="500") as server:
        yield server


def test_not_ready_until_the_canary_has_been_read():
    with (
        grpc_started(ready=False, canary_is_held=True) as server,
        grpc.insecure_channel(server.address, [("grpc.initial_reconnect_backoff_ms", 100)]) as channel,
        connected(server.address) as stub,
    ):
        assert health_of(channel).status == NOT_SERVING
        code, identifier, _, retry = refused(stub.Read, request(b"image"), timeout=PATIENCE_S)
        assert (code, identifier, retry) == (grpc.StatusCode.UNAVAILABLE, "not_ready", 1)
        health = health_pb2_grpc.HealthStub(channel)
        watched = health.Watch(health_pb2.HealthCheckRequest(service="ocr_pair.v1.Ocr"), timeout=PATIENCE_S)
        assert next(watched).status == NOT_SERVING
        let_go(server.address)
        assert next(watched).status == SERVING
        assert read(stub, b"image").page.text


def test_more_than_it_holds_is_refused_with_a_time_to_try_again(small):
    with connected(small.address) as stub, held(small.address):
        inside = [begun(stub), begun(stub)]
        wait_until(lambda: small.metric(IN_FLIGHT) == 2)
        code, identifier, sentence, retry = refused(read, stub, b"image", fresh=True)
        assert (code, identifier) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "overloaded")
        assert "more work than it can hold" in sentence
        assert retry >= 1
        let_go(small.address)
        assert [call.result().page.model for call in inside] == ["fake-00000000"] * 2
        wait_until(lambda: small.metric(IN_FLIGHT) == 0)
        assert read(stub, b"image").page.text
        assert small.metric('ocr_requests_total{method="POST",route="/ocr_pair.v1.Ocr/Read",status="503"}') == 1


def test_identical_calls_are_read_once(small):
    wait_until(lambda: small.metric(IN_FLIGHT) == 0)
    read_before = small.metric('ocr_stage_seconds_count{stage="decode"}')
    with (
        connected(small.address) as stub,
        grpc.insecure_channel(small.address) as channel,
        held(small.address),
    ):
        calls = [stub.Read.future(request(b"held"), timeout=PATIENCE_S) for _ in range(2)]
        wait_until(lambda: small.metric(IN_FLIGHT) == 2)
        assert health_of(channel).status == SERVING  # its loop has done with both calls before it says this
        let_go(small.address)
        assert calls[0].result() == calls[1].result()
        found = {dict(call.trailing_metadata())["x-cache"] for call in calls}
    assert found == {"miss", "coalesced"}
    assert small.metric('ocr_stage_seconds_count{stage="decode"}') == read_before + 1


def test_work_of_callers_who_cancel_or_run_out_of_time_is_dropped(small):
    dropped = 'ocr_dropped_total{reason="caller_gone"}'
    route = 'ocr_requests_total{method="POST",route="/ocr_pair.v1.Ocr/Read",status="%s"}'
    wait_until(lambda: small.metric(IN_FLIGHT) == 0)
    with connected(small.address) as stub:
        with held(small.address):
            patient = begun(stub)
            wait_until(lambda: small.metric(IN_FLIGHT) == 1)
            left = begun(stub, b"image")
            wait_until(lambda: small.metric(IN_FLIGHT) == 2)
            assert left.cancel()
            wait_until(lambda: small.metric(route % 499) == 1)
            let_go(small.address)
            assert patient.result().page.text
        wait_until(lambda: small.metric(IN_FLIGHT) == 0)
        assert small.metric(dropped) == 1

        def is_told_late():
            """Its time may be over on a busy machine before the service has heard of it: then there is another."""
            with held(small.address):
                assert begun(stub, timeout=0.3).code() is grpc.StatusCode.DEADLINE_EXCEEDED
            wait_until(lambda: small.metric(IN_FLIGHT) == 0)
            return small.metric(route % 504)

        wait_until(is_told_late)
        wait_until(lambda: small.metric("ocr_deadline_misses_total") == small.metric(route % 504))


def test_a_stream_that_nobody_hears_is_ended(small):
    with connected(small.address) as stub:
        events = stub.ReadStream(ocr_pb2.ReadStreamRequest(images=[b"endless"]), timeout=PATIENCE_S)
        assert [next(events).WhichOneof("event") for _ in range(4)] == ["page", "line", "line", "line"]
        events.cancel()
        wait_until(lambda: small.metric(IN_FLIGHT) == 0)


def test_a_message_that_does_not_arrive_is_given_up(hasty):
    ended = threading.Event()
    with grpc.insecure_channel(hasty.address) as channel:

        def nothing():
            ended.wait(PATIENCE_S)
            yield b""

        answer = refused(channel.stream_unary(READ), nothing(), timeout=PATIENCE_S)
        ended.set()
    assert answer[:2] == (grpc.StatusCode.DEADLINE_EXCEEDED, "too_slow")


def test_the_service_ends_what_takes_longer_than_it_allows(hasty):
    with connected(hasty.address) as stub, held(hasty.address):

        def end():
            """On a busy machine the call itself may have been too slow."""
            code, identifier, sentence, _ = refused(read, stub, b"held", fresh=True)
            assert code is grpc.StatusCode.DEADLINE_EXCEEDED
            return identifier == "deadline_exceeded" and sentence

        assert wait_until(end) == "The picture was not read within the time that was given for it."


@pytest.fixture(scope="module")
def guarded():
    """A service that asks for keys, and counts."""
    with grpc_started(OCR_API_KEYS="alpha-7, beta-8", OCR_RATE_LIMIT="2/minute") as server:
        yield server


def test_keys_and_rates(guarded):
    with connected(guarded.address) as stub, grpc.insecure_channel(guarded.address) as channel:
        for key in (None, "ALPHA-7"):
            assert refused(read, stub, b"image", key=key)[:2] == (grpc.StatusCode.UNAUTHENTICATED, "unauthorized")
        assert [read(stub, b"image", key="alpha-7").page.model for _ in range(2)] == ["fake-00000000"] * 2
        code, identifier, _, retry = refused(read, stub, b"image", key="alpha-7")
        assert (code, identifier) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "too_many_requests")
        assert 1 <= retry <= 60
        bearer = (("authorization", "Bearer beta-8"),)
        assert stub.Read(request(b"image"), metadata=bearer, timeout=PATIENCE_S).page.text
        assert health_of(channel).status == SERVING


def test_a_call_is_one_line_of_the_log_without_its_content():
    with grpc_started(stderr=subprocess.PIPE) as server, connected(server.address) as stub:
        read(stub, b"image")
        refused(read, stub, b"damaged")
        server.process.terminate()
        lines = log_of(server.process)
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["route"], line["status"], line.get("code")) for line in requests] == [
        ("/ocr_pair.v1.Ocr/Read", 200, None),
        ("/ocr_pair.v1.Ocr/Read", 422, "unreadable_image"),
    ]
    assert all(line["received"] and line["sent"] for line in requests)
    assert "总计" not in str(lines)


def certificates(folder, authority):
    """Write a new certificate for 127.0.0.1; return the settings that name it."""
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return {"OCR_GRPC_TLS_CERT": str(folder / "cert.pem"), "OCR_GRPC_TLS_KEY": str(folder / "key.pem")}


def trusting(authority, client=None):
    """Return a caller's credentials: whom it trusts, and who it is."""
    chain = (client.private_key_pem.bytes(), client.cert_chain_pems[0].bytes()) if client else (None, None)
    return grpc.ssl_channel_credentials(authority.cert_pem.bytes(), *chain)


def test_tls_a_certificate_that_is_renewed_and_callers_who_must_have_one(tmp_path):
    old, new, callers = trustme.CA(), trustme.CA(), trustme.CA()
    callers.cert_pem.write_to_path(tmp_path / "ca.pem")
    known, stranger = callers.issue_cert("caller.example"), trustme.CA().issue_cert("caller.example")
    settings = {**certificates(tmp_path, old), "OCR_GRPC_TLS_CLIENT_CA": str(tmp_path / "ca.pem")}
    with grpc_started(**settings) as server:
        with connected(server.address, trusting(old, known)) as stub:
            assert read(stub, b"image").page.text
        for credentials in (trusting(new, known), trusting(old), trusting(old, stranger)):
            with connected(server.address, credentials) as stub, pytest.raises(grpc.RpcError) as failed:
                read(stub, b"image")
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
        certificates(tmp_path, new)
        with connected(server.address, trusting(new, known)) as stub:
            assert read(stub, b"image").page.text


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"OCR_THREADS": "many"}, "OCR_THREADS='many' is not an integer"),
        ({"OCR_WORKERS": "2"}, "OCR_WORKERS=2: the gRPC service is one process; start several behind a balancer"),
        (
            {"OCR_GRPC_TLS_CERT": __file__},
            "TLS needs a certificate and its key; set OCR_GRPC_TLS_CERT and OCR_GRPC_TLS_KEY",
        ),
    ],
)
def test_bad_setting_ends_the_start_with_a_sentence(settings, sentence, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == sentence


@pytest.mark.parametrize("taken", ["PORT", "OCR_METRICS_PORT"])
def test_a_port_that_is_taken_ends_the_start_with_a_sentence(small, taken, monkeypatch):
    port = small.address.rpartition(":")[2]
    for name in ("PORT", "OCR_METRICS_PORT"):
        monkeypatch.setenv(name, port if name == taken else str(free_port()))
    with pytest.raises(SystemExit) as ended:
        main(partial(app_with_fake, "grpc"))
    assert f"{taken}={port}" in ended.value.code
