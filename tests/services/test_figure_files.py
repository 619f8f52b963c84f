"""The files of several workers' metrics: their room is taken, and a full disk costs figures and no worker."""

import errno
import os
from contextlib import ExitStack, closing, contextmanager

import pytest
from prometheus_client.mmap_dict import MmapedDict

from services.figure_files import FIRST_BYTES, FigureFile
from services.metrics import Metrics
from services.settings import Settings

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system takes no room in advance")

FIGURES = [f"figure {number}" + "x" * 1000 for number in range(100)]
"""More than fit into a file of `FIRST_BYTES`."""

NOBODY = 1 << 30
"""A process that there is not."""


@pytest.fixture
def file():
    """Return what opens a file of figures; it is closed at the end."""
    with ExitStack() as opened:
        yield lambda path: opened.enter_context(closing(FigureFile(str(path))))


@contextmanager
def full_disk(monkeypatch, error=errno.ENOSPC):
    """Let no room be taken on a disk; that of files in memory is no disk's."""
    real = os.posix_fallocate

    def refused(descriptor, offset, size):
        if not os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:"):
            raise OSError(error, os.strerror(error))
        real(descriptor, offset, size)

    with monkeypatch.context() as disk:
        disk.setattr(os, "posix_fallocate", refused)
        yield


def count(figures, names):
    for number, name in enumerate(names):
        figures.write_value(name, float(number), 0.0)


def counted(values):
    return {name: value for name, value, *_ in values}


def in_file(path):
    """Return what the siblings see."""
    return counted(MmapedDict.read_all_values_from_file(path))


def all_of(names):
    return dict(zip(names, map(float, range(len(names))), strict=True))


def test_a_file_has_no_holes_however_long_it_is(tmp_path, file):
    path = tmp_path / "counter_1.db"
    figures = file(path)
    for names in FIGURES[:1], FIGURES:
        count(figures, names)
        assert in_file(path) == all_of(names)
        assert path.stat().st_blocks * 512 >= path.stat().st_size
    assert path.stat().st_size > FIRST_BYTES
    assert counted(file(path).read_all_values()) == all_of(FIGURES)


def test_a_worker_that_is_started_on_a_full_disk_counts_in_memory(tmp_path, file, monkeypatch, caplog):
    with full_disk(monkeypatch):
        figures = file(tmp_path / "counter_1.db")
        count(figures, FIGURES)
    assert counted(figures.read_all_values()) == all_of(FIGURES)
    assert list(tmp_path.iterdir()) == []  # an empty file would be an error to the siblings
    assert "counter_1.db" in caplog.text


def test_a_worker_whose_file_cannot_grow_goes_on_in_memory(tmp_path, file, monkeypatch):
    path = tmp_path / "counter_1.db"
    figures = file(path)
    count(figures, FIGURES[:10])
    with full_disk(monkeypatch):
        count(figures, FIGURES)
    assert counted(figures.read_all_values()) == all_of(FIGURES)
    assert in_file(path).items() <= all_of(FIGURES).items()
    assert set(FIGURES[:10]) <= set(in_file(path))


def test_a_folder_that_takes_no_files_costs_figures_alone(tmp_path, file):
    figures = file(tmp_path / "missing" / "counter_1.db")
    count(figures, FIGURES)
    assert counted(figures.read_all_values()) == all_of(FIGURES)


def test_a_file_system_that_takes_no_room_in_advance_is_written_to(tmp_path, file, monkeypatch):
    path = tmp_path / "counter_1.db"
    with full_disk(monkeypatch, errno.EOPNOTSUPP):
        count(file(path), FIGURES)
    assert in_file(path) == all_of(FIGURES)


def test_the_figures_of_a_dead_worker_on_a_read_only_disk_are_told(tmp_path, file, monkeypatch):
    figures = file(tmp_path / f"gauge_livesum_{NOBODY}.db")
    figures.write_value('["a", "a", {}, "b"]', 3.0, 0.0)

    def refused(path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    metrics = Metrics(Settings(figures=tmp_path))
    with monkeypatch.context() as disk:
        disk.setattr(os, "remove", refused)
        assert b"\na 3.0\n" in metrics.text()
    assert b"\na " not in metrics.text()
