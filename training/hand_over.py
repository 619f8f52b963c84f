"""From a rendering process to the training that it works for, and no longer than that runs."""

import multiprocessing as mp
import queue
import sys
from typing import TypeVar

PATIENCE_S = 10.0
"""Seconds between two looks at whether the training still runs."""

T = TypeVar("T")


def hand_over(out: "mp.Queue[T]", item: T, patience_s: float = PATIENCE_S) -> None:
    """Put `item` into `out` as soon as there is room; end this process where the one that began it is gone.

    A training that is killed, by the kernel for its memory as well as by a person, tells nobody.
    """
    parent = mp.parent_process()
    while True:
        try:
            return out.put(item, timeout=patience_s)
        except queue.Full:
            if parent is not None and not parent.is_alive():
                out.cancel_join_thread()  # nobody will take what lies in the pipe
                sys.exit()
