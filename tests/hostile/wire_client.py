"""A client that sends any bytes, and reads what comes back as HTTP."""

import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass

from serving import PATIENCE_S, place_of


@dataclass(frozen=True)
class Reply:
    """The first final answer on a connection; status 0 if there was none."""

    status: int
    headers: dict
    body: bytes

    @property
    def answer(self):
        """(status, code of the error or None)."""
        return self.status, json.loads(self.body).get("code") if self.status >= 400 else None


def connect(address):
    """Return a socket connected to `address`, a URL."""
    return socket.create_connection(place_of(address), PATIENCE_S)


def exchange(address, sent, leaves=False):
    """Return the first answer to the bytes `sent` on a connection of their own."""
    with connect(address) as connection:
        with suppress(ConnectionError):  # a server may refuse before everything is sent
            connection.sendall(sent)
        if leaves:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        return read_reply(connection)


def read_reply(connection, method="GET"):
    """Return the next final answer on a connected socket."""
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Reply(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    except (ConnectionError, http.client.BadStatusLine):
        return Reply(0, {}, b"")
    finally:
        response.close()
