"""Requests whose first line or headers are wrong, and what must be answered."""

from hostile_wire import BAD_REQUEST, FORM, NOT_ALLOWED, NOT_FOUND, OK, TOO_LARGE, Hostile, chunked, get, post


def hostile_heads():
    """Return {name: Hostile}."""
    parts = (_syntax(), _smuggling(), _upgrades(), _hosts(), _expectations(), _repeated(), _paths())
    return {name: request for some in parts for name, request in some.items()}


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
