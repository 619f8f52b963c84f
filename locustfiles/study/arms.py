"""The arms by name: which app under which server, with how many processes and threads."""

import sys
from dataclasses import dataclass

BARE = "bare-pipeline"
GRPC = "grpc-aio"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to serve."""

    name: str
    label: str
    """For tables."""

    app: str
    server: str
    threads: int = 1
    """Of the server, where it has such a number."""

    workers: int = 1

    @property
    def grpc(self) -> bool:
        """Whether it speaks gRPC, and HTTP only on a second port that tells how it is."""
        return self.app == "grpc"

    def command(self, model: str, cpu: int) -> list[str]:
        """Return the command that serves `model` on one CPU, for `env` to run."""
        command = ["OCR_LOG=off", f"OCR_WORKERS={self.workers}", "taskset", "-c", str(cpu), sys.executable]
        if self.server == "gunicorn-gevent":
            # sockets and threads must be replaced before anything imports them
            command += ["-m", "gevent.monkey", "--module", "locustfiles.arms"]
        else:
            command += ["-m", "locustfiles.arms"]
        command += ["--app", self.app, "--server", self.server, "--model", model]
        return [*command, "--threads", str(self.threads)]


_ARMS = (
    Arm(BARE, "bare pipeline, no web", "", ""),
    Arm("flask-gthread", "Flask, gunicorn gthread (as shipped)", "flask", "shipped-gunicorn"),
    Arm("flask-waitress", "Flask, waitress", "flask", "shipped-waitress"),
    Arm("flask-sync", "Flask, gunicorn sync, 1 worker", "flask", "gunicorn-sync"),
    Arm("flask-werkzeug", "Flask, Werkzeug development server", "flask", "werkzeug", threads=64),
    Arm("flask-granian", "Flask, granian WSGI, 64 threads", "flask", "granian-wsgi", threads=64),
    Arm("flask-gevent", "Flask, gunicorn gevent, plain handler", "flask-plain", "gunicorn-gevent"),
    Arm("fastapi-uvicorn", "FastAPI, uvicorn, executor (as shipped)", "fastapi", "shipped-uvicorn"),
    Arm("fastapi-uvicorn-2", "FastAPI, uvicorn, 2 workers", "fastapi", "shipped-uvicorn", workers=2),
    Arm("fastapi-granian", "FastAPI, granian ASGI", "fastapi", "granian-asgi"),
    Arm(GRPC, "gRPC, grpc.aio (as shipped)", "grpc", "shipped-grpc"),
    Arm("fastapi-def", "FastAPI, uvicorn, `def` handler", "fastapi-def", "uvicorn"),
    Arm("fastapi-blocking", "FastAPI, uvicorn, blocking `async def`", "fastapi-blocking", "uvicorn"),
    Arm("fastapi-executor", "FastAPI, uvicorn, `run_in_executor(None, ...)`", "fastapi-executor", "uvicorn"),
    Arm("fastapi-await", "FastAPI, uvicorn, `async def` with `await`", "fastapi-await", "uvicorn"),
    Arm("plain-werkzeug-1", "Flask, Werkzeug development server, one thread", "flask-plain", "werkzeug"),
    Arm("plain-werkzeug", "Flask, Werkzeug development server, threads", "flask-plain", "werkzeug", threads=64),
    Arm("plain-sync", "Flask, gunicorn sync, 1 worker", "flask-plain", "gunicorn-sync"),
    Arm("plain-gthread", "Flask, gunicorn gthread, 40 threads", "flask-plain", "gunicorn-gthread", threads=40),
    Arm("sync-4", "Flask, gunicorn -w 4 sync", "flask-plain", "gunicorn-sync", workers=4),
    Arm("gthread-4", "Flask, gunicorn -w 4, 40 threads each", "flask-plain", "gunicorn-gthread", 40, 4),
    Arm(
        "blocking-4", "FastAPI, uvicorn --workers 4, blocking `async def`", "fastapi-blocking", "uvicorn", workers=4
    ),
    Arm("def-4", "FastAPI, uvicorn --workers 4, `def`", "fastapi-def", "uvicorn", workers=4),
    Arm("hello-werkzeug", "Flask, Werkzeug development server", "flask-hello", "werkzeug", threads=64),
    Arm("hello-waitress", "Flask, waitress, 4 threads", "flask-hello", "waitress", threads=4),
    Arm("hello-gthread-4", "Flask, gunicorn -w 4, 8 threads each", "flask-hello", "gunicorn-gthread", 8, 4),
    Arm("hello-uvicorn", "FastAPI, uvicorn, 1 worker", "fastapi-hello", "uvicorn"),
    Arm("hello-uvicorn-4", "FastAPI, uvicorn --workers 4", "fastapi-hello", "uvicorn", workers=4),
    Arm("hello-gunicorn-4", "FastAPI, gunicorn, 4 uvicorn workers", "fastapi-hello", "gunicorn-uvicorn", workers=4),
)
ARMS = {arm.name: arm for arm in _ARMS}
