"""deploy/compose.yaml, as far as it can be known without Docker: the schema, its files, settings, secrets and ports."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy import load_settings
from streams.contract.stage import APPS
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
EXAMPLE = DEPLOY / "compose" / "env.example"
SCHEMA = Path(__file__).parent / "schema" / "compose-spec.json"  # of the Compose Specification; its licence beside it

VARIABLE = re.compile(r"\$\{(\w+)(:\?[^}]+)?\}")
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?")

composed: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
services: dict[str, dict[str, Any]] = composed["services"]
by_service = pytest.mark.parametrize("name", services)


def test_it_is_a_compose_file() -> None:
    assert list(jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(composed)) == []


def test_the_schema_refuses_what_is_none() -> None:
    """Else the test above could pass because it checks nothing."""
    wrong = {**composed, "services": {"worker": {"imagine": "storywatch"}}}
    with pytest.raises(jsonschema.ValidationError, match="imagine"):
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(wrong)


@by_service
def test_every_file_that_is_mounted_exists(name: str) -> None:
    sources = [volume.split(":")[0] for volume in services[name].get("volumes", [])]
    files = [source for source in sources if source.startswith(".")]
    assert [file for file in files if not (DEPLOY / file).exists()] == []
    assert {source for source in sources if not source.startswith(".")} <= set(composed["volumes"])


@by_service
def test_every_port_is_published_on_loopback_only(name: str) -> None:
    assert [port for port in services[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


@by_service
def test_every_image_is_pinned(name: str) -> None:
    service = services[name]
    if "build" in service:
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    else:
        assert PINNED.fullmatch(service["image"])


@by_service
def test_what_a_service_waits_for_is_there(name: str) -> None:
    for other, how in services[name].get("depends_on", {}).items():
        assert how["condition"] in ("service_healthy", "service_completed_successfully")
        assert how["condition"] != "service_healthy" or "test" in services[other]["healthcheck"]


def test_every_variable_is_in_the_example_and_none_may_be_empty() -> None:
    wanted = {name for name, _ in VARIABLE.findall(COMPOSE.read_text())}
    refused = {name for name, refusal in VARIABLE.findall(COMPOSE.read_text()) if refusal}
    given = re.findall(r"^(\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert wanted == refused == {name for name, _ in given}
    assert [value for _, value in given if value] == []


def test_no_password_stands_in_the_file() -> None:
    secrets = re.compile(r"password|key\b|token|secret", re.IGNORECASE)
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if secrets.search(variable) and not variable.endswith("_FILE"):
                assert VARIABLE.search(str(value)), f"{name}: {variable}"


@by_service
def test_every_service_is_confined(name: str) -> None:
    service = services[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 4096
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])


def run_script(name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    script = DEPLOY / "compose" / name
    assert script.exists()
    return subprocess.run(
        ["bash", script, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.mark.parametrize("password", ['x" user_eve="x', "x;", "x y", "x\ny", "", "pässword", "$(id)", "x\\"])
def test_a_password_that_could_break_out_is_refused(password: str) -> None:
    kafka = run_script("kafka.sh", "env", KAFKA_PASSWORD=password)
    accounts = run_script(
        "accounts.sh", ELASTIC_PASSWORD="good", ELASTICSEARCH_PASSWORD=password, KIBANA_PASSWORD="good"
    )
    for ran, variable in ((kafka, "KAFKA_PASSWORD"), (accounts, "ELASTICSEARCH_PASSWORD")):
        assert ran.returncode == 1
        assert ran.stdout == ""
        assert ran.stderr.startswith(f"{variable}: use letters, digits, - and _ only")
        assert ran.stderr.count("\n") == 1


def test_the_variables_of_scripts_are_handed_to_them() -> None:
    for name in ("accounts", "kibana-objects"):
        script = DEPLOY / next(one for one in services[name]["volumes"] if one.endswith(".sh:ro")).split(":")[0]
        assert set(re.findall(r"\$\{(\w+)\}", script.read_text())) == set(services[name]["environment"])
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


@pytest.mark.parametrize("name", ["init", "worker-1", "worker-2", "serve"])
def test_every_setting_is_known_and_they_go_together(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYWATCH_DATA_DIR", str(tmp_path))
    secret = tmp_path / "kafka_password"
    secret.write_text("from-a-file")
    for variable, value in services[name]["environment"].items():
        assert variable.removeprefix("STORYWATCH_").lower() in Settings.model_fields
        text = VARIABLE.sub("good", str(value)).replace("/run/secrets/kafka_password", str(secret))
        monkeypatch.setenv(variable, text)
    settings = load_settings.settings()
    assert settings.elasticsearch == "http://storywatch:good@elasticsearch:9200"
    assert kafka_access(settings).password == "from-a-file"


def test_prometheus_asks_every_process_of_every_worker() -> None:
    listed = yaml.safe_load((DEPLOY / "compose" / "targets.yml").read_text())
    asked = {(entry["labels"]["process"], target) for entry in listed for target in entry["targets"]}
    workers = [name for name in services if name.startswith("worker-")]
    first = Settings.model_fields["metrics_port"].default
    assert asked == {
        (process, f"{worker}:{first + number}") for worker in workers for number, process in enumerate(APPS)
    }


def test_the_api_is_reached_checked_and_measured() -> None:
    service = services["serve"]
    port = Settings.model_fields["serve_port"].default
    assert service["command"] == ["serve"]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert service["environment"]["STORYWATCH_SERVE_HOST"] == "0.0.0.0"
    assert f"http://127.0.0.1:{port}/healthz" in service["healthcheck"]["test"][-1]
    compile(service["healthcheck"]["test"][-1], "healthcheck", "exec")
    [listed] = yaml.safe_load((DEPLOY / "compose" / "serve_targets.yml").read_text())
    assert listed == {"targets": [f"serve:{port}"], "labels": {"process": "serve"}}


def test_the_jaas_line_of_kafka_knows_the_user_of_the_workers() -> None:
    ran = run_script("kafka.sh", "env", KAFKA_PASSWORD="aB3-_")
    lines = [line for line in ran.stdout.splitlines() if "JAAS" in line]
    assert len(lines) == len({"INTERNAL", "HOST"})
    user = services["worker-1"]["environment"]["STORYWATCH_KAFKA_USERNAME"]
    assert all(f'username="{user}" password="aB3-_" user_{user}="aB3-_";' in line for line in lines)
    assert "KAFKA_PASSWORD=" not in ran.stdout
