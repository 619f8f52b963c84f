"""Requests whose bodies are wrong, and what must be answered."""

from hostile_wire import (
    BAD_FORM,
    BAD_REQUEST,
    CLOSED,
    FORM,
    GOOD,
    HEADERS_TOO_LARGE,
    IMAGE,
    MAX_BYTES,
    MISSING,
    NOT_AN_IMAGE,
    NOT_FOUND,
    OK,
    TOO_LARGE,
    TOO_SLOW,
    Hostile,
    chunked,
    get,
    part,
    post,
)


def hostile_bodies():
    """Return {name: Hostile}."""
    parts = (_sizes(), _chunked(), _trailers(), _forms(), _names(), _aborted())
    return {name: request for some in parts for name, request in some.items()}


BROKEN_FRAMES = {
    "line feed behind the size": b"%x\n%b\r\n0\r\n\r\n",
    "line feed behind the data": b"%x\r\n%b\n0\r\n\r\n",
    "line feed behind the last size": b"%x\r\n%b\r\n0\n\r\n",
    "line feed at the end": b"%x\r\n%b\r\n0\r\n\n",
    "line feed in an extension": b"%x;\n%b\r\n0\r\n\r\n",
    "carriage return in an extension": b"%x;a\rb\r\n%b\r\n0\r\n\r\n",
    "line's end in an extension": b'%x;a="b\r\nc"\r\n%b\r\n0\r\n\r\n',
    "NUL in an extension": b"%x;a\0b\r\n%b\r\n0\r\n\r\n",
    "empty extension": b"%x;\r\n%b\r\n0\r\n\r\n",
    "blank behind the size": b"%x \r\n%b\r\n0\r\n\r\n",
    "blank before the size": b" %x\r\n%b\r\n0\r\n\r\n",
    "size with 0x": b"0x%x\r\n%b\r\n0\r\n\r\n",
    "size with a sign": b"+%x\r\n%b\r\n0\r\n\r\n",
    "size with an underscore": b"0_%x\r\n%b\r\n0\r\n\r\n",
    "no size at the end": b"%x\r\n%b\r\n\r\n\r\n",
}
"""Chunks of which a proxy and a server could disagree where they end."""


def _trailers():
    trailers = {
        "host": (b"Host: b\r\n", OK),
        "deadline": (b"X-Deadline-Ms: soon\r\n", OK),
        "key": (b"X-API-Key: a\r\n", OK),
        "expectation": (b"Expect: 200-ok\r\n", OK),
        "length": (b"Content-Length: 5\r\n", BAD_REQUEST),
        "transfer coding": (b"Transfer-Encoding: chunked\r\n", BAD_REQUEST),
        "no colon": (b"nonsense\r\n", BAD_REQUEST),
        "NUL": (b"X: a\0b\r\n", BAD_REQUEST),
        "folded": (b"X: a\r\n b\r\n", BAD_REQUEST),
        "one of 12 KB": (b"X: " + b"y" * 12_000 + b"\r\n", OK),
        "one of 20 KB": (b"X: " + b"y" * 20_000 + b"\r\n", HEADERS_TOO_LARGE),
        "4,000": (b"X: yyyyyyyy\r\n" * 4_000, HEADERS_TOO_LARGE),
        "without an end": (b"X: " + b"y" * 2_000_000, HEADERS_TOO_LARGE),
    }
    return {
        f"trailer: {name}": Hostile(chunked(FORM, end=b"0\r\n" + sent + b"\r\n"), answer)
        for name, (sent, answer) in trailers.items()
    }


def _sizes():
    return {
        "size: address of 20 KB": Hostile(get(path=b"/" + b"a" * 20_000), HEADERS_TOO_LARGE),
        "size: address of 12 KB": Hostile(get(path=b"/" + b"a" * 12_000), NOT_FOUND),
        "size: query of 12 KB": Hostile(get(path=b"/healthz?" + b"a" * 12_000), OK),
        "size: header of 20 KB": Hostile(
            get(headers=b"Host: a\r\nX: " + b"a" * 20_000 + b"\r\n"), HEADERS_TOO_LARGE
        ),
        "size: header of 12 KB": Hostile(get(headers=b"Host: a\r\nCookie: " + b"a" * 12_000 + b"\r\n"), OK),
        "size: 10,000 headers": Hostile(get(headers=b"X: y\r\n" * 10_000), HEADERS_TOO_LARGE),
        "size: 1,000 headers": Hostile(get(headers=b"Host: a\r\n" + b"X: y\r\n" * 1_000), OK),
        "size: header without an end": Hostile(b"GET / HTTP/1.1\r\nX: " + b"a" * 2_000_000, HEADERS_TOO_LARGE),
        "size: address without an end": Hostile(b"GET /" + b"a" * 2_000_000, HEADERS_TOO_LARGE),
        "size: announced body too large": Hostile(
            post(b"")[:-4].replace(b"Length: 0", b"Length: 9999999999") + b"\r\n\r\n", TOO_LARGE
        ),
        "size: body too large": Hostile(post(part(b"x" * (2 * MAX_BYTES)) + b"--B--"), TOO_LARGE),
        "size: file one byte too large": Hostile(post(part(b"x" * (MAX_BYTES + 1)) + b"--B--"), TOO_LARGE),
        "size: file as large as allowed": Hostile(post(part(b"x" * MAX_BYTES) + b"--B--"), NOT_AN_IMAGE),
        "size: chunked body too large": Hostile(chunked(*[b"x" * 65_536] * 40), TOO_LARGE),
        "size: small file in much preamble": Hostile(post(b"\r\n" * 20_000 + FORM), OK),
    }


def _chunked():
    whole = chunked(FORM)
    cases = {
        "chunked: in one piece": (whole, OK),
        "chunked: in pieces of one byte": (chunked(*(FORM[at : at + 1] for at in range(len(FORM)))), OK),
        "chunked: with extensions": (chunked(end=b"%x;a=b;c\r\n%b\r\n0\r\n\r\n" % (len(FORM), FORM)), OK),
        "chunked: with trailers": (chunked(FORM, end=b"0\r\nX-Trailer: 1\r\n\r\n"), OK),
        "chunked: sizes in capitals, with zeros": (
            chunked(end=b"000%X\r\n%b\r\n000\r\n\r\n" % (len(FORM), FORM)),
            OK,
        ),
        "chunked: extension in quotes": (chunked(end=b'%x;a="b;c"\r\n%b\r\n0\r\n\r\n' % (len(FORM), FORM)), OK),
        "chunked: nothing": (chunked(), BAD_FORM),
        "chunked: size beyond 64 bits": (chunked(end=b"fffffffffffffffff\r\n"), BAD_REQUEST),
        "chunked: negative size": (chunked(end=b"-5\r\nhello\r\n"), BAD_REQUEST),
        "chunked: size that is no number": (chunked(end=b"xyz\r\n"), BAD_REQUEST),
        **{
            f"chunked: {name}": (chunked(end=frame % (len(FORM), FORM)), BAD_REQUEST)
            for name, frame in BROKEN_FRAMES.items()
        },
        "chunked: longer than its size": (chunked(end=b"3\r\nhello\r\n0\r\n\r\n"), BAD_REQUEST),
        "chunked: shorter than its size": (chunked(end=b"ff\r\nhello\r\n0\r\n\r\n"), TOO_SLOW),
        "chunked: without an end": (chunked(FORM, end=b""), TOO_SLOW),
    }
    return {name: Hostile(sent, answer) for name, (sent, answer) in cases.items()}


def _forms():
    end = b"--B--\r\n"
    image = part()
    cases = {
        "no body": (post(b""), BAD_FORM),
        "no content type": (post(FORM, content_type=b""), MISSING),
        "content type of an image": (post(IMAGE, content_type=b"image/png"), MISSING),
        "URL-encoded": (post(b"file=abc", content_type=b"application/x-www-form-urlencoded"), MISSING),
        "JSON": (post(b'{"file": "abc"}', content_type=b"application/json"), BAD_FORM),
        "multipart/mixed": (post(FORM, content_type=b"multipart/mixed; boundary=B"), MISSING),
        "content type in capitals": (post(FORM, content_type=b"MULTIPART/FORM-DATA; BOUNDARY=B"), OK),
        "content type that is not ASCII": (
            post(FORM, content_type=b"multipart/form-data\xff; boundary=B"),
            MISSING,
        ),
        "no boundary": (post(FORM, content_type=b"multipart/form-data"), BAD_FORM),
        "empty boundary": (post(FORM, content_type=b"multipart/form-data; boundary="), BAD_FORM),
        "boundary of 1,000 bytes": (
            post(FORM, content_type=b"multipart/form-data; boundary=" + b"B" * 1000),
            BAD_FORM,
        ),
        "boundary of another form": (post(FORM, content_type=b"multipart/form-data; boundary=C"), BAD_FORM),
        "boundary in quotes": (post(FORM, content_type=b'multipart/form-data; boundary="B"'), OK),
        "boundary with an open quote": (post(FORM, content_type=b'multipart/form-data; boundary="B'), BAD_FORM),
        "10,000 parameters": (post(FORM, content_type=b"multipart/form-data; boundary=B" + b";a=b" * 3000), OK),
        "10,000 parts": (post(part(b"", 'form-data; name="a"') * 10_000 + end), BAD_FORM),
        "101 parts": (post(part(b"", 'form-data; name="a"') * 100 + FORM), BAD_FORM),
        "100 parts": (post(part(b"", 'form-data; name="a"') * 99 + FORM), OK),
        "part of 10,000 headers": (post(part(headers=b"X: y\r\n" * 10_000) + end), BAD_FORM),
        "part header of 100 KB": (post(part(headers=b"X: " + b"y" * 100_000 + b"\r\n") + end), BAD_FORM),
        "part header without an end": (post(b"--B\r\nX: " + b"y" * 100_000), BAD_FORM),
        "part header of bad bytes": (post(part(headers=b"\xff\x00: y\r\n") + end), BAD_FORM),
        "part without headers": (post(b"--B\r\n\r\nabc\r\n" + end), MISSING),
        "only the last boundary": (post(end), MISSING),
        "cut off in the image": (post(image[: len(image) // 2]), BAD_FORM),
        "cut off before the last boundary": (post(image), BAD_FORM),
        "last boundary without its dashes": (post(image + b"--B"), BAD_FORM),
        "bare line feeds": (post(FORM.replace(b"\r\n", b"\n")), BAD_FORM),
        "boundary inside the image": (post(part(IMAGE[:100] + b"\r\n--B\r\n" + IMAGE[100:]) + end), BAD_FORM),
        "epilogue": (post(FORM + b"x" * 10_000), OK),
        "compressed body": (post(FORM, headers=b"Content-Encoding: gzip\r\n"), OK),
        "base64 part": (post(part(headers=b"Content-Transfer-Encoding: base64\r\n") + end), OK),
        "nested form": (
            post(part(FORM, headers=b"Content-Type: multipart/mixed; boundary=B2\r\n") + end),
            NOT_AN_IMAGE,
        ),
        "image sent twice": (post(image + part(b"text") + end), OK),
        "option of 900 KB": (post(part(b"x" * 900_000, 'form-data; name="mode"') + FORM), (400, "bad_option")),
        "option of bad UTF-8": (post(part(b"\xff\xfe", 'form-data; name="mode"') + FORM), (400, "bad_option")),
        "option with a NUL": (post(part(b"line\0", 'form-data; name="mode"') + FORM), (400, "bad_option")),
        "deadline that is no number": (post(FORM, headers=b"X-Deadline-Ms: soon\r\n"), (400, "bad_option")),
        "negative deadline": (post(FORM, headers=b"X-Deadline-Ms: -1\r\n"), (400, "bad_option")),
    }
    return {f"form: {name}": Hostile(sent, answer) for name, (sent, answer) in cases.items()}


def _names():
    """File names and field names; no name ever reaches a file system or an answer."""
    files = [
        b"../../../../etc/passwd",
        b"..\\..\\windows\\system32",
        b"C:\\fakepath\\a.png",
        b"/dev/stdin",
        b"a.png\0.exe",
        b"%2e%2e%2f",
        b"%ff%fe",
        b"\xff\xfe\xfd",
        "总计.png".encode(),
        "总计.png".encode("gb18030"),
        b"<script>alert(1)</script>.png",
        b"'; DROP TABLE images; --",
        b"$(id).png",
        b"| id",
        b"",
        b"." * 1000,
        b"CON",
        b'a\\"b.png',
    ]
    named = {
        f"file name: {name[:30]!r}": post(
            part(disposition=b'form-data; name="file"; filename="%b"' % name) + b"--B--"
        )
        for name in files
    }
    extended = part(disposition="form-data; name=\"file\"; filename*=UTF-8''..%2f..%2fetc%2fpasswd") + b"--B--"
    named["file name: extended"] = post(extended)
    fields = {
        "field name: none": (b"form-data", MISSING),
        "field name: empty": (b'form-data; name=""', MISSING),
        "field name: bad UTF-8": (b'form-data; name="\xff"', MISSING),
        "field name: with NUL": (b'form-data; name="file\0"', MISSING),
        "field name: twice": (b'form-data; name="a"; name="file"', OK),
        "field name: without quotes": (b"form-data; name=file", OK),
        "field name: in capitals": (b'form-data; name="FILE"', MISSING),
        "field name: __proto__": (b'form-data; name="__proto__"', MISSING),
        "field name: of 7 KB": (b'form-data; name="%b"' % (b"a" * 3900), MISSING),
    }
    return {
        **{name: Hostile(sent, OK) for name, sent in named.items()},
        **{name: Hostile(post(part(disposition=how) + b"--B--"), answer) for name, (how, answer) in fields.items()},
    }


def _aborted():
    """Senders that leave, and those that stop in the middle and stay."""
    return {
        "left: without a word": Hostile(b"", CLOSED, leaves=True),
        "left: in the head": Hostile(GOOD[:60], CLOSED, leaves=True),
        "left: in the body": Hostile(GOOD[: len(GOOD) // 2], CLOSED, leaves=True),
        "left: in a chunk": Hostile(chunked(FORM)[:500], CLOSED, leaves=True),
        "stopped: in the body": Hostile(GOOD[: len(GOOD) // 2], TOO_SLOW),
        "stopped: before the body": Hostile(GOOD[: GOOD.index(b"\r\n\r\n") + 4], TOO_SLOW),
    }
