"""What a framework itself costs around the pipeline: the shortest service that reads an upload.

python -m benchmarks.reliability.plain_service fastapi|flask

It has no limits, no deadlines, no cache, no metrics and no log, and answers with the text alone. A service in one
process that has them is hardly faster.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, UploadFile
from flask import Flask, request
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from ocr_core import load_pipeline
from services.settings import from_environment

CONNECTIONS = 16
"""Threads in which Flask receives; those that read are as many as the services have."""


def fastapi_app() -> FastAPI:
    """Return the service as an ASGI application."""
    app, pipeline, pool = FastAPI(), load_pipeline(), ThreadPoolExecutor(from_environment().threads)

    @app.get("/readyz")
    async def ready() -> str:
        return "ready"

    @app.post("/ocr")
    async def read(file: UploadFile) -> dict[str, str]:
        data = await file.read()
        result = await asyncio.get_running_loop().run_in_executor(pool, pipeline.read, data)
        return {"text": result.text}

    return app


def flask_app() -> Flask:
    """Return the service as a WSGI application."""
    app, pipeline, pool = Flask(__name__), load_pipeline(), ThreadPoolExecutor(from_environment().threads)

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    @app.post("/ocr")
    def read() -> dict[str, str]:
        return {"text": pool.submit(pipeline.read, request.files["file"].read()).result().text}

    return app


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one worker and its own settings but for these."""

    def load_config(self) -> None:
        """Set the address and the threads."""
        self.cfg.set("bind", f"{os.environ['HOST']}:{os.environ['PORT']}")
        self.cfg.set("threads", CONNECTIONS)

    def load(self) -> Flask:
        """Return the application."""
        return flask_app()


if __name__ == "__main__":
    if sys.argv[1] == "fastapi":
        uvicorn.run(fastapi_app(), host=os.environ["HOST"], port=int(os.environ["PORT"]), access_log=False)
    else:
        Gunicorn().run()
