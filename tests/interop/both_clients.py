"""The client that waits and the one that is awaited, asked by the same tests."""

import asyncio

import pytest
from ocr_pair.client import AsyncClient, Client
from real_servers import SERVICES


class Awaited:
    """An `AsyncClient` with the methods of `Client`, so that one test asks both."""

    def __init__(self, *arguments, **options):
        self._loop = asyncio.new_event_loop()
        self._client = AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        return lambda *arguments, **options: self._loop.run_until_complete(
            getattr(self._client, name)(*arguments, **options)
        )

    def stream(self, *arguments, **options):
        events = self._client.stream(*arguments, **options)
        try:
            while True:
                yield self._loop.run_until_complete(anext(events))
        except StopAsyncIteration:
            return
        finally:
            self._loop.run_until_complete(events.aclose())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._loop.run_until_complete(self._client.__aexit__(None, None, None))
        self._loop.close()


kinds = pytest.mark.parametrize("kind", [Client, Awaited])
services = pytest.mark.parametrize("service", SERVICES)
pairs = pytest.mark.parametrize(("kind", "service"), [(Client, "flask"), (Awaited, "fastapi")])
"""For what takes seconds."""
