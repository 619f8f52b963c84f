"""POST /ocr/stream on both services: the events, their order, errors in between, callers that leave."""

import json
import re
import time

import httpx
import pytest
from serving import PATIENCE_S, held, http, in_flight, let_go, metric, running, started, wait_until

from services.contract import Answer
from services.stream import Call, Stream, _Events

LINE = {"bbox": [10, 20, 110, 44], "polygon": [[10, 20], [110, 20], [110, 44], [10, 44]], "confidence": 0.9877}


def events_of(lines):
    """Yield (event, data) of the lines of a stream of server-sent events, as a browser would."""
    event, data = "", ""
    for line in lines:
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
        elif not line and event:
            yield event, data
            event = ""


def files(*contents):
    return [("file", ("a.png", content)) for content in contents]


def stream(client, *contents, **options):
    with client.stream("POST", "/ocr/stream", files=files(*contents), data=options) as answer:
        assert answer.status_code == 200
        return answer.headers, list(events_of(answer.iter_lines()))


def test_one_file_gives_page_line_and_done(app_client):
    headers, events = stream(app_client, b"image")
    text = "总计 12.50 off auto 5"
    result = app_client.post("/ocr", files=files(b"image")).json()
    place = {"file": 0, "files": 1}
    assert events == [
        ("page", {**place, "image": {"width": 320, "height": 64}, "lines": 1}),
        ("line", {**place, "text": text, **LINE}),
        ("done", {**place, "result": result}),
    ]
    assert headers["content-type"].partition(";")[0] == "text/event-stream"
    assert headers["cache-control"] == "no-store"
    assert "x-request-id" in headers


def test_files_are_read_in_turn_and_a_bad_one_ends_only_itself(app_client):
    _, events = stream(app_client, b"image", b"damaged", b"", b"bug", b"images", mode="line")
    assert [(event, data["file"]) for event, data in events] == [
        ("page", 0),
        ("line", 0),
        ("done", 0),
        ("error", 1),
        ("error", 2),
        ("error", 3),
        ("page", 4),
        ("line", 4),
        ("done", 4),
    ]
    place = {"files": 5}
    assert [data for event, data in events if event == "error"] == [
        {**place, "file": 1, "status": 422, "error": "The PNG is damaged.", "code": "unreadable_image"},
        {**place, "file": 2, "status": 400, "error": "The file is empty.", "code": "empty_input"},
        {
            **place,
            "file": 3,
            "status": 500,
            "error": "Something went wrong on our side; the image may be fine.",
            "code": "internal_error",
        },
    ]
    assert events[-1][1]["result"]["text"] == "总计 12.50 off line 6"


def test_events_come_while_the_next_file_is_read(app_client):
    address = str(app_client.base_url)
    with (
        held(address),
        app_client.stream("POST", "/ocr/stream", files=files(b"image", b"held")) as answer,
    ):
        events = events_of(answer.iter_lines())
        assert [next(events)[0] for _ in range(3)] == ["page", "line", "done"]
        let_go(address)
        assert [event for event, _ in events] == ["page", "line", "done"]


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"files": {"other": b"image"}}, 400, "missing_file"),
        ({"files": files(b"image"), "data": {"mode": "all"}}, 400, "bad_option"),
        ({"content": b"image"}, 400, "missing_file"),
        ({"files": files(b"x" * 300_000)}, 413, "too_many_bytes"),
        ({"files": files(b"image"), "headers": {"X-Deadline-Ms": "0"}}, 400, "bad_option"),
    ],
)
def test_what_is_wrong_with_the_whole_request_is_answered_as_ever(app_client, request_, status, code):
    answer = app_client.post("/ocr/stream", **request_)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_each_file_has_the_deadline_of_a_request(app_client):
    wanted = {"files": files(b"image", b"endless", b"image"), "headers": {"X-Deadline-Ms": "700"}}

    def only_the_endless_one_is_late():
        """On a busy machine the others may be late as well, but not each time."""
        with app_client.stream("POST", "/ocr/stream", **wanted) as answer:
            ends = [one for one in events_of(answer.iter_lines()) if one[0] in ("done", "error")]
        assert [data["file"] for _, data in ends] == [0, 1, 2]
        return [data.get("code", event) for event, data in ends] == ["done", "deadline_exceeded", "done"]

    wait_until(only_the_endless_one_is_late)


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_work_of_a_caller_who_leaves_is_dropped(service):
    with running(service, OCR_THREADS="1", OCR_QUEUE="1") as address:
        for _ in range(3):  # more than may run and wait
            with http.stream("POST", f"{address}/ocr/stream", files=files(b"endless")) as answer:
                events = events_of(answer.iter_lines())
                assert [next(events)[0] for _ in range(3)] == ["page", "line", "line"]
            wait_until(in_flight(address, 0))
        assert http.post(f"{address}/ocr", files=files(b"image")).status_code == 200


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_cached_answers_give_the_same_events(service):
    with (
        running(service, OCR_CACHE_BYTES="1000000") as address,
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        first, second = (stream(client, b"image", b"image!", granularity="line")[1] for _ in range(2))
    assert first == second


def test_events_have_the_documented_fields(app_client):
    _, events = stream(app_client, b"image", b"text")
    schemas = app_client.get("/openapi.json").json()["components"]["schemas"]
    assert [event for event, _ in events] == ["page", "line", "done", "error"]
    for event, data in events:
        schema = schemas[f"{event.capitalize()}Event"]
        parts = [schema, *(schemas[part["$ref"].rpartition("/")[2]] for part in schema.get("allOf", ()))]
        assert set(data) == {name for part in parts for name in part["required"]}


def test_the_documented_fields_are_those_that_are_taken(app_client):
    forms = app_client.get("/openapi.json").json()["paths"]["/ocr/stream"]["post"]["requestBody"]["content"]
    for form in forms.values():
        assert "pictures" in form["schema"]["properties"]
        assert "format" not in form["schema"]["properties"]


def test_events_name_no_file(app_client):
    _, events = stream(app_client, b"image")
    assert "a.png" not in json.dumps(events)


def test_an_answer_that_was_there_already_names_its_unread_pages():
    page = {"page": 1, "image": {"width": 9, "height": 9}, "results": [LINE]}
    unread = {"page": 2, "error": "It is damaged.", "code": "unreadable_image"}
    told = []
    events = _Events(0, 1, Call("POST", "/ocr/stream", "id"), told.append, pictures=False)
    events.end(Answer(200, json.dumps({"pages": [page], "unread": [unread]}).encode()))
    assert [(event.name, event.content.get("page"), event.content.get("pages")) for event in told] == [
        ("unread", 2, 2),
        ("page", 1, 2),
        ("line", 1, 2),
        ("done", None, None),
    ]
    assert told[0].content["error"] == "It is damaged."


def test_an_answer_that_cannot_be_told_is_an_error_and_the_next_file_is_read():
    told, finished, counted = [], [], []
    bodies = iter((b"no JSON", json.dumps({"image": {"width": 1, "height": 1}, "results": []}).encode()))

    def begin(call, image, progress, future):
        future.set_result(Answer(200, next(bodies)))

    def count(call, answered):
        counted.append((call.code, answered))

    stream = Stream((b"a", b"b"), Call("POST", "/ocr/stream", "id"), 1000, begin, told.append, count)
    stream.read(0, lambda: finished.append(True))
    assert [(event.name, event.content["file"]) for event in told[:-1]] == [("error", 0), ("page", 1), ("done", 1)]
    assert told[0].content["status"] == 500
    assert counted == [("internal_error", False), ("", True)]
    assert told[-1] is None
    assert finished == [True]


def log_lines(file):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [line for line in lines if line.get("route") == "/ocr/stream"]


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_files_are_counted_and_the_log_tells_of_the_end(service, tmp_path):
    """A cache hit tells its time, too."""
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        started(service, stderr, OCR_CACHE_BYTES="1000000", OCR_THREADS="1") as (address, _),
        httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as client,
    ):
        with (
            held(address),
            client.stream("POST", "/ocr/stream", files=files(b"held", b"image", b"damaged")) as answer,
        ):
            since = time.monotonic()
            assert log_lines(log) == []
            time.sleep(0.2)
            held_ms = (time.monotonic() - since) * 1e3
            let_go(address)
            sent = len(answer.read())
        wait_until(lambda: log_lines(log))
        with client.stream("POST", "/ocr/stream", files=files(b"endless")) as answer:
            next(answer.iter_lines())
        wait_until(lambda: len(log_lines(log)) == 2)
        stream(client, b"image")
        hit = client.post("/ocr", files=files(b"image"))
        names = (
            'cache_total{result="miss"}',
            'cache_total{result="hit"}',
            'rejected_total{reason="unreadable_image"}',
        )
        wait_until(lambda: [metric(address, f"ocr_{name}") for name in names] == [2, 2, 1])
    whole, broken, _ = log_lines(log)
    assert (whole["status"], whole["files"]) == (200, {"done": 2, "unreadable_image": 1})
    assert whole["ms"] >= held_ms
    assert whole["sent"] == sent
    assert broken["status"] == 499
    assert hit.headers["X-Cache"] == "hit"
    assert re.fullmatch(r"cache;dur=\d+\.\d\d, total;dur=\d+\.\d\d", hit.headers["Server-Timing"])
