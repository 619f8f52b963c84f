"""Both services under their production servers, on free ports, around the fake reader."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from fake_reader import MAX_BYTES

SERVICES = ("flask", "fastapi")


@contextmanager
def running(service, **environment):
    """Yield the address of a service, started as a process of its own and stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("fake_reader.py"), service],
        env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            line = process.stdout.readline()
            assert line.endswith(f"open http://127.0.0.1:{port}/\n"), line
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def clients():
    """One HTTP client per service, by name."""
    with ExitStack() as stack:
        addresses = {
            service: stack.enter_context(running(service, OCR_MAX_BYTES=str(MAX_BYTES), OCR_THREADS="2"))
            for service in SERVICES
        }
        yield {
            service: stack.enter_context(httpx.Client(base_url=address, timeout=20, trust_env=False))
            for service, address in addresses.items()
        }


@pytest.fixture(params=SERVICES)
def app_client(request, clients):
    """The client of each service in turn."""
    return clients[request.param]
