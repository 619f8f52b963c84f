"""Memory that was freed leaves the process."""

import subprocess
import sys
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


GROWN = """
import sys
from services import memory

def resident_bytes():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

if sys.argv[1] == "apart":
    memory.bound_heaps(2)
for size in (8, 12, 16, 24):  # each is freed, and glibc takes the next one of its size from a heap
    bytearray(size << 20)
before, holes = resident_bytes(), []
for _ in range(8):
    large = bytearray(b"x" * (8 << 20))
    holes.append(bytearray(50_000))  # held, and in the way of a heap that would shrink
    del large
print(resident_bytes() - before)
"""


@pytest.mark.skipif(memory._mallopt is None, reason="only glibc keeps it")
def test_large_pieces_leave_the_process_at_once():
    grown = {how: int(subprocess.check_output([sys.executable, "-c", GROWN, how])) for how in ("apart", "together")}
    assert grown["apart"] < 4 * MIB
    assert grown["together"] > grown["apart"] + 4 * MIB
