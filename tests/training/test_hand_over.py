"""Rendering processes end with the training that they work for, however that ends."""

import os
import signal
import subprocess
import sys
import time

TRAINING = """
import multiprocessing as mp
import time
from training.hand_over import hand_over


def work(out):
    while True:
        hand_over(out, "line", patience_s=0.1)


if __name__ == "__main__":
    context = mp.get_context("spawn")
    lines = context.Queue(2)
    worker = context.Process(target=work, args=(lines,), daemon=True)
    worker.start()
    lines.get()
    print(worker.pid, flush=True)
    time.sleep(600)
"""


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_ends_after_its_training_was_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(TRAINING)
    paths = {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen([sys.executable, script], env=os.environ | paths, stdout=subprocess.PIPE) as training:
        worker = int(training.stdout.readline())
        training.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while runs(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)
