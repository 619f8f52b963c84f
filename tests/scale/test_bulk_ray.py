"""`ocr bulk` on a Ray cluster of three nodes: processes and a node are lost in the middle, and no input is."""

import json
import os
import signal
from collections import Counter
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from bulk_readers import Counter as Progress
from bulk_readers import FakeReader, files, pool, run

from ocr_core.bulk.batch_reader import Plan
from ocr_core.bulk.bulk_job import BulkJob
from ocr_core.bulk.ray_tasks import RayTasks
from ocr_core.bulk.sources import inputs
from ocr_core.bulk.target import Target
from ocr_core.types import ReadOptions

pytestmark = [
    pytest.mark.scale,
    pytest.mark.filterwarnings("default"),  # Ray's own
]

INPUTS = 2000
SHARD = 64
PLAN = Plan("jsonl", ReadOptions(mode="line"))


@pytest.fixture
def cluster(monkeypatch):
    """Three nodes with a CPU each, whose processes find the readers of the tests."""
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "core"))
    node = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    started = Cluster(initialize_head=True, head_node_args=node)
    del node["include_dashboard"]
    started.others = [started.add_node(**node) for _ in range(2)]
    yield started
    ray.shutdown()
    started.shutdown()


@pytest.fixture
def lines(tmp_path):
    """So many lines of print, each with a number of its own, and some files that are no picture."""
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(INPUTS):
        picture = np.full((32, 150), 255, np.uint8)
        cv2.putText(picture, f"No {index:05}", (6, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2, cv2.LINE_AA)
        data = b"no picture" if index % 400 == 7 else cv2.imencode(".png", picture)[1].tobytes()
        (folder / f"{index:05}.png").write_bytes(data)
    return folder


class Saboteur(Progress):
    """A progress that ends a process, and later a node with all its processes."""

    def __init__(self, cluster):
        super().__init__()
        self._cluster, self.killed = cluster, []

    def ended(self, failed, before):
        super().ended(failed, before)
        count = self.read + self.failed
        if count in (300, 600):
            victims = [
                one for one in psutil.process_iter(["cmdline"]) if "ray::read_batch" in str(one.info["cmdline"])
            ]
            os.kill(victims[0].pid, signal.SIGKILL)
            self.killed.append("process")
        if count == 1000:
            self._cluster.remove_node(self._cluster.others[0], allow_graceful=False)
            self.killed.append("node")


def test_a_node_and_processes_are_lost_and_no_input_is(cluster, lines, tmp_path):
    run(lines, tmp_path / "local", PLAN, size=SHARD, start=pool(PLAN, 2))
    saboteur = Saboteur(cluster)
    target = Target(str(tmp_path / "ray"), "source", PLAN, SHARD)
    job = BulkJob(inputs(str(lines)), target, SHARD, saboteur)
    job.run(partial(RayTasks, PLAN, cluster.address))
    target.close()
    assert saboteur.killed == ["process", "process", "node"]
    rows = [
        json.loads(row)
        for part in sorted((tmp_path / "ray/results").iterdir())
        for row in part.read_text(encoding="utf-8").splitlines()
    ]
    failed = (tmp_path / "ray/failures.tsv").read_text(encoding="utf-8").splitlines()
    ends = Counter([row["input"] for row in rows] + [line.split("\t")[0] for line in failed])
    assert ends == Counter(str(path) for path in lines.iterdir())  # each once
    assert len(failed) == INPUTS // 400
    right = sum(row["text"] == f"No {Path(row['input']).stem}" for row in rows)
    assert right > 0.9 * len(rows)  # the texts are texts, and not the same emptiness twice
    assert files(tmp_path / "ray") == files(tmp_path / "local")


def test_what_ends_its_process_is_given_up_alone(cluster, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(40):
        (folder / f"{index:02}.png").write_bytes(b"kill" if index in (11, 30) else f"text {index}".encode())
    plan = Plan("jsonl", load=FakeReader)
    _, counted = run(folder, tmp_path / "out", plan, start=partial(RayTasks, plan, cluster.address))
    assert (counted.read, counted.failed) == (38, 2)
    failed = (tmp_path / "out/failures.tsv").read_text(encoding="utf-8").splitlines()
    assert [(Path(line.split("\t")[0]).name, line.split("\t")[1]) for line in failed] == [
        ("11.png", "worker_lost"),
        ("30.png", "worker_lost"),
    ]
