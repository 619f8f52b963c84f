"""How many connections each worker of a service holds, so that one with fewer takes the next.

The kernel gives a connection to whoever asks first, often the worker that it has just woken: of eight lasting
connections all eight fell to one of two workers. Here who holds more leaves it to the others for some milliseconds.
"""

import math
import time
from collections.abc import MutableSequence
from multiprocessing.sharedctypes import RawArray

LEAVE_S = 0.001
"""Seconds after which a worker looks again whether it is to take a connection that it has left."""

PATIENCE_S = 0.05
"""Seconds after which it takes it all the same: its siblings may be busy with other things."""

CALM_S = 0.2
"""Seconds without such a connection after which its patience is back."""

ALIVE_S = 1.0
"""Seconds after its last word for which a worker is believed to be there."""


class Shares:
    """What the workers tell each other, in memory that they share. Made by their parent."""

    def __init__(self, workers: int) -> None:
        """Take how many there are; while one replaces another there may be twice as many."""
        self._places = 2 * workers
        self._memory: MutableSequence[float] = RawArray("d", 2 * self._places)
        """Of each place the connections, and the time of its last word."""

    def lend(self) -> "Share":
        """Return the share of a new worker: the place of which nothing has been heard for the longest time."""
        place = min(range(self._places), key=lambda place: self._memory[2 * place + 1])
        share = Share(self._memory, place)
        share.tell(math.inf)  # nobody waits for one that is being started
        return share


class Share:
    """The place of one worker among the others. Goes with it into its process; used in one thread alone."""

    def __init__(self, memory: MutableSequence[float], place: int) -> None:
        self._memory, self._place = memory, place
        self._began = self._left = -math.inf

    def tell(self, held: float) -> None:
        """Tell the others how many connections this worker holds; infinitely many if it takes none."""
        self._memory[2 * self._place] = held
        self._memory[2 * self._place + 1] = time.monotonic()

    def leaves(self, held: int) -> bool:
        """Return whether to leave the connection that waits to another worker, and to ask again after `LEAVE_S`.

        Args:
            held: connections of this worker; the others learn of it.
        """
        self.tell(held)
        now = time.monotonic()
        if not self._sibling_holds_fewer(held, now):
            return False
        if now - self._left > CALM_S:
            self._began = now
        self._left = now
        return now - self._began < PATIENCE_S

    def _sibling_holds_fewer(self, held: int, now: float) -> bool:
        memory = self._memory
        return any(
            memory[at] < held and memory[at + 1] > now - ALIVE_S
            for at in range(0, len(memory), 2)
            if at != 2 * self._place
        )
