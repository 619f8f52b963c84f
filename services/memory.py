"""Keeps what glibc holds of freed memory small; see mallopt(3) and malloc_trim(3).

glibc keeps what was freed, in heaps that many threads share. Readings of all sizes leave ever other holes in them,
and the process grows for thousands of requests although nothing is held.
"""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt, of glibc's malloc.h."""

LARGE = 4 * 1024 * 1024
"""Bytes from which a piece of memory lies outside the heaps, and leaves the process when freed. Left to itself,
glibc raises this bound up to 32 MiB as such pieces are freed; at 1 MiB, pages took a tenth longer."""

KEPT = 64 * 1024 * 1024
"""Bytes that may stay free at the end of a heap: what each line takes is not asked of the system anew."""

OTHER_HEAPS = 2
"""Beside one for each thread that reads: for all that receive and answer. Left to itself, glibc makes eight for
each processor, each with holes of its own; with two in all, two threads that read waited for each other."""

_libc = ctypes.CDLL(None)
_mallopt, _malloc_trim = getattr(_libc, "mallopt", None), getattr(_libc, "malloc_trim", None)
"""None with C libraries other than glibc."""


def bound_heaps(reading_threads: int) -> None:
    """Have few heaps, and large pieces of memory outside of them; to be called before there are other threads."""
    if _mallopt is not None:
        _mallopt(M_ARENA_MAX, reading_threads + OTHER_HEAPS)
        _mallopt(M_MMAP_THRESHOLD, LARGE)
        _mallopt(M_TRIM_THRESHOLD, KEPT)


def give_back_free_memory() -> None:
    """Return all whole free pages of all heaps to the system. Takes some milliseconds, without Python's lock."""
    if _malloc_trim is not None:
        _malloc_trim(0)
