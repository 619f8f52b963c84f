"""Several requests on one connection, sent at once: each gets its answer, in order, and what is none its refusal.

Both servers must see their ends at the same places: a proxy in front would give one caller another's answer else.
"""

import re
import socket

import pytest
from fake_reader import MAX_BYTES

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
NOISE = b"\x80\x81 noise\r\n\r\n"
TYPE = b"Content-Type: multipart/form-data; boundary=B\r\n"
PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%b\r\n--B--\r\n'


def form(content):
    body = PART % content
    return b"POST /ocr HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (TYPE, len(body), body)


def chunks(ends):
    body = PART % b"image"
    head = b"POST /ocr HTTP/1.1\r\nHost: a\r\n%bTransfer-Encoding: chunked\r\n\r\n" % TYPE
    return head + b"%x\r\n%b\r\n%b" % (len(body), body, ends)


def get(path, headers=b""):
    return b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (path, headers)


IMAGE = form(b"image")
TOO_LARGE = b"POST /ocr HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%bContent-Length: %d\r\n\r\n" % (
    TYPE,
    10 * MAX_BYTES,
)

CASES = {
    "noise behind an address": (HEALTH + NOISE, [200, 400]),
    "noise behind two": (HEALTH + IMAGE + NOISE, [200, 200, 400]),
    "noise behind a reading": (IMAGE + NOISE, [200, 400]),
    "noise behind two readings": (IMAGE + IMAGE + NOISE, [200, 200, 400]),
    "noise behind a refusal": (form(b"text") + NOISE, [415, 400]),
    "noise behind chunks": (chunks(b"0\r\n\r\n") + NOISE, [200, 400]),
    "noise behind the last request": (IMAGE + LAST + NOISE, [200, 200]),
    "broken header behind a reading": (IMAGE + get(b"/", b"X: a\0b\r\n"), [200, 400]),
    "no host behind a reading": (IMAGE + b"GET / HTTP/1.1\r\n\r\n", [200, 400]),
    "large head behind a reading": (IMAGE + get(b"/" + b"a" * 20_000), [200, 431]),
    "broken chunk behind a reading": (IMAGE + chunks(b"xyz\r\n"), [200, 400]),
    "broken chunk behind two readings": (IMAGE + IMAGE + chunks(b"xyz\r\n"), [200, 200, 400]),
    "large trailer behind a reading": (IMAGE + chunks(b"0\r\nX: " + b"y" * 20_000 + b"\r\n\r\n"), [200, 431]),
    "body that is too large behind a reading": (IMAGE + TOO_LARGE, [200, 413]),
    "another coding behind a reading": (
        IMAGE + chunks(b"0\r\n\r\n").replace(b": chunked", b": gzip, chunked"),
        [200, 400],
    ),
    "unknown address in front": (get(b"/x") + LAST, [404, 200]),
    "unknown method in front": (form(b"image").replace(b"POST", b"PUT") + LAST, [405, 200]),
    "unread body in front": (form(b"image").replace(b"/ocr", b"/x") + LAST, [404, 200]),
    "body of a GET in front": (get(b"/healthz", b"Content-Length: 5\r\n") + b"abcde" + LAST, [200, 200]),
    "chunks of a GET in front": (
        get(b"/healthz", b"Transfer-Encoding: chunked\r\n") + b"5\r\nabcde\r\n0\r\n\r\n" + LAST,
        [200, 200],
    ),
    "length with zeros in front": (
        form(b"image").replace(b"Length: ", b"Length: 000") + LAST,
        [200, 200],
    ),
    "many in a row": (HEALTH * 50 + LAST, [200] * 51),
    "empty lines in between": (HEALTH + b"\r\n\r\n" + IMAGE + b"\r\n\r\n" + LAST, [200, 200, 200]),
    "empty lines behind an unread body": (form(b"").replace(b"/ocr", b"/x") + b"\r\n" + LAST, [404, 200]),
    "nothing behind the last one": (LAST + HEALTH, [200]),
    "the last one among other words": (get(b"/healthz", b"Connection: x, close\r\n") + HEALTH, [200]),
    "the last one in a second header": (
        get(b"/", b"Connection: keep-alive\r\nConnection: close\r\n") + LAST,
        [200],
    ),
}


def statuses(address, sent):
    """Return the statuses of all answers until the server closes, which it must."""
    with socket.create_connection((address.host, address.port), timeout=30) as connection:
        connection.sendall(sent)
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", told)]


@pytest.mark.parametrize("case", CASES)
def test_each_request_gets_its_answer(case, app_client):
    sent, expected = CASES[case]
    assert statuses(app_client.base_url, sent) == expected
