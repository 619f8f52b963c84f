"""One replica: its threads, its bounded queue, its admission and its cache, as services/ has them."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

import simpy

from deploy.simulation.service_times import ServiceTimes

SAFETY = 2.0
"""How many times the expected wait a request must have time for; see services/admission.py."""

SMOOTHING = 0.2
"""Weight of the newest reading in the mean seconds of a reading; see services/admission.py."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of a replica that the model knows."""

    queue: float = 64
    """OCR_QUEUE."""

    deadline: float = 30.0
    """OCR_DEADLINE_MS, seconds."""

    cached: int = 0
    """Answers that the cache of a replica holds; 0 for none."""


@dataclass(slots=True)
class Figures:
    """What Prometheus would tell of a replica since the last look."""

    busy: float = 0.0
    """Seconds of reading, summed over the threads."""

    held: float = 0.0
    """Integral of the requests that run and wait over time, request seconds."""

    waited: float = 0.0
    """Seconds in the queue, of the requests that have begun to be read."""

    begun: int = 0
    """Those requests."""


@dataclass(slots=True, eq=False)
class Request:
    """One picture on its way."""

    arrived: float
    work: float
    """Seconds that a thread needs for it when it is alone."""

    image: int = -1
    """Which picture it is; -1 for one that nobody else sends."""

    finished: float = field(default=-1.0)
    """When the answer was there; negative for none."""


class Replica:
    """Reads requests in the order in which they came."""

    def __init__(
        self, env: simpy.Environment, times: ServiceTimes, limits: Limits, shared: OrderedDict[int, None] | None
    ) -> None:
        """Take the clock, how long readings take, the settings, and the cache that all replicas share, if any."""
        self._env, self._times, self._limits = env, times, limits
        self._running = 0
        self._waiting: deque[Request] = deque()
        self._mean = 0.0
        self._changed = env.now
        self._cache: OrderedDict[int, None] = OrderedDict() if shared is None else shared
        self.figures = Figures()
        self.finished: list[Request] = []
        """Answered requests; whoever is interested takes them from here."""

    @property
    def held(self) -> int:
        """Requests that run and wait."""
        return self._running + len(self._waiting)

    def offer(self, request: Request) -> bool:
        """Take a request, or refuse it at once."""
        if request.image in self._cache:
            self._cache.move_to_end(request.image)
            request.finished = self._env.now + self._times.hit
            self.finished.append(request)
            return True
        times, limits = self._times, self._limits
        drained = self.held * self._mean / times.threads
        if self.held >= times.threads + limits.queue or SAFETY * drained > limits.deadline:
            return False
        self._count()
        if self._running < times.threads:
            self._begin(request)
        else:
            self._waiting.append(request)
        return True

    def look(self) -> Figures:
        """Return the figures since the last look."""
        self._count()
        figures, self.figures = self.figures, Figures()
        return figures

    def _count(self) -> None:
        """Bring the integrals up to now; called before anything changes."""
        elapsed = self._env.now - self._changed
        self.figures.busy += elapsed * self._running
        self.figures.held += elapsed * self.held
        self._changed = self._env.now

    def _begin(self, request: Request) -> None:
        self._running += 1
        self.figures.waited += self._env.now - request.arrived
        self.figures.begun += 1
        seconds = request.work * self._times.stretch[self._running - 1]
        done = self._env.timeout(seconds, (request, seconds))
        assert done.callbacks is not None
        done.callbacks.append(self._end)

    def _end(self, event: simpy.Event) -> None:
        assert event.value is not None
        request, seconds = event.value
        self._count()
        self._running -= 1
        self._mean += (seconds - self._mean) * (SMOOTHING if self._mean else 1.0)
        request.finished = self._env.now + self._times.overhead
        self.finished.append(request)
        if self._limits.cached and request.image >= 0:
            self._cache[request.image] = None
            while len(self._cache) > self._limits.cached:
                self._cache.popitem(last=False)
        if self._waiting:
            self._begin(self._waiting.popleft())
