"""Replicas of the services behind a real nginx with the configuration of `deploy/nginx`, for tests."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from serving import PATIENCE_S, free_port, http, refuses, wait_until

ROOT = Path(__file__).parents[2]
NGINX_FILES = ROOT / "deploy/nginx"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

MAIN = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    {site}
}}
"""
"""What a distribution's nginx.conf brings, with all files in one folder."""


class Replica:
    """A service as a process of its own, which can be killed, stopped and started again on the same port."""

    def __init__(self, service, real=False, **environment):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        program = ["-m", f"services.{service}_app"] if real else [ROOT / "tests/services/fake_reader.py", service]
        self._command = [sys.executable, *map(str, program)]
        self._environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "OCR_LOG": "off",
            **environment,
        }
        self.process = None

    def start(self, **environment):
        """Start the process, without waiting until it is ready."""
        environment = self._environment | environment
        self.process = subprocess.Popen(
            self._command, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT, start_new_session=True
        )
        return self

    def wait_ready(self):
        """Wait until /readyz says so."""
        wait_until(self._is_ready)

    def _is_ready(self):
        assert self.process.poll() is None
        with suppress(httpx.TransportError):
            return http.get(f"{self.address}/readyz").status_code == 200

    def kill(self):
        """Kill the process and its workers, as the kernel does when memory is short."""
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def drain(self):
        """Ask the process to stop, wait until it has, and return its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


@contextmanager
def replicas(*services, **options):
    """Yield a ready `Replica` for each name in `services`; all are killed at the end."""
    started = [Replica(service, **options) for service in services]
    try:
        for replica in started:
            replica.start()
        for replica in started:
            replica.wait_ready()
        yield started
    finally:
        for replica in started:
            if replica.process and replica.process.poll() is None:
                replica.kill()


def site(pools, ports):
    """Return `deploy/nginx/ocr-pair.conf` with other addresses.

    Args:
        pools: the ports of the replicas of each upstream, by its name.
        ports: the ports that nginx listens on, in the order of the file.
    """
    text = (NGINX_FILES / "ocr-pair.conf").read_text(encoding="utf-8")
    for name, members in pools.items():
        servers = "".join(f"server 127.0.0.1:{port} max_fails=0;\n" for port in members)
        text, changed = re.subn(
            rf"(upstream {name} {{.*?)(?:    server .*?\n)+", rf"\g<1>{servers}", text, flags=re.S
        )
        assert changed == 1
    listening = iter(ports)
    text, changed = re.subn(
        r"(?m)^( *)listen \d+;", lambda found: f"{found[1]}listen 127.0.0.1:{next(listening)};", text
    )
    assert changed == len(ports)
    return text


@contextmanager
def nginx(folder, text):
    """Run nginx with the site `text` until the end of the block; `folder` takes its files."""
    snippets = folder / "snippets"
    snippets.mkdir(parents=True)
    shutil.copy(NGINX_FILES / "ocr-pair-proxy.conf", snippets)
    config = folder / "nginx.conf"
    config.write_text(MAIN.format(folder=folder, site=text), encoding="utf-8")
    command = [NGINX, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(config)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def balanced(folder, members):
    """Yield the address of nginx in front of `members`, replicas of one pool."""
    ports = free_port(), free_port()
    pool = [replica.port for replica in members]
    with nginx(folder / "nginx", site({"ocr_fastapi": pool, "ocr_flask": pool}, ports)):
        address = f"http://127.0.0.1:{ports[0]}"
        wait_until(lambda: not refuses(address))
        yield address
