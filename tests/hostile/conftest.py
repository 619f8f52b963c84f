"""Both services with the real engine; the corpus is sent to both."""

from contextlib import ExitStack

import pytest
from hostile_wire import MAX_BYTES
from real_servers import SERVICES, serving_really

RECEIVE_S = 2


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """{name: Server}, which accept little and wait shortly, so that the limits are reached fast."""
    folder = tmp_path_factory.mktemp("servers")
    limits = {"OCR_MAX_BYTES": str(MAX_BYTES), "OCR_RECEIVE_S": str(RECEIVE_S)}
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving_really(name, folder, **limits)) for name in SERVICES}
