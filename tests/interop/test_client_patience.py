"""How long the Python client waits, how often it asks, and what it makes of the answers of others."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, closing

import httpx
import pytest
from both_clients import kinds, pairs, services
from ocr_pair.client import (
    AsyncClient,
    Client,
    DeadlineExceeded,
    DoneEvent,
    OcrClientError,
    PageEvent,
    Refused,
    TryLater,
    UnexpectedAnswer,
    Unreachable,
)
from real_servers import SERVICES
from serving import PATIENCE_S, free_port, held, in_flight, let_go, metric, running, started, wait_until

from services.readings import TOO_LATE

SMALL = {"OCR_THREADS": "1", "OCR_QUEUE": "1", "OCR_API_KEYS": "secret"}


@pytest.fixture(scope="module")
def small_services():
    """{name: address} of services that read one picture, hold another, and ask for a key."""
    with ExitStack() as stack:
        yield {service: stack.enter_context(running(service, **SMALL)) for service in SERVICES}


@pairs
def test_overload_is_waited_for_as_the_service_asks(kind, service, small_services):
    address = small_services[service]

    def read_held():
        with Client(address, key="secret") as client:
            client.read(b"held", fresh=True)

    def refused():
        return metric(address, 'ocr_rejected_total{reason="overloaded"}')

    def is_told_at_once():
        """It would be asked to wait for longer than it has; on a busy machine its time may be over before."""
        with pytest.raises((TryLater, DeadlineExceeded)) as caught:
            client.read(b"image", deadline_s=0.5)
        return caught.type is TryLater

    with (
        ThreadPoolExecutor(3) as pool,
        kind(address, key="secret", attempts=1) as hasty,
        kind(address, key="secret", deadline_s=PATIENCE_S) as client,
        held(address),
    ):
        others = [pool.submit(read_held) for _ in range(2)]
        wait_until(in_flight(address, 2))
        with pytest.raises(TryLater, match=r"\(503 overloaded\)$") as caught:
            hasty.read(b"image")
        assert caught.value.retry_after >= 1
        wait_until(is_told_at_once)
        before = refused()
        patient = pool.submit(client.read, b"image")
        wait_until(lambda: refused() > before)
        let_go(address)
        assert patient.result().text.startswith("总计")
        assert type(list(client.stream([b"image"]))[-1]) is DoneEvent
        assert [other.result() for other in others] == [None, None]


@pairs
def test_deadline_reaches_the_service(kind, service, small_services):
    address = small_services[service]

    def says_so_itself():
        """On a busy machine our own words may come first."""
        with held(address), kind(address, key="secret") as client, pytest.raises(DeadlineExceeded) as caught:
            client.read(b"held", deadline_s=0.3)
        wait_until(in_flight(address, 0))
        return str(caught.value) == TOO_LATE

    wait_until(says_so_itself)


@kinds
@services
def test_key_is_sent(kind, service, small_services):
    with kind(small_services[service]) as client, pytest.raises(Refused, match=r"\(401 unauthorized\)$"):
        client.read(b"image")


def test_service_that_starts_late_is_waited_for():
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (
        Client(address, attempts=1) as client,
        pytest.raises(Unreachable, match=f"^{address}/ocr cannot be reached: "),
    ):
        client.read(b"image")
    with ThreadPoolExecutor(1) as pool, Client(address, attempts=500, deadline_s=PATIENCE_S) as client:
        asked = pool.submit(client.read, b"image")
        with started("fastapi", ready=False, PORT=str(port)):
            assert asked.result().model == "fake-00000000"


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "sentence"),
    [
        (
            200,
            {},
            b"<html>",
            UnexpectedAnswer,
            "The answer is not that of an OCR service: the answer: Invalid JSON",
        ),
        (200, {}, b'{"text": 7}', UnexpectedAnswer, "text: Input should be a valid string"),
        (502, {}, b"<html>", UnexpectedAnswer, "http://x/ocr answers 502 Bad Gateway."),
        (503, {"Retry-After": "7"}, b"<html>", TryLater, "http://x/ocr answers 503 Service Unavailable."),
        (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, b"", TryLater, "503"),
        (503, {"Retry-After": "soon"}, b"[]", TryLater, "503"),
        (504, {}, b'{"error": "Late.", "code": "deadline_exceeded"}', DeadlineExceeded, "Late."),
    ],
)
def test_what_a_proxy_may_answer(status, headers, body, error, sentence):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=body))
    with Client("http://x", attempts=1, transport=transport) as client, pytest.raises(error) as caught:
        client.read(b"image")
    assert sentence in str(caught.value)
    assert isinstance(caught.value, OcrClientError)
    if "Retry-After" in headers:
        assert caught.value.retry_after == {"7": 7, "soon": 1}.get(headers["Retry-After"], 0)


def test_attempts_and_their_deadlines_are_bounded():
    deadlines = []

    def busy(request):
        deadlines.append(int(request.headers["X-Deadline-Ms"]))
        return httpx.Response(503, headers={"Retry-After": "0.01"}, json={"error": "Busy.", "code": "overloaded"})

    with Client("http://x", attempts=3, transport=httpx.MockTransport(busy)) as client, pytest.raises(TryLater):
        client.read(b"image", deadline_s=1000)
    assert len(deadlines) == 3
    assert 1_000_000 >= deadlines[0] > deadlines[1] > deadlines[2] > 900_000


@services
def test_stream_that_is_left_ends_the_reading(service, small_services):
    address = small_services[service]
    with Client(address, key="secret") as client, closing(client.stream([b"endless"])) as events:
        assert isinstance(next(events), PageEvent)

    async def leave():
        async with AsyncClient(address, key="secret") as client, aclosing(client.stream([b"endless"])) as events:
            return await anext(events)

    assert isinstance(asyncio.run(leave()), PageEvent)
    wait_until(in_flight(address, 0))
