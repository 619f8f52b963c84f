"""The dashboard and the alerts in `deploy/`: a real Prometheus scrapes real services and answers every query."""

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from serving import PATIENCE_S, free_port, held, http, refuses, running, wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana/dashboards/ocr-pair.json").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
PROGRAM = shutil.which("prometheus")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no prometheus is installed")

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: ocr-pair
    static_configs:
      - {{targets: ["{fastapi}"], labels: {{service: fastapi}}}}
      - {{targets: ["{flask}"], labels: {{service: flask}}}}
"""


@contextmanager
def prometheus(folder, **services):
    """Yield a client of a Prometheus that scrapes `services`, by name."""
    config = folder / "prometheus.yml"
    hosts = {name: address.removeprefix("http://") for name, address in services.items()}
    config.write_text(CONFIG.format(rules=DEPLOY / "prometheus/alerts.yml", **hosts), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [PROGRAM, f"--config.file={config}", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address={address}", "--log.level=error"]
    with (
        subprocess.Popen(command) as process,
        httpx.Client(base_url=f"http://{address}", timeout=PATIENCE_S) as client,
    ):
        try:
            wait_until(lambda: not refuses(str(client.base_url)))
            wait_until(lambda: client.get("/-/ready").status_code == 200)
            yield client
        finally:
            process.kill()


def samples(client, query):
    answer = client.get("/api/v1/query", params={"query": query.replace("$__rate_interval", "1m")}).json()
    assert answer["status"] == "success", (query, answer)
    return answer["data"]["result"]


def traffic(address):
    """Let each counter count."""

    def post(content, **headers):
        return http.post(f"{address}/ocr", files={"file": ("a.png", content)}, headers=headers)

    for content in (b"image", b"image", b"damaged"):
        post(content)
    with held(address):
        assert post(b"held", **{"X-Deadline-Ms": "200"}).status_code == 504


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    with (
        running("fastapi", OCR_CACHE_BYTES="10000") as fastapi,
        running("flask", OCR_CACHE_BYTES="10000", OCR_WORKERS="2") as flask,
        prometheus(folder, fastapi=fastapi, flask=flask) as client,
    ):
        for address in (fastapi, flask):
            traffic(address)
        yield client


@pytest.mark.parametrize("query", QUERIES)
def test_query_of_the_dashboard_finds_both_services(client, query):
    def both():
        return {sample["metric"].get("service") for sample in samples(client, query)} == {"fastapi", "flask"}

    wait_until(both, query)


def test_alerts_can_be_evaluated(client):
    def rules():
        groups = client.get("/api/v1/rules").json()["data"]["groups"]
        return [rule["health"] for group in groups for rule in group["rules"]]

    wait_until(lambda: set(rules()) == {"ok"})


def test_no_query_is_missing():
    assert len(QUERIES) >= 15
    assert len({panel["title"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
