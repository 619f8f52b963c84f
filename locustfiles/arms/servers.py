"""The servers around an app, each with the settings that the study gives it: access logs off, keep-alive where
the server has it."""

from collections.abc import Callable
from typing import Any

from services.settings import Settings

App = Any
"""A WSGI or an ASGI app, or what the gRPC server calls."""

Factory = Callable[[Settings], App]
"""Makes the app in the process that serves it; pickled on its way there, so no lambda."""


def werkzeug(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with Werkzeug's development server: a thread for each request, or one for all if `threads` is 1."""
    import logging

    from werkzeug.serving import run_simple

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    run_simple(settings.host, settings.port, factory(settings), threaded=threads > 1)


def waitress(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with waitress."""
    from waitress import serve

    serve(
        factory(settings),
        host=settings.host,
        port=settings.port,
        threads=threads,
        connection_limit=2000,
        backlog=2048,
        _quiet=True,
    )


def gunicorn(settings: Settings, factory: Factory, threads: int, worker_class: str = "sync") -> None:
    """Serve with gunicorn and one of its workers."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": f"{settings.host}:{settings.port}",
                "worker_class": worker_class,
                "workers": settings.workers,
                "threads": threads,
                "loglevel": "error",
                "graceful_timeout": 1,
                "control_socket_disable": True,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> App:
            return factory(settings)

    Server().run()


def uvicorn(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with uvicorn, one event loop in each worker."""
    from functools import partial

    from uvicorn import Config, Server
    from uvicorn.supervisors import Multiprocess

    config = Config(
        partial(factory, settings),
        settings.host,
        settings.port,
        factory=True,
        workers=settings.workers,
        # a server that is stopped tells of the requests whose callers have left
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    if settings.workers > 1:
        Multiprocess(config, [config.bind_socket()]).run()
    else:
        Server(config).run()


def granian(settings: Settings, factory: Factory, threads: int, interface: str = "asgi") -> None:
    """Serve with granian, whose HTTP is in Rust."""
    from functools import partial

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian(
        "the.app:is-made-by-a-loader",
        settings.host,
        settings.port,
        interface=Interfaces(interface),
        workers=settings.workers,
        blocking_threads=threads if interface == "wsgi" else None,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=2,
    )
    server.serve(target_loader=partial(_load, factory, settings), wrap_loader=False)


def _load(factory: Factory, settings: Settings, *_: object, **__: object) -> App:
    return factory(settings)


def flask_as_shipped(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with our gunicorn worker with threads."""
    from services.flask_app.server import main

    main(factory)


def flask_on_waitress(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve our Flask service with waitress, as `services.flask_app.waitress_server` does."""
    from services.flask_app.waitress_server import main

    main(factory)


def fastapi_as_shipped(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with our uvicorn."""
    from services.fastapi_app.server import main

    main(factory)


def grpc_as_shipped(settings: Settings, factory: Factory, threads: int) -> None:
    """Serve with grpc.aio; whether it is ready is told on `OCR_METRICS_PORT`."""
    from services.grpc_app.server import main

    main(factory)
