"""The socket of Flask's server: the head of an answer goes with what follows it, and nothing ever waits."""

import socket

import pytest

from services.flask_app.answer_socket import AnswerSocket, Unsent
from services.flask_app.connection import Received
from services.wire import UNSENT_BYTES


@pytest.fixture
def ends():
    """(sender, receiver) of a connection."""
    sender, receiver = socket.socketpair()
    with AnswerSocket(sender, Unsent(1 << 30)) as sending, receiver:
        receiver.setblocking(False)
        yield sending, receiver


def test_the_head_goes_with_the_body(ends):
    sender, receiver = ends
    sender.holds_head = True
    sender.sendall(b"head")
    with pytest.raises(BlockingIOError):
        receiver.recv(100)
    sender.sendall(b"body")
    assert receiver.recv(100) == b"headbody"
    sender.sendall(b"more")
    assert receiver.recv(100) == b"more"
    assert sender.unsent == 0


def test_a_head_alone_is_left_to_the_loop(ends):
    sender, receiver = ends
    sender.holds_head = True
    sender.sendall(b"head")
    assert sender.unsent == 4
    sender.send_on()
    assert (receiver.recv(100), sender.unsent) == (b"head", 0)


def test_what_does_not_go_at_once_goes_in_order(ends):
    sender, receiver = ends
    pieces = [bytes([number]) * 30_000 for number in range(200)]
    assert sum(map(len, pieces)) > 20 * UNSENT_BYTES
    sender.setblocking(True)  # gunicorn asks for it; a call that waited would never return here
    for piece in pieces:
        sender.sendall(piece)
    told = b""
    while sender.unsent:
        told += receiver.recv(1 << 20)
        sender.send_on()
    while len(told) < sum(map(len, pieces)):
        told += receiver.recv(1 << 20)
    assert told == b"".join(pieces)


def test_what_has_arrived_is_seen_and_stays(ends):
    sender, receiver = ends
    assert not sender.has_arrived()
    receiver.sendall(b"\r\n\r\n")
    assert not sender.has_arrived()
    receiver.sendall(b"GET")
    assert sender.has_arrived()
    assert sender.recv(100) == b"\r\n\r\nGET"
    receiver.close()
    assert not sender.has_arrived()


@pytest.mark.parametrize("size", [1, 3, 4, 10, 100])
def test_a_body_is_taken_out_of_the_pieces(size):
    sent = b"headBODYnext"
    received = Received()
    received.pieces.extend(sent[at : at + size] for at in range(0, len(sent), size))
    head = b""
    while len(head) < 4:
        head += received.read()
    received.unread(head[4:])
    assert received.take(4) == b"BODY"
    assert b"".join(iter(received.read, b"")) == b"next"
