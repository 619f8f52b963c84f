"""Keeps what glibc holds of freed memory small; see mallopt(3) and malloc_trim(3).

glibc keeps what was freed, in heaps that many threads share. Readings of all sizes leave ever other holes in them,
and the process grows for thousands of requests although nothing is held.
"""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, of glibc's malloc.h."""

LARGE = 4 * 1024 * 1024
"""Bytes from which a piece of memory lies outside the heaps, and leaves the process when freed. Left to itself,
glibc raises this bound up to 32 MiB as such pieces are freed; at 1 MiB, pages took a tenth longer."""

KEPT = 64 * 1024 * 1024
"""Bytes that may stay free at the end of a heap: what each line takes is not asked of the system anew."""

_libc = ctypes.CDLL(None)
_mallopt, _malloc_trim = getattr(_libc, "mallopt", None), getattr(_libc, "malloc_trim", None)
"""None with C libraries other than glibc."""


def keep_large_pieces_apart() -> None:
    """Have large pieces of memory taken outside the heaps, in which they would leave holes."""
    if _mallopt is not None:
        _mallopt(M_MMAP_THRESHOLD, LARGE)
        _mallopt(M_TRIM_THRESHOLD, KEPT)


def give_back_free_memory() -> None:
    """Return all whole free pages of all heaps to the system. Takes some milliseconds, without Python's lock."""
    if _malloc_trim is not None:
        _malloc_trim(0)
