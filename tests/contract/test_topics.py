"""Topics as data: every stage, key and changelog is held against the one list of them."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.agents.stages import STAGES
from streams.contract import topics
from streams.contract.messages import MAX_VALUE_BYTES, Message
from streams.contract.stage import SOURCES, STATE, STORE, WORK, BulkStage, OrderedStage, Stage, WindowedStage
from streams.contract.topics import ALL, Topic
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.fiction import one_of_each, unique

DOCS = Path(__file__).resolve().parents[2] / "docs"
SETTINGS = Settings(topic_prefix="desk-")
LEGAL = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def called(stage: Stage) -> str:
    return stage.name


@pytest.mark.parametrize("stage", STAGES, ids=called)
def test_a_stage_reads_and_sends_only_what_is_listed(stage: Stage) -> None:
    assert {stage.reads, *stage.sends} <= set(ALL)
    parses = isinstance(stage, BulkStage) and stage.parse is not None
    assert (stage.reads.carries is None) == parses, "else the stage cannot read its records"


@pytest.mark.parametrize("stage", STAGES, ids=called)
def test_a_stage_has_the_tools_of_one_app(stage: Stage) -> None:
    """Work computes without tables, state and sources keep rows, only the store waits for as long as it takes."""
    shapes = {WORK: WindowedStage, STATE: OrderedStage, STORE: BulkStage, SOURCES: OrderedStage}
    assert isinstance(stage, shapes[stage.app])


def test_the_plan_of_the_pipeline_is_that_of_its_stages() -> None:
    planned = [(place.name, place.app, place.reads, place.table) for place in topology.PIPELINE]
    assert planned == [(stage.name, stage.app, stage.reads, stage.table) for stage in STAGES]


def test_no_two_stages_of_an_app_read_the_same_topic() -> None:
    """They would share one consumer's place in it."""
    pairs = [(stage.app, stage.reads.base) for stage in STAGES]
    assert len(pairs) == len(set(pairs))


def test_every_topic_is_written_before_it_is_read() -> None:
    read = {stage.reads for stage in STAGES}
    of_sources = {topics.SOURCES, topics.STATUS, topics.SUBSCRIPTIONS}
    of_commands = {topics.TRACKS, topics.RECEIVERS, topics.FORGOTTEN, topics.API_KEYS, topics.KEY_USES}
    listed = {topics.CORRECTIONS}  # by a command
    assert set(ALL) - read == of_commands | of_sources | listed
    # any stage refuses, any passes; the states of polls begin with a source that has none; commands send changes
    sent_before: set[Topic] = {topics.RAW, topics.DEADLETTERS, topics.RESOLUTIONS, topics.POLLS, topics.AUDIT}
    for stage in STAGES:
        assert stage.reads in sent_before, f"{stage.name} stands before what it reads is written"
        sent_before |= set(stage.sends)


def test_all_names_are_legal_and_different() -> None:
    names = list(topology.required_topics(SETTINGS))
    assert [name for name in names if not LEGAL.fullmatch(name)] == []
    assert all(name.startswith("desk-") for name in names)
    assert len({topic.base for topic in ALL}) == len(ALL)
    # Kafka's metrics cannot tell "a.b" from "a_b"
    assert len({name.replace("_", ".") for name in names}) == len(names)


def test_each_table_has_a_compacted_changelog() -> None:
    wanted = topology.required_topics(SETTINGS)
    for stage in STAGES:
        if stage.table:
            assert wanted[f"desk-storywatch-{stage.app}-{stage.name}-changelog"]["cleanup.policy"] == "compact"
    assert len(wanted) == len(ALL) + sum(stage.table is not None for stage in STAGES)


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: type(message).__name__)
def test_a_topic_takes_its_key_from_its_message(message: Message) -> None:
    [topic] = [topic for topic in ALL if topic.carries is not None and isinstance(message, topic.carries)]
    assert topic.key_of is not None
    assert topic.key_of(message)
    assert isinstance(topic.key_of(message), str)


def test_only_shared_facts_are_kept_without_limit() -> None:
    for topic in ALL:
        config = topic.config()
        if topic.cleanup == "compact":
            assert config["retention.ms"] == "-1"
        else:
            assert topic.days is not None
            assert config["retention.ms"] == str(topic.days * 86_400_000)
    days = [topic.days or 10_000 for topic in (topics.RAW, topics.FILED, topics.UPDATES, topics.ALERTS, topics.TRACKS)]
    assert all(earlier <= later for earlier, later in pairwise(days)), "what is worth more is kept longer"


def test_every_record_fits_its_topic_and_the_dead_letters() -> None:
    for topic in ALL:
        assert int(topic.config()["max.message.bytes"]) > MAX_VALUE_BYTES
    others = [int(config["max.message.bytes"]) for name, config in topology.required_topics(SETTINGS).items()]
    room = int(topics.DEADLETTERS.config()["max.message.bytes"])
    assert sorted(others)[-2] + 100_000 <= room


def test_groups_and_what_they_read_follow_the_pipeline() -> None:
    assert list(topology.consumer_groups(SETTINGS)) == [
        "desk-storywatch-sources",
        "desk-storywatch-work",
        "desk-storywatch-state",
        "desk-storywatch-store",
    ]
    read = [name for names in topology.consumer_groups(SETTINGS).values() for name in names]
    assert set(read) == {stage.reads.name("desk-") for stage in STAGES}


def test_without_links_no_stage_reads_articles_to_describe_them() -> None:
    work = "desk-storywatch-work"
    linking = SETTINGS.model_copy(update={"links": True})
    filed = topics.FILED.name("desk-")
    assert filed not in topology.consumer_groups(SETTINGS)[work]
    assert filed in topology.consumer_groups(linking)[work]
    assert topology.pipeline(linking) == topology.PIPELINE


def test_a_page_that_lists_topics_lists_them_all() -> None:
    for page in DOCS.rglob("*.md"):
        text = page.read_text()
        named = {topic.base for topic in ALL if f"`{topic.base}`" in text}
        if len(named) > len(ALL) // 2:
            assert named == {topic.base for topic in ALL}, page.name


def test_revisions_of_an_article_stay_in_one_partition() -> None:
    """In two, the second could overtake the first on its way to the story."""
    first = unique()
    second = replace(first, article=replace(first.article, revision="another", body="Changed."))
    assert topics.UNIQUE.kafka_key(first) == topics.UNIQUE.kafka_key(second)
