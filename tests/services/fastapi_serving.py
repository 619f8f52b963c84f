"""The FastAPI service under its real server in this process, and callers who speak to it byte by byte."""

import re
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

from fake_reader import DEFAULTS, FakeReader
from serving import PATIENCE_S, free_port, wait_until

from services.fastapi_app import create_app
from services.fastapi_app import server as fastapi_server
from services.settings import Settings

PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%b\r\n'
END = b"--B--\r\n"
FORM = PART % b"image" + END
FORM_TYPE = b"Content-Type: multipart/form-data; boundary=B\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n%b\r\n"
TALK = 100_000
"""Characters of the line that a `TalkativeReader` finds; a stream tells of it twice."""


class TalkativeReader(FakeReader):
    """Finds much text, fast."""

    def read(self, data, options=DEFAULTS, *, deadline=None, progress=None):
        page = super().read(data, options)
        line = replace(page.lines[0], reading=replace(page.lines[0].reading, text="x" * TALK))
        if progress:
            progress.found(320, 64, 1)
            progress.line(line)
        return replace(page, lines=(line,))


@contextmanager
def serving(reader=None, keep_alive_s=5, **settings):
    """Yield the port of the real server in a thread of this process, so that a test can change its bounds."""
    settings = Settings(port=free_port(), log=False, **settings)
    config = fastapi_server._config(settings, create_app(settings, reader or FakeReader()))
    config.timeout_keep_alive = keep_alive_s
    server = fastapi_server.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started and server.lifespan.state["service"].lifecycle.loaded)
        yield settings.port
    finally:
        server.should_exit = True
        thread.join()


def post(body, path=b"/ocr", headers=b"", version=b"1.1"):
    head = b"POST %b HTTP/%b\r\nHost: a\r\nContent-Length: %d\r\n" % (path, version, len(body))
    return head + FORM_TYPE + headers + b"\r\n" + body


def connect(port, read_buffer=None):
    connection = socket.socket()
    if read_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", port))
    return connection


def read_statuses(connection, count=1):
    """Return the statuses of the next answers, as many as there are up to `count`."""
    got = b""
    with suppress(ConnectionError):
        while len(found := re.findall(rb"HTTP/1\.1 (\d+)", got)) < count and (more := connection.recv(65536)):
            got += more
    return [int(status) for status in found]


def statuses(port, *pieces, count=1):
    with connect(port) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.05 * (len(pieces) > 1))
        return read_statuses(connection, count)


def ended(connection):
    """Whether the server has given up a connection, seen without reading what waits on it."""
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state in (7, 8)  # TCP_CLOSE, TCP_CLOSE_WAIT
