"""Builds the image of the Dockerfile without a Docker engine, and runs it, for tests.

Buildah executes the real Dockerfile. The base image is one that debootstrap makes, the same Debian with its own
Python 3.13: this needs no registry of images. What runs is the file system of the image, mounted read-only but for
/tmp, with the user, environment and command of the image.
"""

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import httpx
from replicas import ROOT
from serving import PATIENCE_S, free_port

BASE = "python:3.13-slim-trixie"
PROGRAMS = ("buildah", "debootstrap", "unshare", "setpriv", "chroot")
MISSING = [
    name for name in PROGRAMS if shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None
]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

ENTER = """
mount --bind "$0" "$0"
mount -t tmpfs -o size=16m,mode=1777 tmpfs "$0/tmp"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$0/dev/shm"
mount -t proc proc "$0/proc"
for name in null urandom; do mount --bind /dev/$name "$0/dev/$name"; done
mount -o remount,bind,ro "$0"
cd "$0"
exec chroot "$0" setpriv --reuid "$1" --regid "$1" --clear-groups --no-new-privs --bounding-set=-all "${@:2}"
"""
"""Becomes the command $2... as user $1 in the folder $0, read-only but for /tmp, without any capability.

/dev/shm is as Docker and Kubernetes make it, whose read-only root leaves it out: several workers count there.
"""


class Image:
    """An image in a storage of its own below `folder`."""

    def __init__(self, folder):
        self._folder = folder
        config = folder / "storage.conf"
        config.write_text(f'[storage]\ndriver = "vfs"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n')
        self._environment = {**os.environ, "CONTAINERS_STORAGE_CONF": str(config)}
        self.root = None
        self.config = None

    def _buildah(self, *words):
        result = subprocess.run(
            ["buildah", *map(str, words)], env=self._environment, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-4000:]
        return result.stdout.strip()

    def build(self):
        """Make the base, execute the Dockerfile, and mount what comes out as `root`."""
        system = self._folder / "base"
        packages = "python3,python3-venv,ca-certificates"
        bootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}", "trixie", str(system)]
        subprocess.run(bootstrap, check=True, stdout=subprocess.DEVNULL)
        (system / "usr/bin/python").symlink_to("python3")
        base = self._buildah("from", "scratch")
        self._buildah("add", "--quiet", base, system, "/")
        self._buildah("commit", "--quiet", "--rm", base, f"docker.io/library/{BASE}")
        shutil.rmtree(system)
        # the certificates by which this machine knows the package index
        trust = ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"] if os.path.exists(CERTIFICATES) else []
        how = ["--isolation", "chroot", "--network", "host", "--format", "docker", "--pull-never", *trust]
        self._buildah("bud", *how, "--tag", "ocr-pair", ROOT)
        self.config = json.loads(self._buildah("inspect", "--type", "image", "ocr-pair"))["Docker"]["config"]
        self.root = self._buildah("mount", self._buildah("from", "--pull-never", "ocr-pair"))
        for name in ("null", "urandom"):
            (ROOT / self.root / "dev" / name).touch()

    def remove(self):
        """Unmount and delete everything."""
        self._buildah("rm", "--all")
        shutil.rmtree(self._folder, ignore_errors=True)

    def command(self, words, **environment):
        """Return what runs `words` in the image, as process 1 of its own."""
        settings = dict(pair.split("=", 1) for pair in self.config["Env"]) | environment
        clean = ["env", "-i", *(f"{name}={value}" for name, value in settings.items())]
        inside = ["bash", "-ec", ENTER, self.root, self.config["User"], *clean, *words]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", *inside]

    @contextmanager
    def running(self, **environment):
        """Yield (address, the environment) of the image's own command, once it is ready; SIGTERM ends it."""
        port = free_port()
        settings = {"PORT": str(port), "HOST": "127.0.0.1", **environment}
        process = subprocess.Popen(self.command(self.config["Cmd"], **settings))
        try:
            deadline = time.monotonic() + PATIENCE_S
            workers = settings.get("OCR_WORKERS", "1")
            while f"\nocr_workers_ready {float(workers)}\n" not in _metrics(port):  # /readyz speaks of one of them
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", settings
            (first,) = _children(process.pid)
            os.kill(first, 15)
            assert process.wait(PATIENCE_S) in (0, 128 + 15, -15)
        finally:
            process.kill()
            process.wait()


def _metrics(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    except httpx.TransportError:
        return ""


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]
