"""A real service under its production server, for as long as a measurement needs it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

SERVICES = ("fastapi", "flask")
READY_S = 60.0
STOP_S = 40.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is ready."""

    host: str
    """Its address, such as http://127.0.0.1:8000."""

    process: "subprocess.Popen[bytes]"

    def tree(self) -> list[psutil.Process]:
        """Return its process and all that it has started."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def memory(self) -> float:
        """Return the resident memory of all its processes in MiB."""
        total = 0
        for process in self.tree():
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / MIB

    def memory_shared_once(self) -> float:
        """Return the same with the pages that its processes share, such as those of libraries, counted once."""
        own, shared = 0, [0]
        for process in self.tree():
            try:
                found = process.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            own += found.uss
            shared.append(found.rss - found.uss)
        return (own + max(shared)) / MIB


@contextmanager
def running(name: str, ready: bool = True, module: str = "services.{}_app", **settings: str) -> Iterator[Service]:
    """Yield the service `name` on a free port; it is stopped at the end.

    Args:
        name: `fastapi` or `flask`.
        ready: whether to wait until it is ready.
        module: what to start; `{}` stands for the name.
        settings: environment variables.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **settings}
    command = [sys.executable, "-m", *module.format(name).split()]
    # its log is written, as in production, and nobody reads it
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        service = Service(f"http://127.0.0.1:{port}", process)
        try:
            if ready:
                _wait_until_ready(service)
            yield service
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + READY_S
    while _status(service.host, "/readyz") != 200:
        if service.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The service is not ready; its exit status is {service.process.poll()}.")
        time.sleep(0.02)


def _status(host: str, path: str) -> int:
    """Return the status of GET `path`, 0 if nobody answers."""
    with closing(http.client.HTTPConnection(urlsplit(host).netloc, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
