"""The CPUs of a process, told from trees like those of the kernel."""

import os

import pytest

from ocr_core.sizing import Cpus, find_cpus

AFFINITY = len(os.sched_getaffinity(0))


def tree(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, 2.5),
        (
            {
                "proc/self/cgroup": "0::/pod/box\n",
                "sys/fs/cgroup/pod/box/cpu.max": "400000 100000\n",
                "sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
            },
            1.5,
        ),
        ({"proc/self/cgroup": "0::/../host/path\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5),
        (
            {
                "proc/self/cgroup": "9:memory:/\n4:cpu,cpuacct:/docker/abc\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "300000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            },
            3.0,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/docker/abc\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
    ],
    ids=[
        "no groups",
        "no file",
        "v2 without limit",
        "v2",
        "v2, the group above is tighter",
        "v2, path of the host",
        "v1",
        "v1, path of the host",
        "v1 without limit",
    ],
)
def test_quota(tmp_path, files, quota):
    assert find_cpus(tree(tmp_path, files)) == Cpus(AFFINITY, quota)


@pytest.mark.parametrize(
    ("cpus", "usable"),
    [(Cpus(8), 8), (Cpus(8, 2.5), 2), (Cpus(2, 64.0), 2), (Cpus(4, 0.5), 1), (Cpus(64, 1.0), 1)],
)
def test_usable(cpus, usable):
    assert cpus.usable == usable


def test_description_names_both_bounds():
    assert str(Cpus(8, 2.5)) == "2 (affinity 8, a quota of 2.5)"
    assert str(Cpus(2)) == "2 (affinity 2, no quota)"


def test_this_machine_has_a_cpu():
    assert 1 <= find_cpus().usable <= AFFINITY
