"""What an operator sees of a running worker; and the way back from a lost Elasticsearch, as the docs say it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import NoError
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from connectors.cli.maintenance import dead_letter_list as letters
from connectors.cli.maintenance import replay
from connectors.elastic.client import sync_client
from connectors.elastic.records import LetterRecord
from connectors.kafka import admin
from deploy.system import System
from streams.contract import topics
from streams.contract.stage import APPS, STORE, App
from streams.runtime import topology
from tests.conftest import MakeSystem
from tests.pipeline.runs import open_edges, own, settle, until
from tests.runtime.documented_metrics import documented

STRAY = b'{"schema": 1, "id": "stray-one", "origin": "nobody"}'


def families(system: System, app: App) -> dict[str, Metric]:
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


def test_metrics_logs_and_the_way_back_from_lost_indices(make_system: MakeSystem) -> None:
    """One test for both, since a worker takes seconds to start."""
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
        check_letter(system, lambda: settle(system, edges.follower))
        before = documents(system)
        system.kill_worker()
        lose_the_indices(system)
        put_back_to_the_earliest(system, STORE)
        system.start_worker()
        settle(system, edges.follower)
    assert len(before) > len(arrivals)
    assert documents(system) == before


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
    for name in ("clean", "dedup", "tag", "story", "match", "store_articles", "store_stories", "store_letters"):
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


def check_letter(system: System, settle: Callable[[], None]) -> None:
    """The dead letter is in Elasticsearch as the list has it, and so is that somebody drops it."""
    [listed] = letters.read_all(system.settings)
    [found] = stored_letters(system)
    assert (found.letter.id, found.letter.state, found.letter.stage) == (listed.id, "refused", "clean")
    assert found.kafka is not None
    assert (found.kafka.topic, str(found.kafka.partition), str(found.kafka.offset)) == (
        listed.topic,
        listed.partition,
        listed.offset,
    )
    replay.drop_letters(system.settings, [listed], "a test")
    settle()
    [found] = stored_letters(system)
    assert (found.letter.state, found.letter.open, found.letter.id) == ("dropped", False, listed.id)
    assert found.resolution is not None
    assert found.resolution.reason == "a test"


def stored_letters(system: System) -> list[LetterRecord]:
    index = f"{system.settings.index_prefix}deadletters"
    with sync_client(system.settings) as client:
        client.indices.refresh(index=index)
        hits = client.search(index=index, query={"term": {"article.arrival": "stray-one"}})["hits"]["hits"]
    return [msgspec.convert(hit["_source"], LetterRecord) for hit in hits]


# --- Elasticsearch lost ------------------------------------------------------------------------------------------


def documents(system: System) -> dict[str, dict[str, Any]]:
    """All articles, stories and dead letters by id, without the times of this very writing."""
    prefix = system.settings.index_prefix
    with sync_client(system.settings) as client:
        client.indices.refresh(index=f"{prefix}*")
        hits = client.search(index=f"{prefix}articles,{prefix}stories,{prefix}deadletters", size=100)["hits"]["hits"]
    for hit in hits:
        hit["_source"]["article"].pop("stages", None)
    return {hit["_id"]: hit["_source"] for hit in hits}


def lose_the_indices(system: System) -> None:
    prefix = system.settings.index_prefix
    with sync_client(system.settings) as client:
        for index in [*client.indices.get(index=f"{prefix}articles-*,{prefix}stories-*,{prefix}deadletters-*")]:
            client.indices.delete(index=index)


def put_back_to_the_earliest(system: System, app: App) -> None:
    """What ``kafka-consumer-groups.sh --reset-offsets --to-earliest --all-topics --execute`` does."""
    settings, group = system.settings, system.settings.app_id(app)
    admin.evict_members(settings, group)  # those that were killed; a real Kafka does it when their session is over
    read = topology.consumer_groups(settings)[group]
    earliest = {
        TopicPartition(name, number): OffsetSpec.EARLIEST for name in read for number in range(settings.partitions)
    }
    with admin.admin(settings) as client:
        results = client.reset_group_offsets(group, earliest)
    assert {result["error"] for result in results.values()} == {NoError}
