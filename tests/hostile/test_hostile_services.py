"""The hostile corpus against both real servers: the documented answer, the same on both, and a right one after it.

The short form sends every request and a part of the files; `HOSTILE=full` sends all files. What the engine does
with each file is tested without a server by `test_hostile_images.py`.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from damaged_images import READ, damaged_images
from hostile_pdfs import SLOW, hostile_pdfs
from hostile_requests import hostile_requests
from hostile_wire import OK, TOO_SLOW, part, post
from odd_images import LINE, TEXT, encode, odd_images
from wire_client import exchange

SENDERS = 4
"""Connections on which the corpus is sent at once: a slow one holds up few others."""

END = b"--B--\r\n"
PICTURE = post(part(encode(LINE.crop((0, 0, 128, 46)), "PNG")) + END)
SHOWN = "The 8:45"

REQUESTS = {name: (case.sent, {case.answer}, case.leaves) for name, case in hostile_requests().items()}
FILES = {
    **{name: (post(part(data) + END), {OK}, False) for name, data in odd_images().items()},
    **{name: (post(part(case.data) + END), case.answers, False) for name, case in damaged_images().items()},
}
PDFS = hostile_pdfs()
PDF_ANSWERS = {OK, (422, "unreadable_image"), (413, "image_too_large"), (422, "protected_document")}
FILES |= {f"PDF {name}": (post(part(PDFS[name]) + END), PDF_ANSWERS, False) for name in PDFS if name not in SLOW}
if os.environ.get("HOSTILE") != "full":
    FILES = dict(list(FILES.items())[::6])
CASES = {**REQUESTS, **{f"file: {name}": case for name, case in FILES.items() if len(case[0]) < 1 << 20}}


def patient_exchange(address, sent, expected, leaves=False):
    """Return the answer; on a busy machine anybody may be too slow for these services, but not each time."""
    for _ in range(20):
        reply = exchange(address, sent, leaves)
        if reply.status != 408 or TOO_SLOW in expected:
            break
    return reply


@pytest.fixture(scope="module")
def replies(servers):
    """{case: {service: (reply, reply to the right request that came after it)}}."""
    before = {name: server.processes() for name, server in servers.items()}

    def send(case):
        sent, expected, leaves = CASES[case]
        return case, {
            name: (
                patient_exchange(server.address, sent, expected, leaves),
                patient_exchange(server.address, PICTURE, {OK}),
            )
            for name, server in servers.items()
        }

    with ThreadPoolExecutor(SENDERS) as pool:
        found = dict(pool.map(send, CASES))
    assert {name: server.processes() for name, server in servers.items()} == before, "a process died"
    return found


@pytest.mark.parametrize("case", CASES)
def test_answer_is_documented(case, replies):
    for service, (reply, _) in replies[case].items():
        assert reply.answer in CASES[case][1], service


@pytest.mark.parametrize("case", CASES)
def test_both_services_answer_alike(case, replies):
    flask, fastapi = (comparable(reply) for reply, _ in replies[case].values())
    assert flask == fastapi


@pytest.mark.parametrize("case", CASES)
def test_right_request_after_it_is_answered_right(case, replies):
    for service, (_, after) in replies[case].items():
        assert after.answer == OK, service
        assert json.loads(after.body)["text"] == SHOWN, service


def test_odd_files_are_read(replies):
    for name in odd_images().keys() & FILES.keys():
        assert json.loads(replies[f"file: {name}"]["flask"][0].body)["text"] == TEXT


def test_corpus_is_large_enough():
    assert len(CASES) >= 200
    assert len(REQUESTS) >= 150
    assert READ == OK


def comparable(reply):
    """Return the answer without what differs from one request to the next."""
    if reply.status != 200 or not reply.headers.get("content-type", "").startswith("application/json"):
        return reply.status, reply.body
    content = json.loads(reply.body)
    for told in (content, *content.get("pages", ())):
        told.pop("timings_ms", None)
    return reply.status, content
