"""The user of the study that speaks gRPC: `locust -f study_users.py,study_grpc_user.py ... GrpcUser`.

Options, stages and records are those of `study_users.py`. As with HTTP, the time of a request ends with the bytes
of its answer, and what they say is looked at afterwards.
"""

import json
import sys
import time
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import grpc
from google.protobuf.message import DecodeError
from grpc.experimental.gevent import init_gevent
from locust import User, constant, events, task
from locust.env import Environment

from locustfiles.grpc_caller import READ, Messages, channel_to
from locustfiles.verification import compare_text

# before the first channel: without it a call stops all users until it is answered
init_gevent()

ANSWER_S = 60.0
"""Seconds after which an answer is given up, as in `study_users.py`."""

FRESH = (("cache-control", "no-store"),)
"""Metadata: each request is read for itself, although all send the same image."""


class GrpcUser(User):
    """Sends the image of the plan without a pause, on a connection of its own: a closed loop."""

    wait_time = constant(0)
    body: ClassVar[bytes] = b""
    expected: ClassVar[str] = ""
    messages: ClassVar[Messages]

    def on_start(self) -> None:
        """Make the channel; its connection is made by the first call."""
        self.channel = channel_to(self.host)
        self.read = self.channel.unary_unary(READ)

    def on_stop(self) -> None:
        """Close the connection."""
        self.channel.close()

    @task
    def upload(self) -> None:
        """Send the image; the request fails unless status and text are the expected ones."""
        started, begun = time.time(), time.perf_counter()
        response, problem = b"", ""
        try:
            response = self.read(self.body, timeout=ANSWER_S, metadata=FRESH)
        except grpc.RpcError as error:
            problem = f"status {error.code().name}"
        milliseconds = (time.perf_counter() - begun) * 1e3
        self.environment.events.request.fire(
            request_type="gRPC",
            name=READ,
            start_time=started,
            response_time=milliseconds,
            response_length=len(response),
            exception=_failure(problem or _compare(self.messages, response, self.expected)),
            context={},
        )


def _compare(messages: Messages, response: bytes, expected: str) -> str:
    """Return what is wrong with an answer, or "" if it is the expected one."""
    try:
        return compare_text(messages.text(response), expected)
    except DecodeError:
        return "the answer is no message with a text"


def _failure(problem: str) -> Exception | None:
    return Exception(problem) if problem else None


@events.test_start.add_listener
def prepare(environment: Environment, **_: object) -> None:
    """Take body and expected text from the plan, and the form of the messages from the service."""
    plan = json.loads(Path(environment.parsed_options.plan).read_text(encoding="utf-8"))
    GrpcUser.body = Path(plan["body"]).read_bytes()
    GrpcUser.expected = plan["expected"]
    with channel_to(environment.host) as channel:
        GrpcUser.messages = Messages(channel)
