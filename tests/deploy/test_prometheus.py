"""deploy/prometheus: alarms at the right time, of metrics that exist, each with a way out in the docs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.contract.stage import APPS
from streams.runtime.settings import Settings
from tests.deploy import promtool
from tests.deploy.promql import metrics_in, wrong_with

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = "storywatch.rules.yml"
CASES = "storywatch.rules.test.yml"
LABEL = re.compile(r"\$labels\.(\w+)")


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


ALERTS: list[dict[str, Any]] = [rule for group in load(RULES)["groups"] for rule in group["rules"]]
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


@every_alert
def test_an_alert_asks_for_what_exists(alert: dict[str, Any]) -> None:
    assert wrong_with(alert["expr"]) == []


@every_alert
def test_an_alert_says_what_is_wrong_and_where_the_way_out_is(alert: dict[str, Any]) -> None:
    said = alert["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert alert["labels"]["severity"] in ("page", "ticket")
    page, anchor = said["runbook_url"].split("#")
    headings = re.findall(r"^#+ (\w+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor == alert["alert"].lower()
    assert alert["alert"] in headings
    named = set(LABEL.findall(said["summary"] + said["description"]))
    for label in named:
        assert wrong_with(f"sum by ({label}) ({alert['expr']})") == [], label


def test_every_alert_has_a_case_for_firing_and_one_against() -> None:
    fires: dict[str, set[bool]] = {}
    for case in load(CASES)["tests"]:
        for test in case.get("promql_expr_test", []):
            [alert] = re.findall(r'alertname="(\w+)"', test["expr"])
            fires.setdefault(alert, set()).add(bool(test["exp_samples"]))
    assert fires == {alert["alert"]: {True, False} for alert in ALERTS}


def test_each_case_tells_the_rule_what_it_asks_for() -> None:
    """Else a rule could stay quiet because the case has none of its metrics."""
    asked = {alert["alert"]: metrics_in(alert["expr"]) for alert in ALERTS}
    for case in load(CASES)["tests"]:
        given = set().union(*(metrics_in(one["series"]) for one in case["input_series"]))
        assert given <= asked[case["name"].split()[0]] if case["name"].startswith("Storywatch") else given, case["name"]


def test_promtool_agrees_with_rules_and_cases() -> None:
    assert "SUCCESS" in promtool.run("promtool", "check", "config", "prometheus.yml", folder=FOLDER)
    assert "SUCCESS" in promtool.run("promtool", "test", "rules", CASES, folder=FOLDER)


def test_amtool_agrees_with_the_configuration_of_alertmanager() -> None:
    assert "SUCCESS" in promtool.run("amtool", "check-config", FOLDER / "alertmanager.yml")


def test_what_alertmanager_quiets_are_alerts_that_exist() -> None:
    names = {alert["alert"] for alert in ALERTS}
    for rule in load("alertmanager.yml")["inhibit_rules"]:
        for matcher in [*rule["source_matchers"], *rule["target_matchers"]]:
            assert set(re.findall(r"Storywatch\w+", matcher)) <= names


def test_prometheus_scrapes_the_default_ports_of_a_worker() -> None:
    default = Settings.model_fields["metrics_port"].default
    asked = {one["labels"]["process"]: one["targets"] for one in load("targets.yml")}
    assert asked == {app: [f"127.0.0.1:{default + number}"] for number, app in enumerate(APPS)}


def test_the_api_is_scraped_with_a_key_where_there_is_one() -> None:
    job = next(one for one in load("prometheus.yml")["scrape_configs"] if one["job_name"] == "storywatch-serve")
    assert (FOLDER / job["authorization"]["credentials_file"]).is_file()
    assert load("serve_targets.yml") == []
    example = (FOLDER / "serve_targets.yml").read_text()
    assert f'"127.0.0.1:{Settings.model_fields["serve_port"].default}"' in example


def test_nothing_leaves_this_machine_by_default() -> None:
    for name in ("prometheus.yml", "targets.yml", "serve_targets.yml", "alertmanagers.yml", "alertmanager.yml"):
        lines = [line for line in (FOLDER / name).read_text().splitlines() if not line.lstrip().startswith("#")]
        assert re.findall(r"https?://(?!127\.0\.0\.1)\S+", "\n".join(lines)) == [], name
