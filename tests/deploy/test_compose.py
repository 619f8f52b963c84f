"""`deploy/compose.yaml` and what it mounts: valid, complete, and true to the services and their limits."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml
from replicas import NGINX, NGINX_FILES, ROOT, nginx
from serving import free_port

from services.flask_app.server import SUPERVISION_S
from services.settings import from_environment

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
READERS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "ocr-pair"}
PROMTOOL = shutil.which("promtool")
ANALYZE = shutil.which("systemd-analyze")


def validation(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True)


def test_compose_file_is_valid(tmp_path):
    result = validation(DEPLOY / "compose.yaml")
    assert result.returncode == 0, result.stdout
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(yaml.safe_dump({"services": {"a": {"imaje": "b"}}}), encoding="utf-8")
    assert validation(wrong).returncode != 0


def test_both_services_understand_their_settings():
    assert {service["environment"]["SERVICE"] for service in READERS.values()} == {"fastapi", "flask"}
    for service in READERS.values():
        settings = from_environment(service["environment"])
        assert settings.cache_url.startswith("redis://redis:6379")
        assert settings.grace_s * 1000 > settings.deadline_ms
        assert settings.grace_s + SUPERVISION_S < int(service["stop_grace_period"].removesuffix("s"))
        assert service["deploy"]["resources"]["limits"] == {"cpus": "1", "memory": "1G"}
        assert service["read_only"] is True
        assert service["networks"] == ["inside"]


def test_every_mounted_file_is_there():
    mounts = [mount for service in COMPOSE["services"].values() for mount in service.get("volumes", ())]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    assert len(files) == 6
    assert all((DEPLOY / file).exists() for file in files)
    names = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}
    assert names == set(COMPOSE["volumes"])


def test_grafana_finds_prometheus():
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    host = re.fullmatch(r"http://(\w+):9090", source["url"])[1]
    assert host in COMPOSE["services"]
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/ocr-pair.yml").read_text())["providers"]
    targets = {mount.split(":")[1] for mount in COMPOSE["services"]["grafana"]["volumes"]}
    assert provider["options"]["path"] in targets


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool is installed")
def test_prometheus_takes_its_configuration(tmp_path):
    for mount in COMPOSE["services"]["prometheus"]["volumes"][:2]:
        source, target, _ = mount.split(":")
        shutil.copy(DEPLOY / source, tmp_path / target.removeprefix("/etc/prometheus/"))
    command = [PROMTOOL, "check", "config", tmp_path / "prometheus.yml"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    (scrape,) = yaml.safe_load((tmp_path / "prometheus.yml").read_text())["scrape_configs"]
    assert set(scrape["dns_sd_configs"][0]["names"]) == set(READERS)


def nginx_of_compose():
    """Return the configuration with addresses in place of Docker's names: names are not known outside of it."""
    text = (DEPLOY / "compose/nginx.conf").read_text(encoding="utf-8")
    # Debian's nginx is older than `resolve`, which came with 1.27.3
    text, changed = re.subn(r"server (fastapi|flask):8000 resolve ", f"server 127.0.0.1:{free_port()} ", text)
    assert changed == 2
    return re.sub(r"listen \d+;", lambda _: f"listen 127.0.0.1:{free_port()};", text)


@pytest.mark.skipif(NGINX is None, reason="no nginx is installed")
def test_nginx_takes_its_configuration(tmp_path):
    with nginx(tmp_path / "nginx", nginx_of_compose()):
        pass  # it was checked before it was started


def test_nginx_of_compose_is_the_tested_one_but_for_the_addresses():
    def stripped(path):
        text = re.sub(r"^(\s*(server \S+:\d+ .*|resolver .*))?\s*(#.*)?$", "", path.read_text(), flags=re.M)
        return [re.sub(r"\s*#.*", "", line) for line in text.splitlines() if line]

    assert stripped(DEPLOY / "compose/nginx.conf") == stripped(NGINX_FILES / "ocr-pair.conf")
    listening = re.findall(r"listen (\d+);", (DEPLOY / "compose/nginx.conf").read_text())
    assert COMPOSE["services"]["nginx"]["ports"] == [f"{port}:{port}" for port in listening]


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze is installed")
def test_systemd_takes_the_unit(tmp_path):
    text = (DEPLOY / "systemd/ocr-pair@.service").read_text(encoding="utf-8")
    unit = tmp_path / "ocr-pair@8001.service"
    unit.write_text(text, encoding="utf-8")
    result = subprocess.run([ANALYZE, "verify", unit], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    unit.write_text(text.replace("KillMode=mixed", "KillMode=kindly"), encoding="utf-8")
    assert "kindly" in subprocess.run([ANALYZE, "verify", unit], capture_output=True, text=True).stderr


def test_unit_gives_the_service_the_time_that_it_takes():
    text = (DEPLOY / "systemd/ocr-pair@.service").read_text(encoding="utf-8")
    lines = re.findall(r"^Environment=(.+)$", text.replace("%i", "8001"), re.M)
    settings = from_environment(dict(pair.split("=", 1) for line in lines for pair in line.split()))
    assert settings.port == 8001
    assert settings.grace_s * 1000 > settings.deadline_ms
    assert settings.grace_s + SUPERVISION_S < int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)[1])
