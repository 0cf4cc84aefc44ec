"""The files for containers: sound, locked up, and in step with the settings and the package."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from raceday_daemon import __version__
from raceday_daemon.settings import KNOWN_NAMES, Settings
from tests.image_by_hand import stages

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
WITH_SECRETS: dict[str, Any] = yaml.safe_load((ROOT / "config" / "docker-compose.secrets.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

services = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    ended = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr


@pytest.mark.parametrize("name", ["docker-compose.yml", "config/docker-compose.secrets.yml"])
def test_the_compose_files_are_as_the_specification_has_them(name: str) -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    ended = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", ROOT / name], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_the_base_is_pinned_and_the_version_is_the_packages() -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", arguments["PYTHON_IMAGE"])
    assert arguments["VERSION"] == __version__
    assert {service.get("image") for service in SERVICES.values()} > {f"raceday-daemon:{__version__}"}


def test_the_last_stage_runs_the_command_itself_as_nobody_in_particular() -> None:
    last = stages(DOCKERFILE)[-1].steps
    assert [rest for name, rest in last if name in ("ENTRYPOINT", "CMD")] == ['["raceday-daemon"]', '["run"]']
    assert ("USER", "10001:10001") in last
    assert ("STOPSIGNAL", "SIGTERM") in last
    (check,) = [rest for name, rest in last if name == "HEALTHCHECK"]
    assert check.endswith('CMD ["raceday-daemon", "healthcheck"]')


def test_only_what_the_image_is_made_from_is_sent_to_the_builder() -> None:
    everything, *named = (ROOT / ".dockerignore").read_text().splitlines()[1:]
    assert everything == "*"
    copied = {
        word
        for stage in stages(DOCKERFILE)[:1]
        for name, rest in stage.steps
        if name == "COPY"
        for word in rest.split()[:-1]
    }
    assert {name[1:] for name in named if name.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_what_builds_the_wheel_is_locked_as_it_is_for_development() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+) \\$", (ROOT / name).read_text(), re.MULTILINE))

    assert "hatchling" in {pin.partition("==")[0] for pin in pins("requirements-build.txt")}
    assert pins("requirements-build.txt") <= pins("requirements-dev.txt")


@services
def test_each_service_is_locked_up_and_bounded(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert service["logging"]["options"].keys() >= {"max-size", "max-file"}


@services
def test_each_service_is_pinned_and_seen_from_this_machine_alone(service: dict[str, Any]) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    listens = [word for word in service.get("command", []) if "listen-address" in word]
    assert "ports" in service or listens == ["--web.listen-address=127.0.0.1:9090"]


def test_what_a_service_keeps_is_a_volume_of_its_own() -> None:
    kept = [volume for service in SERVICES.values() for volume in service["volumes"] if not volume.startswith("./")]
    assert sorted(kept) == ["data:/data", "demo-data:/data", "prometheus-data:/prometheus"]
    assert COMPOSE["volumes"].keys() == {volume.partition(":")[0] for volume in kept}


def test_up_alone_runs_the_daemon_with_an_env_file_that_may_be_missing() -> None:
    assert [name for name, service in SERVICES.items() if not service.get("profiles")] == ["daemon"]
    assert SERVICES["daemon"]["env_file"] == [{"path": ".env", "required": False}]
    assert "env_file" not in SERVICES["demo"]
    assert {name: service.get("profiles") for name, service in SERVICES.items() if name != "daemon"} == {
        "demo": ["demo"],
        "prometheus": ["monitoring"],
    }


def test_it_is_given_longer_to_stop_than_it_takes() -> None:
    grace = Settings.model_fields["raceday_grace_seconds"].default
    assert int(SERVICES["daemon"]["stop_grace_period"].removesuffix("s")) >= 2 * grace


@services
def test_settings_that_the_services_are_given_exist(service: dict[str, Any]) -> None:
    assert service.get("environment", {}).keys() <= set(KNOWN_NAMES)


def test_secrets_from_files_have_the_names_of_settings_that_are_secret() -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert set(WITH_SECRETS["services"]["daemon"]["secrets"]) == set(WITH_SECRETS["secrets"]) <= secret
    assert {name: file["file"] for name, file in WITH_SECRETS["secrets"].items()} == {
        name: f"./secrets/{name}" for name in WITH_SECRETS["secrets"]
    }
