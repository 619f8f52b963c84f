"""How many CPUs this process really has: its affinity and the quotas of its control groups, versions 1 and 2.

A container with a quota of two CPUs on a machine of 64 still sees 64; threads for 64 would share two and
wait for each other. Sources: cpuset(7), cgroups(7), and the kernel's admin guides `cgroup-v2` (cpu.max) and
`sched-bwc` (cpu.cfs_quota_us).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cpus:
    """The CPUs of this process and what bounds them."""

    affinity: int
    """CPUs that the process may be scheduled on."""

    quota: float | None = None
    """CPUs' worth of time that the tightest control group grants; None where there is no quota."""

    @property
    def usable(self) -> int:
        """Readings that can run at once without taking time from each other, at least 1.

        A part of a CPU is left to the event loop and to parsing: a reading would be throttled on it.
        """
        return max(1, min(self.affinity, int(self.quota if self.quota is not None else self.affinity)))

    def __str__(self) -> str:
        """Return the figures for people."""
        bound = "no quota" if self.quota is None else f"a quota of {self.quota:g}"
        return f"{self.usable} (affinity {self.affinity}, {bound})"


def find_cpus(root: Path = Path("/")) -> Cpus:
    """Return the CPUs of this process.

    Args:
        root: folder that holds `proc` and `sys`; tests bring theirs.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Cpus(affinity, min(_quotas(root), default=None))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quota of each control group that the process is in, from its own up to the mount."""
    try:
        rows = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for row in rows:
        _, controllers, path = row.split(":", 2)
        if not controllers:
            yield from _walk(mount, path, _quota_v2)
            yield from _walk(mount / "unified", path, _quota_v2)
        elif "cpu" in controllers.split(","):
            for name in {"cpu", controllers}:  # the kernel mounts them together, systemd links the parts
                yield from _walk(mount / name, path, _quota_v1)


def _walk(mount: Path, path: str, read: Callable[[Path], float | None]) -> Iterator[float]:
    """Yield what `read` finds in the group's folder and in those above it.

    Inside a container the path may be the host's and lead nowhere below the mount: its parents are tried too.
    """
    group = Path(path.lstrip("/"))
    for folder in (group, *group.parents):
        if (quota := read(mount / folder)) is not None:
            yield quota


def _quota_v2(folder: Path) -> float | None:
    """Return the CPUs that `cpu.max` grants, "QUOTA PERIOD" in microseconds; None for "max" and no file."""
    match _numbers(folder / "cpu.max"):
        case [quota, period] if quota > 0 < period:
            return quota / period
    return None


def _quota_v1(folder: Path) -> float | None:
    """Return the CPUs that the CFS bandwidth grants; None for -1, which is no limit, and no file."""
    match _numbers(folder / "cpu.cfs_quota_us") + _numbers(folder / "cpu.cfs_period_us"):
        case [quota, period] if quota > 0 < period:
            return quota / period
    return None


def _numbers(file: Path) -> list[float]:
    """Return the numbers in `file`; none where it is missing or holds words."""
    try:
        return [float(word) for word in file.read_text(encoding="utf-8").split()]
    except (OSError, ValueError):
        return []
