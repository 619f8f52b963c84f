"""The real services with the real engine, as processes of their own."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving import free_port

SERVICES = ("flask", "fastapi")


@dataclass(frozen=True)
class Server:
    """A service that runs."""

    address: str
    process: subprocess.Popen
    log: Path

    def processes(self):
        """Return the ids of the process and of its workers; one that died would have been replaced by another."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def rss_mib(self):
        """Return the memory of all its processes, MiB."""
        fields = [Path(f"/proc/{pid}/statm").read_text().split() for pid in self.processes()]
        return sum(int(field[1]) for field in fields) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def serving_really(service, folder, **environment):
    """Yield a `Server` that is ready; `folder` takes what it writes to stderr."""
    port, log = free_port(), Path(folder) / f"{service}.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}_app"],
            env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process:
        try:
            line = process.stdout.readline()
            assert line.endswith(f"open http://127.0.0.1:{port}/\n"), log.read_text()
            yield Server(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
