"""Who was told that a connection stays open is answered on it once more, although the service ends."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import HELD, PATIENCE_S, held, in_flight, let_go, refuses, started, wait_until

from services.wire import LINGER_S

TRIES = 5
"""A machine that stands still for a second between the two requests proves nothing."""


def is_answered_twice(service):
    """Return whether what is sent half a second after the answer to a long reading is answered, or was declined."""
    with (
        started(service) as (address, process),
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=address, timeout=PATIENCE_S) as kept,
        held(address),
    ):
        long = pool.submit(kept.post, "/ocr", **HELD)
        wait_until(in_flight(address, 1))
        process.terminate()
        wait_until(lambda: refuses(address))
        time.sleep(LINGER_S + 0.5)  # connections that were idle at the start of the drain have been closed
        let_go(address)
        assert long.result().status_code == 200
        if long.result().headers.get("Connection") == "close":
            return True
        time.sleep(0.5)
        try:
            return kept.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_an_answer_that_leaves_the_connection_open_is_followed_by_another(service):
    assert any(is_answered_twice(service) for _ in range(TRIES))
