"""Requests that no good client sends, as the bytes that go over the wire, and what must be answered."""

from dataclasses import dataclass

from odd_images import EXAMPLES

IMAGE = (EXAMPLES / "line-en.png").read_bytes()
MAX_BYTES = 1 << 20
"""The servers of the test run with this limit."""

OK = (200, None)
BAD_FORM = (400, "bad_form")
BAD_REQUEST = (400, "bad_request")
MISSING = (400, "missing_file")
NOT_FOUND = (404, "not_found")
NOT_ALLOWED = (405, "method_not_allowed")
TOO_SLOW = (408, "too_slow")
TOO_LARGE = (413, "too_many_bytes")
NOT_AN_IMAGE = (415, "not_an_image")
HEADERS_TOO_LARGE = (431, "headers_too_large")
CLOSED = (0, None)
"""The connection ended without an answer, because the sender left or never asked."""


@dataclass(frozen=True)
class Hostile:
    """What is sent on one connection and how the first answer must look."""

    sent: bytes
    answer: tuple
    leaves: bool = False
    """Whether the sender closes its side of the connection at once."""


def hostile_requests():
    """Return {name: Hostile}."""
    heads = {**_syntax(), **_smuggling(), **_upgrades(), **_hosts(), **_expectations(), **_repeated(), **_paths()}
    return {**heads, **_sizes(), **_chunked(), **_trailers(), **_forms(), **_names(), **_aborted()}


def part(content=IMAGE, disposition='form-data; name="file"; filename="a.png"', headers=b"", boundary=b"B"):
    """Return one part of a form."""
    if isinstance(disposition, str):
        disposition = disposition.encode()
    return b"--%b\r\nContent-Disposition: %b\r\n%b\r\n%b\r\n" % (boundary, disposition, headers, content)


def post(body, content_type=b"multipart/form-data; boundary=B", headers=b"", path=b"/ocr", method=b"POST"):
    """Return a request with a body and its right length."""
    head = b"%b %b HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n"
    return head % (method, path, content_type, len(body), headers) + body


def get(path=b"/healthz", headers=b"Host: a\r\n", method=b"GET", version=b"HTTP/1.1"):
    """Return a request without a body."""
    return b"%b %b %b\r\n%b\r\n" % (method, path, version, headers)


FORM = part() + b"--B--\r\n"
"""The body of a right request."""

GOOD = post(FORM)


def chunked(*chunks, end=b"0\r\n\r\n", headers=b"Transfer-Encoding: chunked\r\n"):
    """Return a request with a chunked body."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return (
        b"POST /ocr HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n%b\r\n" % headers + body
    )


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


def _syntax():
    malformed = {
        "noise": b"\x80\x81\x82 \x00\xff\r\n\r\n",
        "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "SOCKS": b"\x05\x01\x00",
        "no version": b"GET /healthz\r\n\r\n",
        "version 9": get(version=b"HTTP/9.9"),
        "version of another protocol": get(version=b"ICY/1.1"),
        "method that does not exist": get(method=b"FROB"),
        "method in small letters": get(method=b"get"),
        "space in the address": get(path=b"/health z"),
        "control byte in the address": get(path=b"/healthz\x01"),
        "NUL in a header": get(headers=b"Host: a\r\nX: a\0b\r\n"),
        "header without a colon": get(headers=b"Host: a\r\nnonsense\r\n"),
        "header without a name": get(headers=b"Host: a\r\n: x\r\n"),
        "space before the colon": get(headers=b"Host : a\r\n"),
        "space in a header's name": get(headers=b"Host: a\r\nX Y: z\r\n"),
        "folded header": get(headers=b"Host: a\r\n folded\r\n"),
        "escape in a header": get(headers=b"Host: a\r\nX: \x1b[31m\r\n"),
        "bare carriage return": b"GET /healthz HTTP/1.1\rHost: a\r\r",
    }
    fine = {
        "HTTP/1.0": get(headers=b"", version=b"HTTP/1.0"),
        "empty lines in front": b"\r\n\r\n" + get(),
        "a wish to upgrade to WebSocket": get(headers=b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"),
        "a wish to upgrade to HTTP/2": get(headers=b"Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"),
        "two requests in one packet": get() + get(),
        "a range": get(headers=b"Host: a\r\nRange: bytes=0-,0-,0-,0-\r\n"),
        "a forged request id": get(headers=b'Host: a\r\nX-Request-ID: "},{"level":"error\xff\r\n'),
        "an absolute address": get(path=b"http://evil.example/healthz"),
        "whole body at once with Expect": post(FORM, headers=b"Expect: 100-continue\r\n"),
    }
    return {
        **{f"syntax: {name}": Hostile(sent, BAD_REQUEST) for name, sent in malformed.items()},
        **{f"syntax: {name}": Hostile(sent, OK) for name, sent in fine.items()},
    }


def _smuggling():
    """Requests of which a proxy and a server could disagree where they end."""
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    lengths = {
        "two different lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
        "a list of lengths": b"Content-Length: 5, 6\r\n",
        "length with a sign": b"Content-Length: +5\r\n",
        "negative length": b"Content-Length: -5\r\n",
        "hexadecimal length": b"Content-Length: 0x5\r\n",
        "length with a fraction": b"Content-Length: 5.0\r\n",
        "empty length": b"Content-Length: \r\n",
        "length beyond 64 bits": b"Content-Length: 99999999999999999999999\r\n",
        "length and chunks": both,
        "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "another transfer coding": b"Transfer-Encoding: identity\r\n",
        "an unknown transfer coding": b"Transfer-Encoding: xchunked\r\n",
        "chunked not last": b"Transfer-Encoding: chunked, gzip\r\n",
        "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "chunked behind a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
        "chunked twice in a list": b"Transfer-Encoding: chunked, chunked\r\n",
        "gzip in front of chunked": b"Transfer-Encoding: gzip, chunked\r\n",
        "gzip in a header in front": b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "identity in front of chunked": b"Transfer-Encoding: identity, chunked\r\n",
        "unknown in front of chunked": b"Transfer-Encoding: foo, chunked\r\n",
        "nothing in front of chunked": b"Transfer-Encoding: , chunked\r\n",
        "nothing behind chunked": b"Transfer-Encoding: chunked,\r\n",
        "chunked with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
        "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n',
        "chunked with a NUL": b"Transfer-Encoding: chunked\0\r\n",
        "empty header in front of chunked": b"Transfer-Encoding: \r\nTransfer-Encoding: chunked\r\n",
        "space behind the coding's name": b"Transfer-Encoding : chunked\r\n",
        "space in a length": b"Content-Length: 1 2\r\n",
        "underscore in a length": b"Content-Length: 1_0\r\n",
        "length behind a vertical tab": b"Content-Length: \x0b5\r\n",
        "length of another alphabet": b"Content-Length: \xb2\r\n",
        "folded length": b"Content-Length:\r\n 5\r\n",
        "length behind a bare line feed": b"X: y\nContent-Length: 5\r\n",
        "length behind a bare carriage return": b"X: y\rContent-Length: 5\r\n",
        "folded transfer coding": b"Transfer-Encoding:\r\n chunked\r\n",
    }
    head = b"POST /ocr HTTP/1.1\r\nHost: a\r\n%b\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
    refused = {name: Hostile(head % headers, BAD_REQUEST) for name, headers in lengths.items()}
    fine = {
        "blanks around chunked": chunked(FORM, headers=b"Transfer-Encoding: chunked  \r\n"),
        "zeros in front of a length": post(FORM).replace(b"Length: ", b"Length: 000"),
        "blanks around a length": post(FORM)
        .replace(b"Length: ", b"Length: \t ")
        .replace(b"\r\n\r\n", b" \r\n\r\n", 1),
        "headers with underscores": post(FORM, headers=b"Transfer_Encoding: chunked\r\nContent_Length: 5\r\n"),
        # gunicorn would believe them where they come from this machine
        "two schemes": get(headers=b"Host: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n"),
        "another root": get(headers=b"Host: a\r\nSCRIPT_NAME: /health\r\nPATH_INFO: /x\r\n"),
    }
    taken = {name: Hostile(sent, OK) for name, sent in fine.items()}
    return {f"smuggling: {name}": case for name, case in {**refused, **taken}.items()}


def _upgrades():
    """Wishes for another protocol: none is granted, and the request is answered as if it had none."""
    cases = {"CONNECT": (get(path=b"a:80", method=b"CONNECT"), BAD_REQUEST)}
    for protocol in (b"h2c", b"websocket", b"TLS/1.0", b"h2c, websocket", b""):
        wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAMAAABk\r\n" % protocol
        name = f"to {protocol.decode() or 'nothing'}"
        cases[f"{name}, with a body"] = (post(FORM, headers=wish), OK)
        cases[f"{name}, in chunks"] = (chunked(FORM, headers=b"Transfer-Encoding: chunked\r\n" + wish), OK)
        cases[f"{name}, of a method that is not there"] = (post(FORM, headers=wish, method=b"PUT"), NOT_ALLOWED)
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    opening = b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key
    cases["handshake of WebSocket"] = (get(path=b"/", headers=opening), OK)
    return {f"upgrade: {name}": Hostile(sent, answer) for name, (sent, answer) in cases.items()}


def _hosts():
    fine = {
        "empty": b"Host:\r\n",
        "with a port": b"Host: a:80\r\n",
        "with an empty port": b"Host: a:\r\n",
        "of another": b"Host: evil.example\r\n",
        "with a full stop at its end": b"Host: evil.example.\r\n",
        "with blanks around it": b"Host: \t a \r\n",
        "as compose has it": b"Host: ocr_service:8000\r\n",
        "IPv4": b"Host: 127.0.0.1:8000\r\n",
        "IPv6": b"Host: [::1]:8000\r\n",
    }
    wrong = {
        "none": b"",
        "twice the same": b"Host: a\r\nHost: a\r\n",
        "two": b"Host: a\r\nHost: b\r\n",
        "list": b"Host: a, b\r\n",
        "with a space": b"Host: a b\r\n",
        "with a path": b"Host: a/b\r\n",
        "with a user": b"Host: u@a\r\n",
        "address": b"Host: http://a\r\n",
        "port of letters": b"Host: a:b\r\n",
        "port of eight digits": b"Host: a:99999999\r\n",
        "two ports": b"Host: a:1:2\r\n",
        "open bracket": b"Host: [::1\r\n",
        "two full stops": b"Host: a..b\r\n",
        "label of 64 letters": b"Host: %b\r\n" % (b"a" * 64),
        "name of 400 letters": b"Host: %b\r\n" % (b"abc." * 100),
        "not ASCII": b"Host: \xe6\x80\xbb\r\n",
        "percent": b"Host: %00\r\n",
        "script": b"Host: <script>alert(1)</script>\r\n",
        "quote": b'Host: a"b\r\n',
    }
    old = b"HTTP/1.0"
    return {
        **{f"host: {name}": Hostile(get(headers=host), OK) for name, host in fine.items()},
        **{f"host: {name}": Hostile(get(headers=host), BAD_REQUEST) for name, host in wrong.items()},
        "host: two in HTTP/1.0": Hostile(get(headers=wrong["two"], version=old), BAD_REQUEST),
    }


def _expectations():
    form = b"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: %d\r\n" % len(FORM)
    old = b"POST /ocr HTTP/1.0\r\nExpect: 100-continue\r\n%b\r\n" % form + FORM
    large = post(b"", headers=b"Expect: 100-continue\r\n").replace(b"Length: 0", b"Length: 9999999999")
    cases = {
        "in capitals": (post(FORM, headers=b"Expect: 100-CONTINUE\r\n"), OK),
        "twice": (post(FORM, headers=b"Expect: 100-continue\r\n" * 2), OK),
        "without a body": (get(headers=b"Host: a\r\nExpect: 100-continue\r\n"), OK),
        "in HTTP/1.0": (old, OK),
        "of a body that is too large": (large, TOO_LARGE),
        "something else": (post(FORM, headers=b"Expect: 200-ok\r\n"), BAD_REQUEST),
        "something else, without a body": (get(headers=b"Host: a\r\nExpect: x\r\n"), BAD_REQUEST),
        "something more": (post(FORM, headers=b"Expect: 100-continue, x\r\n"), BAD_REQUEST),
        "with a parameter": (post(FORM, headers=b"Expect: 100-continue;a=b\r\n"), BAD_REQUEST),
        "nothing": (post(FORM, headers=b"Expect: \r\n"), BAD_REQUEST),
    }
    return {f"expect: {name}": Hostile(sent, answer) for name, (sent, answer) in cases.items()}


def _repeated():
    """Headers that come twice, of right requests otherwise."""
    length = b"Content-Length: %d\r\n" % len(FORM)
    both = chunked(FORM, headers=b"Transfer-Encoding: chunked\r\n" + length)
    in_old = chunked(FORM).replace(b"HTTP/1.1", b"HTTP/1.0")
    cases = {
        "the right length": (post(FORM, headers=length), BAD_REQUEST),
        "the right length, in a list": (
            post(FORM).replace(length, b"Content-Length: %d, %d\r\n" % (len(FORM), len(FORM))),
            BAD_REQUEST,
        ),
        "chunks and the right length": (both, BAD_REQUEST),
        "chunks in HTTP/1.0": (in_old, BAD_REQUEST),
        "empty transfer coding": (chunked(FORM, headers=b"Transfer-Encoding: \r\n"), BAD_REQUEST),
        "transfer coding in capitals": (chunked(FORM, headers=b"TRANSFER-ENCODING: CHUNKED\r\n"), OK),
        "content type": (post(FORM, headers=b"Content-Type: text/plain\r\n"), BAD_REQUEST),
        "deadline": (post(FORM, headers=b"X-Deadline-Ms: 5000\r\n" * 2), (400, "bad_option")),
        "accepted type": (post(FORM, headers=b"Accept: a/b\r\nAccept: application/json\r\n"), OK),
        "request id": (post(FORM, headers=b"X-Request-ID: a\r\nX-Request-ID: b\r\n"), OK),
        "connection": (post(FORM, headers=b"Connection: close\r\nConnection: keep-alive\r\n"), OK),
    }
    return {f"repeated: {name}": Hostile(sent, answer) for name, (sent, answer) in cases.items()}


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


def _paths():
    cases = {
        b"/../../etc/passwd": NOT_FOUND,
        b"/static/../../../etc/passwd": NOT_FOUND,
        b"/static/%2e%2e/%2e%2e/etc/passwd": NOT_FOUND,
        b"/static/..%2f..%2fetc%2fpasswd": NOT_FOUND,
        b"/static/..%5c..%5cetc": NOT_FOUND,
        b"/static/%00": NOT_FOUND,
        b"/%ff%fe": NOT_FOUND,
        b"/%": NOT_FOUND,
        b"/%zz": NOT_FOUND,
        b"//evil.example/ocr": NOT_FOUND,
        b"/ocr%20": NOT_FOUND,
        b"/%0a": NOT_FOUND,
        b"/metrics%0a": NOT_FOUND,
        b"/metrics%0d%0a": NOT_FOUND,
        b"/static/index.html%0a": NOT_FOUND,
        b"/OCR": NOT_FOUND,
        b"/ocr;a=b": NOT_FOUND,
        b"/.git/config": NOT_FOUND,
        b"/static": NOT_FOUND,
        b"/static/": NOT_FOUND,
        b"/<script>alert(1)</script>": NOT_FOUND,
        b"/" + b"a/" * 2000: NOT_FOUND,
        b"/ocr": NOT_ALLOWED,
        b"/healthz?" + b"a=b&" * 2000: OK,
    }
    files = {f"path: {path[:40].decode()}": Hostile(get(path), answer) for path, answer in cases.items()}
    methods = {
        f"method: {method.decode()} {path.decode()}": Hostile(get(path, method=method), NOT_ALLOWED)
        for method in (b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"PROPFIND")
        for path in (b"/ocr", b"/healthz", b"/")
    }
    return {**files, **methods}


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
