"""The real services with the real engine, for the tests that need no others."""

import signal
from contextlib import ExitStack

import pytest
from real_servers import SERVICES, serving_really

# A shell starts what runs in its background with SIGINT ignored, and every program that the tests start would
# inherit it: Ctrl-C could not be tested there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_services(tmp_path_factory):
    """{name: Server}, with the settings that a user has who sets none; their logs are quiet."""
    folder = tmp_path_factory.mktemp("real-services")
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving_really(name, folder, OCR_LOG="off")) for name in SERVICES}
