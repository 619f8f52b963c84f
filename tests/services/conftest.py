"""Both services under their production servers, on free ports, around the fake reader."""

from contextlib import ExitStack

import httpx
import pytest
from fake_reader import MAX_BYTES
from serving import PATIENCE_S, running

SERVICES = ("flask", "fastapi")


@pytest.fixture(scope="session")
def clients():
    """One HTTP client per service, by name."""
    with ExitStack() as stack:
        addresses = {
            service: stack.enter_context(running(service, OCR_MAX_BYTES=str(MAX_BYTES), OCR_THREADS="2"))
            for service in SERVICES
        }
        yield {
            service: stack.enter_context(httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False))
            for service, address in addresses.items()
        }


@pytest.fixture(params=SERVICES)
def app_client(request, clients):
    """The client of each service in turn."""
    return clients[request.param]
