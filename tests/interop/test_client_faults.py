"""The Python client, waiting and awaited, before answers that are cut off, too slow, or of something else."""

import asyncio
import os
import time

import httpx
import pytest
from ocr_pair.client import DeadlineExceeded, DoneEvent, PageEvent, UnexpectedAnswer, Unreachable
from serving import held, in_flight, let_go, running, wait_until
from test_client import AsyncClient, kinds

PAGE = 'event: page\ndata: {"file": 0, "files": 2, "image": {"width": 1, "height": 1}, "lines": 1}\n\n'
ERROR = 'event: error\ndata: {"file": %d, "files": 2, "status": 422, "error": "Damaged.", "code": "x"}\n\n'
EVENTS = {"Content-Type": "text/event-stream"}


def answering(status=200, **answer):
    """Return a transport that gives each request the same answer, and keeps the requests in `asked`."""
    asked = []

    def handle(request):
        asked.append(request)
        return httpx.Response(status, **answer)

    transport = httpx.MockTransport(handle)
    transport.asked = asked
    return transport


class Dripping(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of a byte now and then, for longer than anybody waits."""

    def __iter__(self):
        for _ in range(3000):
            time.sleep(0.01)
            yield b" "

    async def __aiter__(self):
        for piece in self:
            yield piece


@kinds
@pytest.mark.parametrize("events", ["", PAGE, PAGE + ERROR % 0])
def test_a_stream_that_ends_before_its_last_file_is_no_success(kind, events):
    """As a proxy ends it that has lost a service with HTTP/1.0, where the end is that of the connection."""
    told = []
    with (
        kind("http://x", transport=answering(headers=EVENTS, text=events)) as client,
        pytest.raises(Unreachable, match=r"^The answer broke off before the last picture was read\.$"),
    ):
        told.extend(client.stream([b"a", b"b"]))
    assert len(told) == events.count("event: ")


@kinds
def test_a_stream_that_ends_with_an_error_of_its_last_file_is_whole(kind):
    with kind("http://x", transport=answering(headers=EVENTS, text=PAGE + ERROR % 0 + ERROR % 1)) as client:
        assert [event.file for event in client.stream([b"a", b"b"])] == [0, 0, 1]


@kinds
def test_an_answer_of_something_else_is_an_error_of_ours(kind):
    with kind("http://x", transport=answering(text="<html>")) as client:
        with pytest.raises(UnexpectedAnswer, match=r"^The answer is not that of an OCR service: "):
            list(client.stream([b"a"]))
        with pytest.raises(UnexpectedAnswer, match=r"^The answer is not that of an OCR service: "):
            client.model()
    for status in (200, 503):
        packed = answering(status, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
        with kind("http://x", transport=packed) as client, pytest.raises(UnexpectedAnswer, match="unpacked"):
            client.read(b"a")


@kinds
def test_an_answer_that_drips_is_given_up_at_the_deadline(kind):
    with (
        kind("http://x", transport=answering(stream=Dripping())) as client,
        pytest.raises(DeadlineExceeded, match=r"^There was no answer within 0\.2 s\.$"),
    ):
        client.read(b"a", deadline_s=0.2)


@kinds
def test_who_has_no_time_left_asks_nothing(kind):
    transport = answering(json={})
    with kind("http://x", transport=transport) as client:
        with pytest.raises(DeadlineExceeded):
            client.read(b"a", deadline_s=0)
        with pytest.raises(DeadlineExceeded):
            list(client.stream([b"a"], deadline_s=0))
    assert transport.asked == []


@kinds
def test_a_stream_waits_no_longer_for_a_connection_than_a_reading_does(kind):
    transport = answering(headers=EVENTS, text=ERROR % 1)
    with kind("http://x", transport=transport) as client:
        list(client.stream([b"a", b"b"], deadline_s=2))
        list(client.stream([b"a", b"b"], deadline_s=1000))
    short, long = (request.extensions["timeout"] for request in transport.asked)
    assert short["connect"] <= 2
    assert long["connect"] == 5
    assert short["read"] == long["read"] == 60


@kinds
def test_a_key_is_sent_in_utf_8_and_without_the_end_of_its_line(kind):
    transport = answering(headers=EVENTS, text=ERROR % 1)
    with kind("http://x", key="schlüssel\n", transport=transport) as client:
        list(client.stream([b"a", b"b"]))
    assert dict(transport.asked[0].headers.raw)[b"Authorization"] == "Bearer schlüssel".encode()


@kinds
def test_a_file_whose_name_is_no_text_is_sent(kind, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(b"image")
    transport = answering(headers=EVENTS, text=ERROR % 1)
    with kind("http://x", transport=transport) as client:
        list(client.stream([path, b"b"]))
    assert b'filename="caf?.png"' in transport.asked[0].read()


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_a_task_that_is_cancelled_leaves_the_service_and_the_client_usable(service):
    async def cancel_and_read_on(address):
        async with AsyncClient(address) as client:
            reading = asyncio.create_task(client.read(b"held", fresh=True))
            events = client.stream([b"image", b"held"], fresh=True)
            told = [await anext(events) for _ in range(3)]
            last = asyncio.create_task(anext(events))
            await asyncio.to_thread(wait_until, in_flight(address, 2))
            for task in (reading, last):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            let_go(address)
            await asyncio.to_thread(wait_until, in_flight(address, 0))
            return told, await client.read(b"image")

    with running(service, OCR_THREADS="2") as address, held(address):
        (page, _, done), answer = asyncio.run(cancel_and_read_on(address))
    assert (type(page), type(done)) == (PageEvent, DoneEvent)
    assert answer == done.result
