"""Starts the FastAPI service under uvicorn: one process, one model, one event loop."""

import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from services.fastapi_app import create_app
from services.settings import Settings, SettingsError, from_environment


class Server(uvicorn.Server):
    """Uvicorn that says where to look once it listens."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then print the address."""
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(f"OCR with FastAPI: open {self._settings.url}\n")
            sys.stdout.flush()


def main(factory: Callable[[Settings], FastAPI] = create_app) -> None:
    """Serve until a signal ends it."""
    try:
        settings = from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    app = factory(settings)
    config = uvicorn.Config(app, settings.host, settings.port, log_level="warning", access_log=False)
    server = Server(config, settings)
    server.run()
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    main()
