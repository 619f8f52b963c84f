"""What the processor is good at: whether int8 products are exact and quick on it."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")

INT8_FLAGS = {"avx512_vnni", "avx_vnni"}
"""x86 instructions that add up products of bytes in 32 bits. Older ones do so in 16, which overflow."""

ARM = {"aarch64", "arm64"}
"""Names of processors whose vector instructions widen before they add."""


def has_int8(machine: str | None = None, cpuinfo: str | None = None) -> bool:
    """Return whether int8 networks give what they should, and quickly.

    Args:
        machine: name of the architecture; that of this machine if None.
        cpuinfo: what Linux says of its processors; read from the system if None. Without it, the answer for
            x86 is no: single precision is right everywhere.
    """
    if (machine or platform.machine()) in ARM:
        return True
    if cpuinfo is None:
        cpuinfo = CPUINFO.read_text() if CPUINFO.exists() else ""
    flags = next((line for line in cpuinfo.splitlines() if line.startswith("flags")), "")
    return not INT8_FLAGS.isdisjoint(flags.split())
