"""Memory that was freed leaves the process."""

from pathlib import Path

import pytest

from services import memory

MIB = 1 << 20
PIECE = 50_000
"""Bytes that glibc takes from a heap, and not from the system."""


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(memory._malloc_trim is None, reason="only glibc keeps it")
def test_holes_between_what_is_held_are_given_back():
    pieces = [bytearray(PIECE) for _ in range(1000)]
    for piece in pieces:
        piece[::4096] = b"x" * len(piece[::4096])
    held = pieces[::20]
    del pieces, piece
    before = resident_bytes()
    memory.give_back_free_memory()
    assert resident_bytes() < before - 20 * MIB
    assert len(held) == 50
