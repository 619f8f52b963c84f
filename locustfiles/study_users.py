"""The users of the study: one image, and status and text of every answer checked; made for Locust.

`python -m locustfiles.study` starts it with `--plan FILE` (stages, body, expected text) and `--record FILE`.
In an open loop a single user sends each request when it is due, in a greenlet of its own, and its time is counted
from then: a late generator or a full pool of connections makes an answer late, as it does for a visitor.
"""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import gevent
from gevent.pool import Group
from locust import FastHttpUser, constant, events, task
from locust.env import Environment

from locustfiles.samples import CONTENT_TYPE, SEED
from locustfiles.shapes import Stages
from locustfiles.stages import due_times
from locustfiles.verification import compare

__all__ = ["Stages", "StudyUser"]  # what Locust finds here


RECORDS: list[tuple[float, float, str]] = []
"""When it was due in seconds since the epoch, milliseconds from then, and error or "" of each request."""

UNANSWERED: set[float] = set()
"""When the requests of an open loop were due that are under way."""

HEADERS = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
"""no-store: each request is read for itself, although all send the same image."""


class StudyUser(FastHttpUser):
    """Uploads the image of the plan, without a pause or when it is due."""

    wait_time = constant(0)
    body: ClassVar[bytes] = b""
    expected: ClassVar[str] = ""
    connection_timeout = 60.0
    network_timeout = 60.0
    concurrency = 1000

    def on_start(self) -> None:
        """Begin with nothing under way."""
        self.under_way = Group()
        self.sent_for = 0.0  # the beginning of the last stage of an open loop

    def on_stop(self) -> None:
        """Wait for the answers of an open loop, as long as Locust lets a user that is stopped."""
        self.under_way.join()

    @task
    def act(self) -> None:
        """Send a request, or all those of a stage of an open loop."""
        shape = self.environment.shape_class
        begun, stage = shape.begun[-1], shape.current
        if not stage.rate:
            self.upload(None)
        elif begun != self.sent_for:
            self.sent_for = begun
            self.arrive(begun, stage.rate, stage.seconds)
        else:
            gevent.sleep(0.01)  # all is sent, and the next stage has not begun

    def arrive(self, begun: float, rate: float, seconds: float) -> None:
        """Send requests at their moments, and wait for none of their answers."""
        for due in due_times(rate, seconds, SEED):
            gevent.sleep(max(0.0, begun + due - time.time()))
            UNANSWERED.add(begun + due)
            self.under_way.add(gevent.spawn(self.upload, begun + due))

    def upload(self, due: float | None) -> None:
        """Send the image and fail the request unless status and text are the expected ones."""
        with self.client.post(
            "/ocr", data=self.body, headers=HEADERS, context={"due": due}, catch_response=True
        ) as response:
            problem = compare(response.status_code, response.text, self.expected)
            if problem:
                response.failure(problem)


@events.init_command_line_parser.add_listener
def add_arguments(parser: ArgumentParser) -> None:
    """Add our option to Locust's own."""
    parser.add_argument("--record", metavar="FILE", default="", help="write each request to FILE as JSON")


@events.test_start.add_listener
def prepare(environment: Environment, **_: object) -> None:
    """Take body and expected text from the plan."""
    plan = json.loads(Path(environment.parsed_options.plan).read_text(encoding="utf-8"))
    StudyUser.body = Path(plan["body"]).read_bytes()
    StudyUser.expected = plan["expected"]


@events.request.add_listener
def remember(
    start_time: float, response_time: float, exception: BaseException | None, context: dict, **_: object
) -> None:
    """Keep the raw figures of one request; Locust itself keeps rounded ones."""
    due = context.get("due") or start_time
    UNANSWERED.discard(due)
    error = "" if exception is None else str(exception)
    RECORDS.append((due, response_time + (start_time - due) * 1e3, error))


@events.quitting.add_listener
def write_records(environment: Environment, **_: object) -> None:
    """Write the raw figures, and when each stage began, where `--record` says."""
    now = time.time()
    RECORDS.extend((due, (now - due) * 1e3, "unanswered at the end") for due in sorted(UNANSWERED))
    content = {"begun": environment.shape_class.begun, "requests": RECORDS}
    Path(environment.parsed_options.record).write_text(json.dumps(content), encoding="utf-8")
