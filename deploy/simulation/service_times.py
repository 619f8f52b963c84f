"""What the model is fed with: how long readings take, measured at the real service and kept as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

MEASURED = Path(__file__).with_name("measured.json")
"""The figures that are shipped, with their date and machine."""


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Times of one replica; all in seconds."""

    readings: tuple[float, ...]
    """How long a thread takes for a reading when no other one reads: an empirical distribution."""

    stretch: tuple[float, ...]
    """How many times as long a reading takes when 1, 2, ... threads read; its length is the number of threads."""

    overhead: float
    """Of a request, beside its queue and its reading: HTTP, parsing, the way there and back."""

    hit: float
    """Of a request that the cache answers, all in all."""

    start: float
    """From the start of the process to its first reading."""

    source: str = ""
    """Where and when it was measured."""

    @property
    def threads(self) -> int:
        """Readings at once."""
        return len(self.stretch)

    @property
    def capacity(self) -> float:
        """Readings a second of one replica whose threads are all busy."""
        return self.threads / (float(np.mean(self.readings)) * self.stretch[-1])

    def save(self, path: Path) -> None:
        """Write it down as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load(path: Path = MEASURED) -> ServiceTimes:
    """Return what `save` has written to `path`."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return ServiceTimes(**{**content, "readings": tuple(content["readings"]), "stretch": tuple(content["stretch"])})
