"""FastAPI: answers that wait for callers who do not take them are bounded together, whatever they are."""

from fastapi_serving import FORM, TalkativeReader, connect, ended, post, serving
from serving import http, wait_until

from services.fastapi_app import sending
from services.fastapi_app.backlog import Backlog

ANSWER = 4_000_000
"""Bytes of an answer, rounded down: its text is in it twice."""


class Slow:
    """Lets some bytes wait, and remembers whether it was cut off."""

    def __init__(self, waiting):
        self.waiting, self.is_cut_off = waiting, False

    def cut_off(self):
        self.is_cut_off = True


def test_who_is_furthest_behind_is_cut_off():
    backlog, receivers = Backlog(100), [Slow(count) for count in (30, 50, 20, 0)]
    for one in receivers:
        backlog.tell(one)
    assert not any(one.is_cut_off for one in receivers)
    last = Slow(1)
    backlog.tell(last)
    assert [one.is_cut_off for one in (*receivers, last)] == [False, True, False, False, False]


def test_what_is_forgotten_does_not_count():
    backlog, one, other = Backlog(100), Slow(90), Slow(90)
    backlog.tell(one)
    backlog.forget(one)
    backlog.forget(one)
    backlog.tell(other)
    assert not one.is_cut_off
    assert not other.is_cut_off


def test_answers_that_nobody_takes_are_bounded_together(monkeypatch):
    monkeypatch.setattr(sending, "SEND_S", 600)
    monkeypatch.setattr("fastapi_serving.TALK", ANSWER // 2)
    with serving(TalkativeReader(), held_bytes=5 * ANSWER) as port:
        silent = [connect(port, read_buffer=4096) for _ in range(10)]
        for connection in silent:
            connection.sendall(post(FORM, headers=b"Cache-Control: no-store\r\n"))
        wait_until(lambda: any(map(ended, silent)))
        assert http.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        assert not all(map(ended, silent))
        for connection in silent:
            connection.close()
