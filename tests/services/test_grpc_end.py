"""SIGTERM and the gRPC service: accepted calls are answered, replicas are replaced without a lost one."""

import queue
import re
import threading
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_serving import (
    IN_FLIGHT,
    begun,
    connected,
    grpc_started,
    read,
)
from serving import PATIENCE_S, held, let_go, terminate_again, wait_until

from services.lifecycle import STOPPED_HARD

SERVING, NOT_SERVING = 1, 2
ROOT = Path(__file__).parents[2]
SERVICE_CONFIG = re.search(
    r"^```json\n(\{\n  \"loadBalancingConfig.+?)^```", (ROOT / "docs/scale.md").read_text("utf-8"), re.M | re.S
)[1]
"""What callers are advised to set."""


def watched_health(channel):
    """Return the health as it changes; a stream without an end, which holds up nothing."""
    return health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())


def test_sigterm_answers_what_was_accepted_and_then_ends():
    with ExitStack() as stack:
        server = stack.enter_context(grpc_started(OCR_THREADS="2", OCR_DRAIN_DELAY_S="1"))
        stub = stack.enter_context(connected(server.address))
        watched = watched_health(stack.enter_context(grpc.insecure_channel(server.address)))
        assert next(watched).status == SERVING
        stack.enter_context(held(server.address))
        accepted = [begun(stub) for _ in range(4)]
        wait_until(lambda: server.metric(IN_FLIGHT) == 4)
        server.process.terminate()
        assert next(watched).status == NOT_SERVING
        let_go(server.address)
        assert [call.result().page.model for call in accepted] == ["fake-00000000"] * 4
        assert server.process.wait(PATIENCE_S) == 0


def test_the_port_stays_open_for_the_drain_delay():
    """A balancer may not have looked at the health yet."""
    with grpc_started(OCR_DRAIN_DELAY_S="600") as server, grpc.insecure_channel(server.address) as channel:
        watched = watched_health(channel)
        assert next(watched).status == SERVING
        server.process.terminate()
        assert next(watched).status == NOT_SERVING
        with connected(server.address) as stub:
            assert read(stub, b"image").page.text
        assert terminate_again(server.process) == STOPPED_HARD


@pytest.mark.scale
def test_a_second_sigterm_ends_it_at_once():
    with (
        grpc_started(OCR_THREADS="1", OCR_GRACE_S="600") as server,
        connected(server.address) as stub,
        grpc.insecure_channel(server.address) as channel,
        held(server.address),
    ):
        watched = watched_health(channel)
        assert next(watched).status == SERVING
        unanswered = [begun(stub) for _ in range(4)]
        wait_until(lambda: server.metric(IN_FLIGHT) == 4)
        server.process.terminate()
        assert next(watched).status == NOT_SERVING
        assert server.process.poll() is None
        assert terminate_again(server.process) == STOPPED_HARD
        assert all(call.exception() for call in unanswered)


@pytest.mark.scale
def test_replicas_that_are_drained_in_turn_lose_no_call():
    """Callers with gRPC's own retries go on while three services are stopped and replaced, one after the other."""
    failures, count, stop = queue.SimpleQueue(), [0], threading.Event()
    with ExitStack() as stack:
        servers = [stack.enter_context(grpc_started(OCR_DRAIN_DELAY_S="1")) for _ in range(3)]
        target = "ipv4:" + ",".join(server.address for server in servers)

        def call(number):
            with connected(target, **{"grpc.service_config": SERVICE_CONFIG}) as stub:
                while not stop.is_set():
                    try:
                        read(stub, b"image%d" % number, fresh=True)
                        count[0] += 1
                    except grpc.RpcError as error:
                        failures.put(str(error))

        callers = [threading.Thread(target=call, args=(number,)) for number in range(8)]
        for caller in callers:
            caller.start()

        def go_on():
            enough = count[0] + 40
            wait_until(lambda: count[0] >= enough)

        for server in servers[:2]:
            go_on()
            server.process.terminate()
            assert server.process.wait(PATIENCE_S) == 0
        go_on()
        stop.set()
        for caller in callers:
            caller.join()
    assert failures.qsize() == 0, failures.get()
