"""Uvicorn with our settings around the FastAPI service: one event loop and one model in each worker."""

import asyncio
import dataclasses
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import multiprocess

from services.fastapi_app import create_app
from services.fastapi_app.listening import SharedPort
from services.fastapi_app.protocol import BoundedProtocol
from services.lifecycle import FAILED_TO_START, end_process
from services.settings import Settings, SettingsError, from_environment, new_figures
from services.shares import Share, Shares
from services.wire import KEEP_ALIVE_S

LINGER_S = 1.0
"""Seconds that idle connections stay open once the port is closed: their next request may be on its way."""

STARTED_S = 60
"""Seconds after which a worker that says nothing is replaced; on a busy machine its imports alone take several."""


class Server(uvicorn.Server):
    """Uvicorn that says where to look once it can read, and that loses no request when it is stopped."""

    def __init__(self, config: uvicorn.Config, share: Share | None = None) -> None:
        """Take the configuration, and the share of a worker that has siblings."""
        super().__init__(config)
        self._share = share
        self._ports: list[SharedPort] = []

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking work; a second signal ends the process."""
        if self.started:
            self.lifespan.state["service"].lifecycle.drain()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen; the address is printed when the model is ready."""
        shared = [] if sockets is None or self._share is None else sockets
        await super().startup([] if shared else sockets)
        self._ports = [self._open(listening) for listening in shared]
        self.servers += self._ports  # type: ignore[arg-type]  # uvicorn closes them with its own
        if self.started:
            service = self.lifespan.state["service"]
            service.lifecycle.when_ready(lambda: _announce(service.settings))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what has been accepted; uvicorn alone closes idle connections without looking for a request."""
        service = self.lifespan.state["service"]
        await asyncio.sleep(service.settings.drain_delay_s)
        for server in self.servers:
            server.close()
        end = asyncio.get_running_loop().time() + LINGER_S
        while self.server_state.connections and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Do what is done ten times a second; return whether to stop."""
        for port in self._ports:
            port.tell()
        return await super().on_tick(counter)

    def _open(self, listening: socket.socket) -> SharedPort:
        config, state = self.config, self.server_state

        def make() -> BoundedProtocol:
            return BoundedProtocol(config, state, self.lifespan.state)

        assert self._share is not None
        return SharedPort(listening, config.backlog, make, self._share, lambda: len(state.connections))


class Worker(multiprocess.Process):
    """A worker of the supervisor, with our server in it."""

    def __init__(self, shares: Shares, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        """Take what the workers share, the configuration and the sockets that they listen on."""
        self._share = shares.lend()
        super().__init__(config, sockets)

    @property
    def server(self) -> uvicorn.Server:
        """The server of this process."""
        if self._server is None:
            self._server = Server(self.config, self._share)
        return self._server


class Supervisor(multiprocess.Multiprocess):
    """Uvicorn's supervisor of workers; it ends at once at a second signal."""

    def terminate_all(self) -> None:
        """Let all workers drain, and let go of the port: what connects to it now would wait for nobody."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the workers to drain."""
        self.signal_queue.clear()
        while any(worker.process.is_alive() for worker in self.processes):
            time.sleep(0.05)
            if self.signal_queue:
                for worker in self.processes:
                    worker.process.kill()


def main(factory: Callable[[Settings], FastAPI] = create_app) -> None:
    """Serve until a signal ends it. With several workers, each calls `factory`, which must be importable."""
    try:
        settings = from_environment()
        status = _supervise(settings, factory) if settings.workers > 1 else _serve(settings, factory(settings))
    except SettingsError as error:
        sys.exit(str(error))
    sys.exit(status)


def _serve(settings: Settings, app: FastAPI) -> int:
    """Return the exit status of a service of one process."""
    server = Server(_config(settings, app))
    with _explained(settings):
        server.run()
    return 0 if server.started else FAILED_TO_START


def _supervise(settings: Settings, factory: Callable[[Settings], FastAPI]) -> int:
    """Return the exit status of a service of several processes, which share a port and their metrics."""
    figures = new_figures()
    settings = dataclasses.replace(settings, figures=figures)
    try:
        config = _config(settings, partial(_app_of_worker, factory, settings))
        # the supervisor makes its workers by this name
        multiprocess.Process = partial(Worker, Shares(settings.workers))  # type: ignore[misc, assignment]
        with _explained(settings):
            listening = config.bind_socket()
        supervisor = Supervisor(config, [listening])
        supervisor.run()
        failed = any(worker.exitcode == FAILED_TO_START for worker in supervisor.processes)
        return FAILED_TO_START if failed else 0
    finally:
        shutil.rmtree(figures, ignore_errors=True)


def _app_of_worker(factory: Callable[[Settings], FastAPI], settings: Settings) -> FastAPI:
    """Return the app of a worker; where a setting cannot be used, the next worker could not use it either."""
    try:
        return factory(settings)
    except SettingsError as error:
        end_process(str(error), FAILED_TO_START)


def _config(settings: Settings, app: FastAPI | partial[FastAPI]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        settings.host,
        settings.port,
        factory=isinstance(app, partial),
        workers=settings.workers,
        log_level="warning",
        access_log=False,
        http=BoundedProtocol,
        ws="none",
        proxy_headers=False,  # no caller may choose the address under which it is counted
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.grace_s,
        timeout_worker_healthcheck=STARTED_S,
    )


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """Say what to do where the address cannot be listened on; uvicorn names no setting."""
    try:
        yield
    except SystemExit as stopped:
        error = stopped.__context__
        if not isinstance(error, OSError):
            raise
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        sys.exit(f"{settings.url} cannot be listened on: {why}. Set HOST or PORT to another.")


def _announce(settings: Settings) -> None:
    sys.stdout.write(f"OCR with FastAPI, {settings.size}; open {settings.url}\n{settings.advice}")
    sys.stdout.flush()
