"""A stand-in for a service: knows the samples by heart, and goes wrong where it is told to.

python fake_ocr_server.py right|wrong-once|fails-once|leaks|illiterate
"""

import itertools
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from locustfiles.samples import draw_samples

BEHAVIOUR = sys.argv[1]
TEXTS = {sample.body: sample.text for sample in draw_samples()}
LATER = 12
"""Number of the request that goes wrong: after the verification, whose answers count as the truth."""

LEAK_MIB_S = 8
"""However few requests come."""

numbers = itertools.count(1)  # `next` is atomic, where += in two threads may skip the number that goes wrong
began, leaked = [], []


def leak():
    """Keep as much as is due since the first call."""
    began.append(time.monotonic())
    due = int(LEAK_MIB_S * (time.monotonic() - began[0])) - len(leaked)
    leaked.extend(b"\1" * (1 << 20) for _ in range(due))


class Handler(BaseHTTPRequestHandler):
    """Answers GET /readyz and POST /ocr."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet for headers and body; with two, answers wait 40 ms for an acknowledgement

    def do_GET(self):
        self.answer(200, {"status": "ready"})

    def do_POST(self):
        number = next(numbers)
        text = TEXTS[self.rfile.read(int(self.headers["Content-Length"]))]
        if BEHAVIOUR == "illiterate":
            text = "lorem ipsum"
        if BEHAVIOUR == "wrong-once" and number == LATER:
            text = text[:-1] + "X"
        if BEHAVIOUR == "leaks":
            leak()
        self.answer(500 if BEHAVIOUR == "fails-once" and number == LATER else 200, {"text": text})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
