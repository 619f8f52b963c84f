"""The Python client, waiting and awaited, against both services under their production servers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, closing
from pathlib import Path

import httpx
import pytest
from documents import text_pdf, without_page
from ocr_pair.client import (
    AsyncClient,
    Client,
    DeadlineExceeded,
    DoneEvent,
    ErrorEvent,
    LineEvent,
    OcrClientError,
    PageEvent,
    Refused,
    Size,
    TryLater,
    UnexpectedAnswer,
    Unreachable,
    UnreadEvent,
    UnreadPage,
)
from real_servers import SERVICES
from serving import PATIENCE_S, free_port, held, in_flight, let_go, metric, running, started, wait_until

from services.readings import TOO_LATE

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTICE = EXAMPLES / "notice.png"
TEXT = (EXAMPLES / "notice.txt").read_text(encoding="utf-8").rstrip("\n")
SMALL = {"OCR_THREADS": "1", "OCR_QUEUE": "1", "OCR_API_KEYS": "secret"}


class Awaited:
    """An `AsyncClient` with the methods of `Client`, so that one test asks both."""

    def __init__(self, *arguments, **options):
        self._loop = asyncio.new_event_loop()
        self._client = AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        return lambda *arguments, **options: self._loop.run_until_complete(
            getattr(self._client, name)(*arguments, **options)
        )

    def stream(self, *arguments, **options):
        events = self._client.stream(*arguments, **options)
        try:
            while True:
                yield self._loop.run_until_complete(anext(events))
        except StopAsyncIteration:
            return
        finally:
            self._loop.run_until_complete(events.aclose())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._loop.run_until_complete(self._client.__aexit__(None, None, None))
        self._loop.close()


kinds = pytest.mark.parametrize("kind", [Client, Awaited])
services = pytest.mark.parametrize("service", SERVICES)
pairs = pytest.mark.parametrize(("kind", "service"), [(Client, "flask"), (Awaited, "fastapi")])
"""For what takes seconds."""


@pytest.fixture(scope="module")
def small_services():
    """{name: address} of services that read one picture, hold another, and ask for a key."""
    with ExitStack() as stack:
        yield {service: stack.enter_context(running(service, **SMALL)) for service in SERVICES}


@pytest.fixture
def client(kind, service, real_services):
    with kind(real_services[service].address) as client:
        yield client


@kinds
@services
def test_reading_is_typed(client):
    page = client.read(NOTICE)
    assert page.text == TEXT
    assert [line.text for line in page.results] == TEXT.splitlines()
    assert page.image == Size(466, 242)
    assert page.model == client.model()
    assert page.timings_ms.total > 0
    assert page.warnings == ()
    first = page.results[0]
    assert first.bbox == (*first.polygon[0], *first.polygon[2])
    assert (first.words, first.characters) == ((), ())
    with pytest.raises(AttributeError):
        page.text = ""


@kinds
@services
def test_options_reach_the_service(client):
    (line,) = client.read(EXAMPLES.joinpath("line-en.png").read_bytes(), mode="line", granularity="char").results
    assert " ".join(word.text for word in line.words) == line.text
    assert "".join(one.text for one in line.characters) == line.text.replace(" ", "")
    assert line.words[1].start == len(line.words[0].text) + 1
    assert client.read_as("text", str(NOTICE)).decode().rstrip("\n") == TEXT
    assert client.read_as("pdf", NOTICE).startswith(b"%PDF-")
    assert b"ocrx_word" in client.read_as("hocr", NOTICE, fresh=True)


@kinds
@services
def test_documents_have_their_pages(client):
    scan = client.read_as("pdf", NOTICE)
    document = client.read_document(scan)
    assert [(page.page, page.text) for page in document.pages] == [(1, TEXT)]
    assert (document.page_count, document.text, document.warnings) == (1, TEXT, ())
    assert client.read_document(scan, "1", pdf_text="keep").pages[0].model == "embedded"
    events = list(client.stream([scan]))
    assert {(event.page, event.pages) for event in events[:-1]} == {(1, 1)}
    assert events[-1].result.pages[0].results == document.pages[0].results
    damaged = without_page(text_pdf("one", "two"), 1)
    first, *_ = client.stream([damaged])
    assert first == UnreadEvent(0, 1, 1, 2, "It is damaged.", "unreadable_image")
    partly = client.read_document(damaged)
    assert [page.text for page in partly.pages] == ["two"]
    assert partly.unread == (UnreadPage(1, "It is damaged.", "unreadable_image"),)
    with pytest.raises(UnexpectedAnswer, match=r"^The file is a document: `read_document` gives its pages\.$"):
        client.read(scan)


@kinds
@services
def test_stream_tells_each_line_and_each_file(client):
    events = list(client.stream([NOTICE, b"no image", EXAMPLES / "line-zh.png"]))
    assert [type(event) for event in events if event.file == 0] == [PageEvent, *[LineEvent] * 4, DoneEvent]
    assert {event.files for event in events} == {3}
    page, *lines, done, error = events[:7]
    assert page.lines == 4
    assert sorted(line.text for line in lines) == sorted(TEXT.splitlines())
    assert done.result.text == TEXT
    assert isinstance(error, ErrorEvent)
    assert (error.file, error.status, error.code) == (1, 415, "not_an_image")
    assert events[-1].result.text == (EXAMPLES / "line-zh.txt").read_text(encoding="utf-8").strip()


@kinds
@services
def test_errors_are_sentences_with_our_codes(client, tmp_path):
    with pytest.raises(Refused, match=r"This is not an image.+\. \(415 not_an_image\)$") as caught:
        client.read(b"no image")
    assert (caught.value.status, caught.value.code) == (415, "not_an_image")
    with pytest.raises(Refused, match=r"\(400 empty_input\)$"):
        client.read(b"")
    with pytest.raises(Refused, match=r"\(400 bad_option\)$"):
        client.read(NOTICE, mode="book")
    with pytest.raises(Refused, match=r"\(400 missing_file\)$"):
        list(client.stream([]))
    with pytest.raises(FileNotFoundError):
        client.read(tmp_path / "missing.png")
    with pytest.raises(DeadlineExceeded, match=r"^There was no answer within 1e-09 s\.$"):
        client.read(NOTICE, deadline_s=1e-9)


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
def test_many_tasks_share_a_client(service, real_services):
    async def read_all():
        async with AsyncClient(real_services[service].address) as client:
            pages = await asyncio.gather(*[client.read(EXAMPLES / "line-en.png", fresh=True) for _ in range(8)])
            return {page.text for page in pages}

    assert asyncio.run(read_all()) == {(EXAMPLES / "line-en.txt").read_text(encoding="utf-8").strip()}


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
