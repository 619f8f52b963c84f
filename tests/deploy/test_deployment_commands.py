"""The commands of docs/deployment.md and docs/scale.md: what they name is there, and is what they take it for."""

import re
import shlex

import pytest
import yaml
from replicas import ROOT

TEXT = "\n".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("deployment", "scale"))
BLOCKS = re.findall(r"^```(\w*)\n(.+?)^```", TEXT, re.M | re.S)
COMMANDS = [line for language, block in BLOCKS if not language for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_a_command_names_are_there(command):
    words = re.split(r"[\s=]", command)
    assert all((ROOT / word).exists() for word in words if word.startswith("deploy/"))


def test_kubectl_is_shown_folders_that_kustomize_takes():
    folders = [command.split()[-1] for command in COMMANDS if command.startswith("kubectl apply -k")]
    assert len(folders) >= 2
    assert all((ROOT / folder / "kustomization.yaml").exists() for folder in folders)


def test_label_of_the_command_opens_the_network_policy():
    (command,) = (command for command in COMMANDS if command.startswith("kubectl label"))
    label = dict([shlex.split(command)[-1].split("=")])
    policy = yaml.safe_load((ROOT / "deploy/kubernetes/base/network.yaml").read_text(encoding="utf-8"))
    assert {"namespaceSelector": {"matchLabels": label}} in policy["spec"]["ingress"][0]["from"]


def test_docker_gives_a_container_the_time_of_the_other_ways():
    (command,) = (command for command in COMMANDS if command.startswith("docker run"))
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    assert f"--stop-timeout {compose['services']['flask']['stop_grace_period'].removesuffix('s')} " in command
