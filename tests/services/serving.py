"""Starts a service as a process of its own around the fake reader, for as long as a test needs it."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path


def free_port():
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(service, stderr=subprocess.DEVNULL, ready=True, **environment):
    """Yield (address, process) of a service around the fake reader; it is stopped at the end.

    Waits until it is ready, or else only until it is started.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("fake_reader.py"), service],
        env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **environment},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    with process:
        try:
            if ready:
                line = process.stdout.readline()
                assert line.endswith(f"open http://127.0.0.1:{port}/\n"), line
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()


@contextmanager
def running(service, **environment):
    """Yield the address of a service around the fake reader."""
    with started(service, **environment) as (address, _):
        yield address
