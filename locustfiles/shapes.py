"""Loads for Locust's command line, beside any file with users:

    locust -f locustfiles/users.py,locustfiles/shapes.py --host ... --headless --load steps:1,5,10,20:30
    ... --load spike:100:30        --load soak:20:600

A level of `steps` takes as many seconds as the last number says, and one more in front that does not count.
"""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from locust import LoadTestShape, events

from locustfiles.stages import Stage, soak, spike, steps


class Stages(LoadTestShape):
    """Follows the stages that `--load` or `--plan` describes, and remembers when each one began."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[float] = []
        """Seconds since the epoch, one for each stage that has begun."""

        self.stages: list[Stage] = []

    @property
    def current(self) -> Stage:
        """The stage that runs."""
        return self.stages[len(self.begun) - 1]

    def tick(self) -> tuple[int, float] | None:
        """Return users and how many of them may begin a second; None at the end. Locust asks every second."""
        if not self.stages:
            options = self.runner.environment.parsed_options
            self.stages = planned(options.plan) if options.plan else described(options.load)
        now = time.time()
        if not self.begun or now >= self.begun[-1] + self.current.seconds:
            if len(self.begun) == len(self.stages):
                return None
            self.begun.append(now)
        users = self.current.users or (1 if self.current.rate else 0)
        return users, max(users, 100)


def described(text: str) -> list[Stage]:
    """Return the stages of `kind:users:seconds`; raise `SystemExit` with a sentence if it is none."""
    try:
        kind, users, seconds = text.split(":")
        if kind == "steps":
            return steps([int(word) for word in users.split(",")], float(seconds))
        return {"spike": spike, "soak": soak}[kind](int(users), float(seconds))
    except (ValueError, KeyError):
        raise SystemExit(f"--load {text} is none; write steps:1,5,10:30, spike:100:30 or soak:20:600.") from None


def planned(file: str) -> list[Stage]:
    """Return the stages that the runner of the study has written into `file`."""
    return [Stage(**stage) for stage in json.loads(Path(file).read_text(encoding="utf-8"))["stages"]]


@events.init_command_line_parser.add_listener
def add_arguments(parser: ArgumentParser) -> None:
    """Add our options to Locust's own."""
    parser.add_argument("--load", metavar="KIND:USERS:SECONDS", default="steps:1,5,10,20:30", help="the load")
    parser.add_argument("--plan", metavar="FILE", default="", help="what the runner of the study wants")
