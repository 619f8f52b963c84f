"""Users who upload images and compare the text of every answer; made for Locust.

    locust -f locustfiles/users.py --host http://127.0.0.1:8000            with Locust's page
    locust -f locustfiles/users.py --host ... --headless --record FILE     raw samples into FILE

Before the first user starts, each sample is sent once and its answer becomes the expected one.
"""

import json
import random
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import ClassVar

# Locust loads this file by its path and puts its folder on the search path instead of the one above
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from locust import FastHttpUser, constant, events, task
from locust.env import Environment

from locustfiles.samples import CONTENT_TYPE, Sample, draw_samples
from locustfiles.verification import VerificationError, compare, expected_texts

UNVERIFIED = 3
"""Exit status of Locust if the service does not read the samples even without load."""

SAMPLES = draw_samples()
RECORDS: list[tuple[float, float, str]] = []
"""Start in seconds since the epoch, milliseconds, and error or "" of each request."""


class OcrUser(FastHttpUser):
    """Uploads one image after another, without a pause: a closed loop."""

    abstract = True
    wait_time = constant(0)
    samples: ClassVar[tuple[Sample, ...]] = ()
    expected: ClassVar[dict[str, str]] = {}
    """Text of each sample by its name; set before the first user starts."""

    connection_timeout = 30.0
    network_timeout = 30.0

    @task
    def upload(self) -> None:
        """Send a sample and fail the request unless status and text are the expected ones."""
        sample = random.choice(self.samples)
        # no-store: each request is read for itself, although many send the same image at once
        headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        with self.client.post(
            "/ocr", data=sample.body, headers=headers, name=sample.name, catch_response=True
        ) as response:
            problem = compare(response.status_code, response.text, OcrUser.expected[sample.name])
            if problem:
                response.failure(problem)


class LineUser(OcrUser):
    """Sends crops of single lines."""

    samples = tuple(sample for sample in SAMPLES if sample.kind == "line")
    weight = 1


class PageUser(OcrUser):
    """Sends pages."""

    samples = tuple(sample for sample in SAMPLES if sample.kind == "page")
    weight = 1


@events.init_command_line_parser.add_listener
def add_arguments(parser: ArgumentParser) -> None:
    """Add our option to Locust's own."""
    parser.add_argument("--record", metavar="FILE", default="", help="write each request to FILE as JSON")


@events.test_start.add_listener
def verify(environment: Environment, **_: object) -> None:
    """Learn the expected texts, or end the run."""
    try:
        OcrUser.expected = expected_texts(environment.host or "", SAMPLES)
    except VerificationError as error:
        sys.stderr.write(f"{error}\n")
        environment.process_exit_code = UNVERIFIED
        if environment.runner:
            environment.runner.quit()


@events.request.add_listener
def remember(start_time: float, response_time: float, exception: BaseException | None, **_: object) -> None:
    """Keep the raw figures of one request; Locust itself keeps rounded ones."""
    RECORDS.append((start_time, response_time, "" if exception is None else str(exception)))


@events.quitting.add_listener
def write_records(environment: Environment, **_: object) -> None:
    """Write the raw figures where `--record` says."""
    if environment.parsed_options and environment.parsed_options.record:
        Path(environment.parsed_options.record).write_text(json.dumps(RECORDS), encoding="utf-8")
