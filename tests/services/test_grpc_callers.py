"""Callers of the gRPC service who take nothing, send slowly, only connect, or ask for a lot."""

import asyncio
import resource
import socket
import threading
from contextlib import ExitStack, suppress

import grpc
import pytest
from fake_reader import FakeReader
from grpc_serving import connected, grpc_started, read, refusal, request
from serving import PATIENCE_S, http, place_of, wait_until

from services.grpc_app import handlers, ocr_pb2
from services.service import OcrService
from services.settings import Settings

READ = "/ocr_pair.v1.Ocr/Read"
IN_FLIGHT = "ocr_requests_in_flight"
ROUTE = 'ocr_requests_total{method="POST",route="/ocr_pair.v1.Ocr/%s",status="%s"}'
WORDY = {"FAKE_TALK": "20000", "OCR_MAX_BYTES": "1000000", "OCR_HELD_BYTES": "1500000"}
"""Answers larger than what the library takes ahead for a caller, and room for one large message."""


def asked_for_many(stub, size=9000):
    """Return a call that has asked for 100 readings, and takes their events only when it is told to."""
    return stub.ReadStream(ocr_pb2.ReadStreamRequest(images=[b"a" * size] * 100), timeout=PATIENCE_S)


def test_events_that_nobody_takes_hold_up_nobody():
    with (
        grpc_started(**WORDY) as server,
        connected(server.address) as stub,
        connected(server.address) as other,
    ):
        events = asked_for_many(stub)
        assert next(events).WhichOneof("event") == "page"
        wait_until(lambda: server.metric(IN_FLIGHT) == 0)

        def room_again():
            """The loop may hear a moment later that all has been read."""
            with suppress(grpc.RpcError):
                return read(other, b"x" * 700_000, fresh=True).page.text

        wait_until(room_again)
        assert len([event for event in events if event.WhichOneof("event") == "done"]) == 100


def test_who_takes_too_little_is_given_up_and_holds_up_no_end():
    with grpc_started(FAKE_BOUNDS="wire.SEND_S=0.3", **WORDY) as server, connected(server.address) as stub:
        events = asked_for_many(stub)
        next(events)
        wait_until(lambda: server.metric(ROUTE % ("ReadStream", 504)) == 1)
        with pytest.raises(grpc.RpcError) as failed:
            list(events)
        assert refusal(failed.value)[:3] == (
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "deadline_exceeded",
            "Too little of the answer was taken within the time that there is for it.",
        )
        unheard = asked_for_many(stub)
        wait_until(lambda: server.metric(ROUTE % ("ReadStream", 504)) == 2)
        server.process.terminate()
        assert server.process.wait(PATIENCE_S) == 0
        assert not unheard.cancelled()


class Context:
    """A call as the library tells of it, whose answer is taken when the test wants it."""

    def __init__(self, message):
        self.message, self.written, self.ended = message, [], None
        self.answered, self.takes = asyncio.Event(), asyncio.Event()

    def invocation_metadata(self):
        return (("cache-control", "no-store"),)

    def time_remaining(self):
        return None

    def peer(self):
        return "ipv4:127.0.0.1:7"

    def set_trailing_metadata(self, metadata):
        self.ended = 0

    async def read(self):
        return self.message.SerializeToString()

    async def write(self, response):
        self.answered.set()
        await self.takes.wait()
        self.written.append(response)

    async def abort(self, code, *_):
        self.ended = code
        await self.takes.wait()


@pytest.fixture
def service():
    service = OcrService(Settings(), FakeReader())
    ready = threading.Event()
    service.lifecycle.when_ready(ready.set)
    service.start()
    assert ready.wait(PATIENCE_S)
    yield service
    service.stop()


def test_an_answer_on_its_way_is_waited_for(service):
    """At the end of the process too: its size may be megabytes, and its way slow."""

    async def ask():
        calls, context = handlers.Handlers(service), Context(request(b"image"))
        asked = asyncio.create_task(calls.read(None, context))
        await context.answered.wait()
        running = calls.running
        context.takes.set()
        await asked
        return running, calls.running, context

    before, after, context = asyncio.run(ask())
    assert (before, after, context.ended) == (1, 0, 0)
    assert ocr_pb2.ReadResponse.FromString(*context.written).page.text


def test_an_answer_that_is_not_taken_is_not_waited_for(service, monkeypatch):
    monkeypatch.setattr(handlers, "SEND_S", 0.01)

    async def ask():
        calls, context = handlers.Handlers(service), Context(request(b"image"))
        asked = asyncio.create_task(calls.read(None, context))
        while context.ended is None:
            await asyncio.sleep(0.01)
        running = calls.running
        context.takes.set()
        await asked
        return running, context.ended

    assert asyncio.run(ask()) == (0, grpc.StatusCode.DEADLINE_EXCEEDED)


def test_a_deadline_that_ends_while_the_message_arrives_is_no_hang_up():
    with grpc_started() as server, grpc.insecure_channel(server.address) as channel:
        ended = threading.Event()

        def nothing():
            ended.wait(PATIENCE_S)
            yield b""

        def is_counted():
            """On a busy machine the service may not have heard of it in time."""
            with pytest.raises(grpc.RpcError):
                channel.stream_unary(READ)(nothing(), timeout=0.5)
            return server.metric(ROUTE % ("Read", 504))

        wait_until(is_counted)
        ended.set()


def test_a_stream_goes_on_beyond_the_age_of_its_connection():
    bounds = {"FAKE_BOUNDS": "grpc_app.server.CONNECTION_AGE_S=1", "OCR_DEADLINE_MS": "500"}
    with grpc_started(**bounds) as server, connected(server.address) as stub:
        events = stub.ReadStream(ocr_pb2.ReadStreamRequest(images=[b"endless"] * 9), timeout=PATIENCE_S)
        assert [event.file for event in events if event.WhichOneof("event") in ("done", "error")] == list(range(9))


def test_connections_that_say_nothing_hold_up_nobody():
    """More of them than descriptors that a process has in many places."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = stack.enter_context(grpc_started(FAKE_BOUNDS="wire.HEAD_S=1"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        place = place_of(f"http://{server.address}")
        idle = [stack.enter_context(socket.create_connection(place, timeout=PATIENCE_S)) for _ in range(200)]
        assert http.get(f"{server.probes}/healthz").status_code == 200
        with connected(server.address) as stub:
            assert read(stub, b"image").page.text
        while idle[-1].recv(100):  # the library introduces itself, and gives up who does not
            pass


@pytest.mark.skipif(not socket.has_ipv6, reason="There is no IPv6 here.")
def test_both_ports_listen_on_ipv6():
    with grpc_started(HOST="::1", ready=False) as server:
        assert "listens on ::1:" in server.process.stdout.readline()
        probes = server.probes.replace("127.0.0.1", "[::1]")
        assert http.get(f"{probes}/readyz").status_code == 200
        with connected(server.address.replace("127.0.0.1", "[::1]")) as stub:
            assert read(stub, b"image").page.text
