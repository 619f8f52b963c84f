"""The Python client, waiting and awaited, against both services under their production servers."""

import asyncio
from pathlib import Path

import pytest
from both_clients import kinds, services
from documents import text_pdf, without_page
from ocr_pair.client import (
    AsyncClient,
    DeadlineExceeded,
    DoneEvent,
    ErrorEvent,
    LineEvent,
    PageEvent,
    Refused,
    Size,
    UnexpectedAnswer,
    UnreadEvent,
    UnreadPage,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTICE = EXAMPLES / "notice.png"
TEXT = (EXAMPLES / "notice.txt").read_text(encoding="utf-8").rstrip("\n")


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
    assert page.lines >= 4  # places that are looked at; one may give no line
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


@services
def test_many_tasks_share_a_client(service, real_services):
    async def read_all():
        async with AsyncClient(real_services[service].address) as client:
            pages = await asyncio.gather(*[client.read(EXAMPLES / "line-en.png", fresh=True) for _ in range(8)])
            return {page.text for page in pages}

    assert asyncio.run(read_all()) == {(EXAMPLES / "line-en.txt").read_text(encoding="utf-8").strip()}
