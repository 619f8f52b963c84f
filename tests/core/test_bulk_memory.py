"""Bulk jobs: memory does not grow with the source."""

import base64
import gc
import io
import json
import tarfile
import tracemalloc
import zipfile

import pyarrow
import pytest
from bulk_readers import FakeReader, run
from pyarrow import parquet

from ocr_core.bulk.batch_reader import Plan

PICTURE = b"x" * 4000


def write_folder(path, count):
    path.mkdir()
    for index in range(count):
        (path / f"{index:05}.png").write_bytes(PICTURE)


def write_tar(path, count):
    with tarfile.open(path, "w") as archive:
        for index in range(count):
            info = tarfile.TarInfo(f"{index:05}.png")
            info.size = len(PICTURE)
            archive.addfile(info, io.BytesIO(PICTURE))


def write_zip(path, count):
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(count):
            archive.writestr(f"{index:05}.png", PICTURE)


def write_json_lines(path, count):
    row = json.dumps({"bytes": base64.b64encode(PICTURE).decode()})
    path.write_text(f"{row}\n" * count)


def write_parquet(path, count):
    parquet.write_table(pyarrow.table({"bytes": [PICTURE] * count}), path, row_group_size=100)


@pytest.fixture
def apart():
    """What other tests left does not count: the more there is, the later Python looks for cycles of garbage."""
    gc.freeze()
    gc.collect()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("in.tar", write_tar),
        pytest.param("in", write_folder, marks=pytest.mark.scale),
        pytest.param("in.zip", write_zip, marks=pytest.mark.scale),
        pytest.param("in.jsonl", write_json_lines, marks=pytest.mark.scale),
        pytest.param("in.parquet", write_parquet, marks=pytest.mark.scale),
    ],
)
def test_six_times_the_inputs_take_no_more_memory(name, write, tmp_path):
    peaks = []
    for number, count in enumerate((60, 120, 720, 720)):  # the first fills what is filled once
        (tmp_path / str(number)).mkdir()
        source = tmp_path / str(number) / name
        write(source, count)
        tracemalloc.start()
        _, counted = run(source, tmp_path / f"out{number}", Plan("jsonl", load=FakeReader), size=16)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert counted.read == count
    _, small, *large = peaks
    # 600 pictures are 2.4 MB; a zip's directory is held, half a kilobyte a member, and a folder's names
    # the table of Python's names grows once in a while, by 4 MB: hardly in both of the long runs
    assert min(large) - small < 1_000_000
