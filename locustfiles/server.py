"""A service as a process of its own, for as long as a load test needs it."""

import socket
import subprocess
import threading
import time
import urllib.error
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from locustfiles.verification import DIRECT

ADDRESS = "127.0.0.1"
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
MIB = 1 << 20


class ServerError(Exception):
    """The service did not start; the message says how."""


@dataclass(frozen=True, slots=True)
class Server:
    """A service that is ready."""

    host: str
    """Its address, such as http://127.0.0.1:8000."""

    process: psutil.Process

    probes: str
    """Where it answers GET /readyz and /healthz: the same address, but of the gRPC service another one."""

    def memory(self) -> float:
        """Return the resident memory of the process and all its children in MiB, 0.0 once it has ended."""
        try:
            tree = [self.process, *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0.0
        return sum(_resident(process) for process in tree) / MIB


@contextmanager
def running(
    command: Sequence[str], stop_timeout_s: float = STOP_TIMEOUT_S, *, probed: bool = False
) -> Iterator[Server]:
    """Yield the service that `command` starts on a free port; it and its children end with the block.

    Args:
        command: may begin with NAME=VALUE of the environment.
        stop_timeout_s: seconds that the service gets to end by itself.
        probed: whether it tells on a second port, OCR_METRICS_PORT, if it is ready, as the gRPC service does.

    Raises:
        ServerError: it ended early, or did not get ready in time.
    """
    port, second = _free_ports(2)
    places = [f"HOST={ADDRESS}", f"PORT={port}", *([f"OCR_METRICS_PORT={second}"] if probed else [])]
    # the program `env` sets the variables; a session of its own keeps Ctrl-C away, so that it is us who stop it
    with subprocess.Popen(["env", *places, *command], stdout=subprocess.DEVNULL, start_new_session=True) as child:
        probes = f"http://{ADDRESS}:{second if probed else port}"
        server = Server(f"http://{ADDRESS}:{port}", psutil.Process(child.pid), probes)
        try:
            _wait_until_ready(server, child)
            yield server
        finally:
            stop(server.process, stop_timeout_s)


@dataclass(slots=True)
class MemoryWatch:
    """Samples the memory of a server beside a load; a context manager."""

    server: Server
    interval_s: float
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the epoch and MiB."""

    _done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "MemoryWatch":
        self._thread = threading.Thread(target=self._run, name="memory-watch")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self.samples.append((time.time(), self.server.memory()))
            if self._done.wait(self.interval_s):
                return


def _free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens, each another one."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((ADDRESS, 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _wait_until_ready(server: Server, child: "subprocess.Popen[bytes]") -> None:
    """Return once GET /readyz answers 200."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise ServerError(f"The service ended with status {child.returncode} before it was ready.")
        try:
            with DIRECT.open(f"{server.probes}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass  # nothing listens yet
        time.sleep(0.1)
    raise ServerError(f"The service was not ready after {READY_TIMEOUT_S} seconds.")


def _resident(process: psutil.Process) -> int:
    """Return the resident bytes of one process, 0 if it ended meanwhile."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def stop(process: psutil.Process, timeout_s: float = STOP_TIMEOUT_S) -> None:
    """End `process` and its children: politely, and after `timeout_s` for certain."""
    try:
        tree = [process, *process.children(recursive=True)]
        process.terminate()
    except psutil.NoSuchProcess:
        return
    try:
        psutil.wait_procs(tree, timeout=timeout_s)
    finally:  # a second Ctrl-C ends the waiting, and nothing else
        for left in tree:
            with suppress(psutil.NoSuchProcess):
                left.kill()
