"""Starts the Flask service under gunicorn: one process, one model, many threads."""

import sys
from collections.abc import Callable

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from services.flask_app import create_app
from services.settings import Settings, SettingsError, from_environment

SPARE_THREADS = 32
"""Threads beyond the requests that run and wait: uploads being received, health checks and refusals."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with settings from us and none from files or its command line."""

    def __init__(self, settings: Settings, factory: Callable[[Settings], Flask]) -> None:
        self._settings, self._factory = settings, factory
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        options = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": self._settings.threads + self._settings.queue + SPARE_THREADS,
            "loglevel": "warning",
            "proc_name": "ocr-pair-flask",
            "post_worker_init": self._announce,
        }
        # Gunicorn 25 puts a control socket into the home folder; we write nothing to disk. Older ones have none.
        if "control_socket_disable" in self.cfg.settings:
            options["control_socket_disable"] = True
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the app; gunicorn calls this in the worker, because a model does not survive a fork."""
        return self._factory(self._settings)

    def _announce(self, worker: object) -> None:
        sys.stdout.write(f"OCR with Flask: open {self._settings.url}\n")
        sys.stdout.flush()


def main(factory: Callable[[Settings], Flask] = create_app) -> None:
    """Serve until a signal ends it."""
    try:
        settings = from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    Server(settings, factory).run()


if __name__ == "__main__":
    main()
