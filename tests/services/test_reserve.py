"""The files of several workers' metrics have no holes: a full disk would kill who writes into one."""

import os

import pytest

from services.figures import reserve


def blocks(path):
    return path.stat().st_blocks * 512


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system takes no room in advance")
def test_the_room_of_own_files_is_taken_and_of_no_others(tmp_path):
    own, other = (tmp_path / f"counter_{pid}.db" for pid in (os.getpid(), 1))
    for path in (own, other):
        path.touch()
        os.truncate(path, 1 << 20)
        assert blocks(path) < 1 << 20
    reserve(tmp_path)
    assert blocks(own) >= 1 << 20
    assert blocks(other) < 1 << 20
    assert own.stat().st_size == 1 << 20
