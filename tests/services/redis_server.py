"""A real Redis server, as a process of its own on a free port."""

import shutil
import socket
import subprocess
from contextlib import contextmanager

from serving import PATIENCE_S, free_port, wait_until

PROGRAM = shutil.which("redis-server")


@contextmanager
def redis_server(port=None):
    """Yield (address, process) of a server that keeps everything in memory."""
    port = port or free_port()
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _listens(port))
            yield f"redis://127.0.0.1:{port}/0", process
        finally:
            process.kill()


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
    except ConnectionRefusedError:
        return False
    return True
