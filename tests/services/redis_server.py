"""A real Redis server, as a process of its own on a free port."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

from serving import free_port

PROGRAM = shutil.which("redis-server")


@contextmanager
def redis_server(port=None):
    """Yield (address, process) of a server that keeps everything in memory."""
    port = port or free_port()
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0", process
        finally:
            process.kill()


def _wait_for(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
