"""What an operator sees of a running worker: metrics as documented, and logs that programs can read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from connectors.cli.demo.command import OWN_PUBLISHERS
from connectors.cli.demo.system import System
from streams import topics
from streams.stage import APPS
from tests.conftest import MakeSystem
from tests.pipeline.runs import open_edges
from tests.pipeline.test_kill import settle
from tests.pipeline.test_outages import own, until
from tests.test_metrics import documented

STRAY = b'{"schema": 1, "id": "stray-one", "origin": "nobody"}'


def families(system: System, app: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(system.metrics(app))}


def told(system: System, metric: str, **labels: str) -> float:
    """The sum over all processes."""
    samples = [sample for app in APPS for family in families(system, app).values() for sample in family.samples]
    return sum(one.value for one in samples if one.name == metric and labels.items() <= one.labels.items())


def logged(log: Path, start: int) -> Iterator[dict[str, Any]]:
    """The lines of a log from a byte on; each has to be JSON."""
    with log.open("rb") as lines:
        lines.seek(start)
        yield from (json.loads(line) for line in lines)


def test_a_worker_tells_in_metrics_and_in_its_log_what_it_does(make_system: MakeSystem) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS, log_level="DEBUG")
    log_before = system.log.stat().st_size if system.log.exists() else 0
    system.start_worker()
    arrivals = own(1, 2, 4)
    with open_edges(system) as edges:
        sent = [edges.producer.start_raw(topics.RAW, "stray", STRAY)]
        sent += [edges.producer.start(topics.RAW, one) for one in arrivals]
        for one in sent:
            edges.producer.confirm(one)
        settle(system, edges.follower)
    for app in APPS:
        check_names(families(system, app))
    check_values(system, articles=len(arrivals))
    check_log([*logged(system.log, log_before)])


def check_names(served: dict[str, Metric]) -> None:
    """All of the page and nothing else, with its types, labels and meanings."""
    page = documented()
    ours = {name: one for name, one in served.items() if name.startswith("storywatch_")}
    assert {name: (one.type, one.documentation) for name, one in ours.items()} == {
        name: (kind, meaning) for name, (kind, meaning, _) in page.items()
    }
    for name, one in ours.items():
        labels = {label for sample in one.samples for label in sample.labels} - {"le"}
        assert labels <= set(page[name][2]), name
    assert served["process_start_time_seconds"].samples[0].value > 0


def check_values(system: System, articles: int) -> None:
    assert told(system, "storywatch_dead_letters_total", stage="clean", error="Undecodable") == 1
    until(lambda: told(system, "storywatch_lag_messages") == 0, "lag is looked at every second")
    for name in ("clean", "dedup", "tag", "story", "match", "store_articles", "store_stories"):
        assert told(system, "storywatch_stage_seconds_count", stage=name) > 0, name
    assert told(system, "storywatch_messages_total", stage="store_articles", outcome="stored") == articles
    assert told(system, "storywatch_rows", stage="dedup") == articles
    assert told(system, "storywatch_children_memory_bytes") > 0
    assert told(system, "storywatch_healthy") == len(APPS)


def check_log(lines: list[dict[str, Any]]) -> None:
    [letter] = [line for line in lines if line["event"] == "dead letter"]
    assert (letter["article"], letter["stage"], letter["level"]) == ("stray-one", "clean", "warning")
    by_stage: dict[str, set[str]] = {}
    for line in lines:
        if line["event"] == "handled":
            by_stage.setdefault(line["stage"], set()).add(line["article"])
    assert by_stage["dedup"] == by_stage["tag"] == by_stage["story"] == by_stage["store_articles"]
    assert len(by_stage["story"]) == 3
