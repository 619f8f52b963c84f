"""What one experiment consists of, and how long it takes."""

from dataclasses import dataclass

from locustfiles.stages import Stage
from locustfiles.study.arms import ARMS

START_S, MODEL_S, LOCUST_S, WORKER_S, STOP_S = 1.5, 0.7, 1.5, 0.8, 1.5
"""Seconds of a run beyond its load: start of a server, a model, Locust and each further worker, and the end."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One experiment."""

    name: str
    title: str
    model: str
    """`ocr`, `nothing`, `sleep:SECONDS` or `burn:SECONDS`; `hello` has none."""

    arms: tuple[str, ...]
    stages: tuple[Stage, ...]
    repeats: int = 3
    warm_up: float = 2.0
    """Seconds of load before the first stage."""

    error_over_s: float = 5.0
    """An answer that takes longer counts as an error, as in the claims."""

    stop_timeout: int = 2
    """Seconds that requests in flight get when a stage ends."""

    light: bool = False
    """Whether the light client asks instead of Locust, which would be busier than the server."""

    requests: int = 0
    """With the light client: how many in a stage; 0 for as many as there is time for."""

    def seconds(self, arm: str) -> float:
        """Return the expected seconds of one run of an arm."""
        start = START_S + WORKER_S * (ARMS[arm].workers - 1)
        start += MODEL_S * (self.model == "ocr") + LOCUST_S * (not self.light)
        return start + self.warm_up + sum(stage.seconds for stage in self.stages) + STOP_S
