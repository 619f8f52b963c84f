"""Gunicorn with our settings around the Flask service: one model and many threads in each worker."""

import dataclasses
import logging
import math
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.errors import HaltServer  # type: ignore[import-untyped]

from services.descriptors import room_for_connections
from services.flask_app import SERVICE, create_app
from services.flask_app.reception import ReceivingWorker
from services.lifecycle import FAILED_TO_START, end_process
from services.settings import Settings, SettingsError, from_environment, new_figures, temporary_folder
from services.shares import LEAVE_S, Shares
from services.wire import HEAD_BYTES, KEEP_ALIVE_S

SPARE_THREADS = 32
"""Threads beyond the requests that run and wait: health checks, static files and refusals."""

SUPERVISION_S = 5
"""Seconds by which the supervisor waits longer than its workers, which end themselves."""

SHARED_MEMORY = "/dev/shm"
"""Linux's file system in memory; it takes files though every disk is full or read-only."""

NOTIFY_S = 1.0
"""Seconds between two signs of life to the supervisor, which waits 30."""


class Worker(ReceivingWorker):
    """Gunicorn's worker with threads, which answers what was sent to it before it ends."""

    _notified = 0.0
    _leaves = False
    """Whether a connection that waits was left to a sibling for a moment."""

    def __init__(self, *arguments: object) -> None:
        """Take gunicorn's arguments. Called in the supervisor, before it forks."""
        super().__init__(*arguments)
        shares: Shares | None = self.app.shares
        self._share = shares.lend() if shares else None

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, or leave it to a sibling that holds fewer."""
        if self._share and self.alive and self._share.leaves(self.nr_conns):
            self._leaves = True
            super().set_accept_enabled(False)  # gunicorn's loop asks for it again at its next turn
        else:
            super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Take what happens within `timeout` seconds, or a moment if a connection was left to a sibling."""
        left, self._leaves = self._leaves, False
        super().wait_for_and_dispatch_events(LEAVE_S if left else timeout)
        if self._share:
            takes = self.alive and (self._accepting or self._leaves or left)
            self._share.tell(self.nr_conns if takes else math.inf)

    def notify(self) -> None:
        """Give the supervisor a sign of life. Gunicorn touches a file for it at every turn of its loop."""
        now = time.monotonic()
        if now - self._notified >= NOTIFY_S:
            self._notified = now
            super().notify()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking work after the drain delay; a second signal ends the process."""
        if not self.booted:
            super().handle_exit(sig, frame)
            return
        service = self.wsgi.extensions[SERVICE]
        already = service.lifecycle.draining
        service.lifecycle.drain()
        if not already:
            stop = threading.Timer(service.settings.drain_delay_s, super().handle_exit, (sig, frame))
            stop.daemon = True
            stop.start()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; a worker that ends takes those that wait and closes the port.

        Gunicorn keeps it open to the last moment, and then cuts off all who have connected meanwhile. A worker with
        siblings leaves connections to them until it can read; gunicorn's loop asks again a moment later.
        """
        if enabled and self._leaves:
            return
        if enabled and self.app.settings.workers > 1 and not self.wsgi.extensions[SERVICE].lifecycle.loaded:
            return
        if not self.alive:
            for listener in self.sockets:
                held = -1
                while held != self.nr_conns:
                    held = self.nr_conns
                    self.accept(listener)
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()


class Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's supervisor; it ends at once at a second SIGTERM, which gunicorn ignores."""

    _stopping = False

    def setup(self, app: BaseApplication) -> None:
        """Take the configuration."""
        super().setup(app)
        self.log.error_log.addFilter(_is_news)

    def reap_workers(self) -> None:
        """Look after workers that have ended; one that could not start has said why, and ends the service."""
        try:
            super().reap_workers()
        except HaltServer as failure:
            self.kill_workers(signal.SIGTERM)
            self.cfg.on_exit(self)
            sys.exit(failure.exit_status)

    def signal(self, sig: int, frame: FrameType | None) -> None:
        """Remember a signal."""
        if sig == signal.SIGTERM:
            sig = signal.SIGQUIT if self._stopping else sig
            self._stopping = True
        super().signal(sig, frame)


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens where `settings` say; where it cannot, the process ends with a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]
        sys.exit(f"{settings.url} cannot be listened on: {why}. Set HOST or PORT to another.")


def folder_for_signs_of_life() -> str:
    """Return a folder that takes files; raise `SettingsError` where there is none.

    A worker tells that it lives by a file; where none can be made, the supervisor ends with all of them.
    """
    if os.access(SHARED_MEMORY, os.W_OK):
        return SHARED_MEMORY
    return str(temporary_folder("Flask's workers tell there that they live"))


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether gunicorn says anything that a worker which could not start has not said itself."""
    return f"exited with code {FAILED_TO_START}" not in record.getMessage()


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with settings from us and none from files or its command line."""

    def __init__(
        self, settings: Settings, factory: Callable[[Settings], Flask], listening: socket.socket, signs: str
    ) -> None:
        """Take the settings, what makes the app of a worker, the socket, and the folder for signs of life."""
        self.settings, self._factory = settings, factory
        self.shares = Shares(settings.workers) if settings.workers > 1 else None
        self._signs = signs
        self._bind = f"fd://{listening.detach()}"
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        settings = self.settings
        options = {
            "bind": self._bind,
            "worker_class": Worker,
            "workers": settings.workers,
            "threads": settings.threads + settings.queue + SPARE_THREADS,
            # gunicorn takes none beyond them, our worker gives up the longest waiting one just before
            "worker_connections": room_for_connections(settings) + 1,
            "keepalive": KEEP_ALIVE_S,
            # our worker has bounded the head before gunicorn sees it
            "limit_request_line": 0,
            "limit_request_fields": 32768,
            "limit_request_field_size": HEAD_BYTES,
            # no caller may choose the scheme or the path; gunicorn believes those on this machine
            "secure_scheme_headers": {},
            "forwarder_headers": "",
            "graceful_timeout": settings.drain_delay_s + settings.grace_s + SUPERVISION_S,
            "loglevel": "warning",
            "proc_name": "ocr-pair-flask",
            "post_worker_init": self._announce,
            "on_exit": self._clean_up,
            "worker_tmp_dir": self._signs,
        }
        # Gunicorn 25 puts a control socket into the home folder; we write nothing to disk. Older ones have none.
        if "control_socket_disable" in self.cfg.settings:
            options["control_socket_disable"] = True
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the app; gunicorn calls this in the worker, because a model does not survive a fork."""
        try:
            return self._factory(self.settings)
        except SettingsError as error:
            end_process(str(error), FAILED_TO_START)

    def run(self) -> None:
        """Serve until a signal ends it."""
        Master(self).run()

    def _announce(self, worker: Worker) -> None:
        worker.wsgi.extensions[SERVICE].lifecycle.when_ready(self._print_address)

    def _clean_up(self, master: Master) -> None:
        # not a `with` in `main`: workers are forks, and leave through it too
        if self.settings.workers > 1 and self.settings.figures:
            shutil.rmtree(self.settings.figures, ignore_errors=True)

    def _print_address(self) -> None:
        sys.stdout.write(f"OCR with Flask, {self.settings.size}; open {self.settings.url}\n{self.settings.advice}")
        sys.stdout.flush()


def main(factory: Callable[[Settings], Flask] = create_app) -> None:
    """Serve until a signal ends it."""
    try:
        settings = from_environment()
        signs = folder_for_signs_of_life()
        listening = listen(settings)
        if settings.workers > 1:
            settings = dataclasses.replace(settings, figures=new_figures())
    except SettingsError as error:
        sys.exit(str(error))
    Server(settings, factory, listening, signs).run()
