"""Gives memory that is free back to the system; see malloc_trim(3).

glibc keeps what was freed, in heaps that many threads share. Readings of all sizes leave ever other holes in them,
and the process grows for thousands of requests although nothing is held.
"""

import ctypes

_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""None with C libraries other than glibc."""


def give_back_free_memory() -> None:
    """Return all whole free pages of all heaps to the system. Takes some milliseconds, without Python's lock."""
    if _malloc_trim is not None:
        _malloc_trim(0)
