"""What both servers hold against the wire around a request: bounds of head, time, memory, and of taking the answer.

A refusal that no request stands behind is sent by the servers themselves: `OcrService.turn_away` makes it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from services.contract import Answer, Overloaded

HEAD_BYTES = 16 * 1024
"""Bytes of a request line and its headers together; more are answered 431."""

HTTP_VERSIONS = ("1.0", "1.1")
"""Versions that both servers speak; llhttp knows more."""

HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|(?=[^:]{1,253}(?::|$))[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?)?(?::\d{0,5})?"
)
"""What the header Host may be, as a whole: a name of DNS, an address of IP, or nothing; with a port or without.

RFC 9112, 3.2, asks for a refusal of all else; RFC 3986 would allow names that no DNS has.
"""

ONCE = (b"host", b"content-type", b"transfer-encoding")
"""Headers of which there may be one: of several, one server takes the first and another the last."""

VALUES = {
    b"host": HOST,
    # a body in any other coding would be read as it came, and a proxy may see its end elsewhere (RFC 9112, 6.1)
    b"transfer-encoding": re.compile(rb"chunked", re.IGNORECASE),
    b"expect": re.compile(rb"100-continue", re.IGNORECASE),  # RFC 9110, 10.1.1
}
"""What headers may be, as a whole and without the blanks around; all else is refused."""


def is_refused(name: bytes, value: bytes) -> bool:
    """Return whether a header, its name in lower case, has a value that no request may have."""
    allowed = VALUES.get(name)
    return allowed is not None and not allowed.fullmatch(value.strip(b" \t"))


HEAD_S = 10.0
"""Seconds within which they must arrive, from the connection or their first byte on."""

KEEP_ALIVE_S = 75
"""Seconds for which a connection without a request stays open: longer than the 60 of most proxies.

Who closes first never loses a request: one that is sent while the other side closes gets no answer.
"""

SEND_S = 10.0
"""Seconds within which the receiver of an answer must take `SEND_BYTES` of what waits for it."""

SEND_BYTES = 40_000
"""A fifth of what a receiver of 20 KB a second takes in that time."""

UNSENT_BYTES = 64 * 1024
"""Bytes not yet sent that the kernel takes; of more, a slow receiver would show progress too rarely."""

LINGER_S = 2.0
"""Seconds for which a refused sender is still listened to. To close at once would destroy the answer on its way."""


def wire_bytes(answer: Answer) -> bytes:
    """Return `answer` as it goes over the wire, as the last one of its connection."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"Content-Length: {len(answer.body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.body


class HeldBytes:
    """Counts the bytes of all bodies that a process holds, in part or whole. Safe to use from many threads."""

    def __init__(self, limit: int) -> None:
        """Take the most that may be held."""
        self._limit, self._held = limit, 0
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """Yield a share of nothing yet; what it has taken is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            share.give_back()

    def add(self, count: int) -> None:
        """Count `count` bytes more; raise `Overloaded`, and count nothing, where they would be too many."""
        with self._lock:
            if self._held + count > self._limit:
                raise Overloaded(retry_after=1)
            self._held += count


class Share:
    """What one request or connection holds."""

    def __init__(self, held: HeldBytes) -> None:
        """Take the count that it is a part of."""
        self._held, self._count = held, 0

    def take(self, count: int) -> None:
        """Count `count` bytes more; raise `Overloaded`, and count nothing, where they would be too many."""
        self._held.add(count)
        self._count += count

    def give_back(self) -> None:
        """Count nothing any more."""
        self._held.add(-self._count)
        self._count = 0
