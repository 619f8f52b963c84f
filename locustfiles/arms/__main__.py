"""Starts one arm: `python -m locustfiles.arms --app NAME --server NAME --model MODEL [--threads N]`.

Address, port and workers come from the environment, as for our services.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from functools import partial

from locustfiles.arms import servers
from locustfiles.arms.apps import OTHER_APPS, OUR_APPS, make_app
from services.settings import Settings, from_environment

SERVERS: dict[str, Callable[[Settings, servers.Factory, int], None]] = {
    "werkzeug": servers.werkzeug,
    "waitress": servers.waitress,
    "gunicorn-sync": servers.gunicorn,
    "gunicorn-gthread": partial(servers.gunicorn, worker_class="gthread"),
    "gunicorn-gevent": partial(servers.gunicorn, worker_class="gevent"),
    "gunicorn-uvicorn": partial(servers.gunicorn, worker_class="uvicorn_worker.UvicornWorker"),
    "uvicorn": servers.uvicorn,
    "granian-asgi": servers.granian,
    "granian-wsgi": partial(servers.granian, interface="wsgi"),
    "shipped-gunicorn": servers.flask_as_shipped,
    "shipped-waitress": servers.flask_on_waitress,
    "shipped-uvicorn": servers.fastapi_as_shipped,
    "shipped-grpc": servers.grpc_as_shipped,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m locustfiles.arms")
    parser.add_argument("--app", choices=[*OUR_APPS, *OTHER_APPS], required=True)
    parser.add_argument("--server", choices=list(SERVERS), required=True)
    parser.add_argument("--model", default="ocr", help="ocr, nothing, sleep:SECONDS or burn:SECONDS")
    parser.add_argument("--threads", type=int, default=1, help="of the server, where it has such a number")
    options = parser.parse_args(arguments)
    # it tells of each request that waits, which are most of them here
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    factory = partial(make_app, options.app, options.model)
    try:
        SERVERS[options.server](from_environment(), factory, options.threads)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
