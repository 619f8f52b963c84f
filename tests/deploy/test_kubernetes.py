"""`deploy/kubernetes` as kustomize renders it: valid for Kubernetes, and true to the services that it starts."""

import copy
import json
import shutil
import subprocess

import pytest
import yaml
from kubernetes_validate import ValidationError, validate
from replicas import ROOT

from services.flask_app.server import SUPERVISION_S
from services.settings import MIB, Settings, from_environment

FOLDER = ROOT / "deploy/kubernetes"
VERSIONS = ("1.30", "1.37")
"""The oldest Kubernetes that knows all fields, and a current one."""

SERVICES = ("fastapi", "flask")

RENDERERS = (("kubectl", "kustomize"), ("kustomize", "build"))
RENDERER = next((command for command in RENDERERS if shutil.which(command[0])), None)

LARGEST_READING_MIB = 713
"""Most memory that a service of one reading at once was seen to hold: 40 megapixels as TIFF (docs/scale.md)."""

GUNICORN_MIB = 50
"""Memory of gunicorn's supervisor."""

pytestmark = pytest.mark.skipif(RENDERER is None, reason="neither kubectl nor kustomize is installed")


def rendered(overlay):
    """Return the objects of an overlay by kind and name."""
    result = subprocess.run([*RENDERER, FOLDER / overlay], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    documents = list(yaml.safe_load_all(result.stdout))
    objects = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    assert len(objects) == len(documents)
    return objects


@pytest.fixture(scope="module")
def base():
    return rendered("base")


@pytest.fixture(scope="module")
def monitored():
    return rendered("with-prometheus")


def labels(thing):
    return thing["metadata"]["labels"].items()


def pod_of(objects, name):
    return objects["Deployment", name]["spec"]["template"]


def settings_of(container):
    """Return what the service makes of the container's variables; a bad one raises."""
    return from_environment({entry["name"]: entry["value"] for entry in container["env"]})


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(monitored, version):
    for (kind, _), thing in monitored.items():
        if kind != "ServiceMonitor":  # its schema belongs to the Prometheus operator; see the test below
            validate(thing, version, strict=True)
    assert [kind for kind, _ in monitored].count("Deployment") == 3


def test_grpc_has_its_ports_and_shares_the_rest(base):
    objects = rendered("grpc")
    for thing in objects.values():
        validate(thing, VERSIONS[-1], strict=True)
    assert {kind for kind, _ in objects} == {kind for kind, name in base if name == "ocr-flask"} | {"NetworkPolicy"}
    pod, settings = pod_of(objects, "ocr-grpc"), Settings()
    container = pod["spec"]["containers"][0]
    assert {"name": "SERVICE", "value": "grpc"} in container["env"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": settings_of(container).port, "http": settings.metrics_port}
    for kind in ("Service", "NetworkPolicy"):
        spec = objects[kind, "ocr-grpc"]["spec"]
        selector = spec["selector"] if kind == "Service" else spec["podSelector"]["matchLabels"]
        assert selector.items() <= labels(pod)
        assert not selector.items() <= labels(pod_of(base, "ocr-flask"))
    served = {port["name"]: port["targetPort"] for port in objects["Service", "ocr-grpc"]["spec"]["ports"]}
    assert served == {"grpc": "grpc", "http": "http"}
    # the general policy lets Prometheus in, and lets the pods out to Redis
    assert base["NetworkPolicy", "ocr-pair"]["spec"]["podSelector"]["matchLabels"].items() <= labels(pod)


def test_a_misspelt_field_would_be_found(base):
    deployment = copy.deepcopy(base["Deployment", "ocr-flask"])
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(ValidationError):
        validate(deployment, VERSIONS[-1], strict=True)


def test_with_prometheus_adds_and_takes_nothing_away(base, monitored):
    assert set(monitored) - set(base) == {("ServiceMonitor", "ocr-pair")}
    assert set(base) < set(monitored)


@pytest.mark.parametrize("service", SERVICES)
def test_everything_about_a_service_finds_its_pods(base, service):
    name = f"ocr-{service}"
    pod = labels(pod_of(base, name))
    other = labels(pod_of(base, f"ocr-{SERVICES[1 - SERVICES.index(service)]}"))
    selectors = [
        base["Deployment", name]["spec"]["selector"]["matchLabels"],
        base["Service", name]["spec"]["selector"],
        base["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"],
        pod_of(base, name)["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    for selector in selectors:
        assert selector.items() <= pod
        assert not selector.items() <= other
    target = base["HorizontalPodAutoscaler", name]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) in base
    assert "replicas" not in base["Deployment", name]["spec"]  # it is the autoscaler's


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_understands_its_settings(base, service):
    container = pod_of(base, f"ocr-{service}")["spec"]["containers"][0]
    settings = settings_of(container)
    assert settings.port == container["ports"][0]["containerPort"]
    assert {"name": "SERVICE", "value": service} in container["env"]
    assert (ROOT / f"services/{service}_app/__main__.py").exists()
    host = settings.cache_url.removeprefix("redis://").partition(":")[0]
    assert ("Service", host) in base


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_that_goes_answers_what_it_accepted(base, service):
    spec = pod_of(base, f"ocr-{service}")["spec"]
    container = spec["containers"][0]
    settings = settings_of(container)
    assert settings.grace_s * 1000 > settings.deadline_ms
    waiting = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    needed = waiting + settings.drain_delay_s + settings.grace_s + SUPERVISION_S
    assert needed < spec["terminationGracePeriodSeconds"]
    # it is out of the balancers before it stops
    probe = container["readinessProbe"]
    assert waiting >= probe["periodSeconds"] * probe["failureThreshold"]


@pytest.mark.parametrize("service", SERVICES)
def test_resources_match_what_the_service_takes(base, service):
    container = pod_of(base, f"ocr-{service}")["spec"]["containers"][0]
    limits, settings = container["resources"]["limits"], settings_of(container)
    assert limits == {"cpu": "1", "memory": "1Gi"}  # a quota of one CPU is one reading at once: ocr_core/sizing.py
    assert "OCR_THREADS" not in {entry["name"] for entry in container["env"]}
    temporary = pod_of(base, f"ocr-{service}")["spec"]["volumes"][0]["emptyDir"]
    assert temporary == {"medium": "Memory", "sizeLimit": "16Mi"}
    assert LARGEST_READING_MIB + GUNICORN_MIB + settings.held_bytes // MIB + 16 < 1024
    assert settings.held_bytes >= 4 * Settings().max_bytes


@pytest.mark.parametrize("name", ["ocr-fastapi", "ocr-flask", "ocr-redis"])
def test_pods_meet_the_restricted_standard(base, name):
    # https://kubernetes.io/docs/concepts/security/pod-security-standards/, and a read-only root beside it
    spec = pod_of(base, name)["spec"]
    container = spec["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert all(set(volume) == {"name", "emptyDir"} for volume in spec.get("volumes", ()))


def test_user_is_the_one_of_the_image(base):
    user = pod_of(base, "ocr-fastapi")["spec"]["securityContext"]["runAsUser"]
    assert f"USER {user}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_redis_hears_the_services_alone_and_they_reach_nothing_else(base):
    policy, redis = (base["NetworkPolicy", name]["spec"] for name in ("ocr-pair", "ocr-redis"))
    pod, store = labels(pod_of(base, "ocr-flask")), labels(pod_of(base, "ocr-redis"))
    assert policy["podSelector"]["matchLabels"].items() <= pod
    assert redis["podSelector"]["matchLabels"].items() <= store
    (caller,) = redis["ingress"][0]["from"]
    assert caller["podSelector"]["matchLabels"].items() <= pod
    assert not caller["podSelector"]["matchLabels"].items() <= store
    assert redis["egress"] == []
    names, cache = policy["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert [set(peer) for peer in cache["to"]] == [{"podSelector"}]
    assert cache["to"][0]["podSelector"]["matchLabels"].items() <= store
    assert cache["ports"] == [{"protocol": "TCP", "port": 6379}]


def test_monitor_finds_the_services_and_gives_the_labels_of_the_dashboard(monitored):
    spec = monitored["ServiceMonitor", "ocr-pair"]["spec"]
    (endpoint,) = spec["endpoints"]
    wanted = spec["selector"]["matchLabels"].items()
    found = {
        name: thing for (kind, name), thing in monitored.items() if kind == "Service" and wanted <= labels(thing)
    }
    assert set(found) == {"ocr-fastapi", "ocr-flask"}
    for thing in found.values():
        assert endpoint["port"] in {port["name"] for port in thing["spec"]["ports"]}
    service, job = endpoint["relabelings"]
    (source,) = service["sourceLabels"]
    meta = "__meta_kubernetes_service_label_app_kubernetes_io_component"
    assert (source, service["targetLabel"]) == (meta, "service")
    assert dict(labels(found["ocr-flask"]))["app.kubernetes.io/component"] == "flask"
    assert (job["targetLabel"], job["replacement"]) == ("job", "ocr-pair")  # the alerts ask for it
    assert 'job="ocr-pair"' in (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_autoscaler_looks_at_a_metric_that_exists(base, monitored, service):
    by_cpu, by_both = (
        objects["HorizontalPodAutoscaler", f"ocr-{service}"]["spec"]["metrics"] for objects in (base, monitored)
    )
    assert [metric["type"] for metric in by_cpu] == ["Resource"]
    assert [metric["type"] for metric in by_both] == ["Resource", "Pods"]
    name = by_both[1]["pods"]["metric"]["name"]
    (rule,) = yaml.safe_load((FOLDER / "with-prometheus/adapter-values.yaml").read_text())["rules"]["custom"]
    assert rule["name"]["matches"] == name
    assert rule["seriesQuery"].startswith(f"{name}{{")
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/ocr-pair.json").read_text(encoding="utf-8"))
    assert name in json.dumps(dashboard)  # the dashboard's queries are put to real services in a test of their own
