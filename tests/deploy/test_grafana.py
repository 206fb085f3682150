"""deploy/grafana: every query is PromQL and asks for metrics and labels that exist; every panel says what it shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.agents.stages import STAGES
from tests.deploy import promtool
from tests.deploy.promql import metrics_in, series, wrong_with
from tests.runtime.documented_metrics import documented

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana"
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))
}
PANELS = [(name, panel) for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]]
LEGEND = re.compile(r"\{\{(\w+)\}\}")

every_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}: {panel['title']}" for name, panel in PANELS]
)


def provisioned(kind: str) -> Any:
    return yaml.safe_load((FOLDER / "provisioning" / kind / "storywatch.yml").read_text())


def expressions(panel: dict[str, Any]) -> Iterator[str]:
    """The queries of a panel as Prometheus gets them: Grafana puts values in place of its variables."""
    for target in panel["targets"]:
        yield target["expr"].replace("$__rate_interval", "5m").replace("$stage", ".*")


def test_there_is_a_dashboard_for_each_question() -> None:
    assert list(DASHBOARDS) == ["alerts", "overview", "sources", "stages", "store"]
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)


@every_panel
def test_a_panel_asks_for_what_exists(panel: dict[str, Any]) -> None:
    for expression in expressions(panel):
        assert "$" not in expression, "a variable that no dashboard has"
        assert wrong_with(expression) == []


@every_panel
def test_a_panel_has_a_description_and_a_legend_of_labels(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    for target in panel["targets"]:
        has = set().union(*(series()[name] for name in metrics_in(target["expr"])))
        assert set(LEGEND.findall(target["legendFormat"])) <= has


def test_stages_that_are_named_exist() -> None:
    names = [stage.name for stage in STAGES]
    for _, panel in PANELS:
        for expression in expressions(panel):
            for pattern in re.findall(r'stage=~?"([^"]*)"', expression):
                assert any(re.fullmatch(pattern, name) for name in names), pattern


def test_what_can_be_seen_of_a_worker_is_seen_on_some_dashboard() -> None:
    shown = {name for _, panel in PANELS for expression in expressions(panel) for name in metrics_in(expression)}
    shown = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in shown}
    elsewhere = {"storywatch_build_info", "storywatch_last_article_timestamp_seconds"}  # rules ask for these
    assert set(documented()) - shown == elsewhere


def test_panels_use_the_data_source_and_do_not_overlap() -> None:
    [source] = provisioned("datasources")["datasources"]
    for dashboard in DASHBOARDS.values():
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            assert {panel["datasource"]["uid"], *(one["datasource"]["uid"] for one in panel["targets"])} == {
                source["uid"]
            }
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
            assert not cells & taken, panel["title"]
            taken |= cells


def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    queries = [expression for _, panel in PANELS for expression in expressions(panel)]
    rules = [{"record": f"query_{number}", "expr": expression} for number, expression in enumerate(queries)]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    assert f"{len(queries)} rules found" in promtool.run("promtool", "check", "rules", tmp_path / "queries.yml")


def test_a_query_for_what_does_not_exist_is_seen() -> None:
    """Else the tests above could pass because they see nothing."""
    assert wrong_with("sum(rate(storywatch_message_total[5m]))") == ["no metric storywatch_message_total"]
    assert wrong_with('storywatch_waiting{topic="x"} == 1') == ["storywatch_waiting has no label topic"]
    assert wrong_with("sum by (publisher) (storywatch_rows)") == ["no label publisher in ['storywatch_rows']"]
    assert wrong_with("vector(1)") == ["it asks for no metric"]
