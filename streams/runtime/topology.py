"""The topics, changelogs and consumer groups that the pipeline needs in Kafka.

Stages are listed here by name, so that commands can ask about them without loading the models that the stages use. A
test holds the list to `streams.agents`.
"""

from dataclasses import dataclass

from streams.contract.stage import SOURCES, STATE, STORE, WORK, App
from streams.contract.topics import (
    ALERTS,
    ALL,
    AUDIT,
    CANDIDATES,
    CLEAN,
    DAY_MS,
    DEADLETTERS,
    FILED,
    LINKS,
    MAX_RECORD_BYTES,
    POLLS,
    RAW,
    RESOLUTIONS,
    SKETCHES,
    TAGGED,
    TIMES,
    UNIQUE,
    UPDATES,
    Topic,
    changelog,
)
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class StageEntry:
    """Position of a stage in the pipeline: its app, its input topic, and its table if it has one."""

    name: str
    app: App
    reads: Topic
    table: str | None = None


PIPELINE = (
    StageEntry("poll", SOURCES, POLLS, "poll"),
    StageEntry("clean", WORK, RAW),
    StageEntry("dedup", STATE, CLEAN, "dedup"),
    StageEntry("tag", WORK, UNIQUE),
    StageEntry("story", STATE, TAGGED, "story"),
    StageEntry("match", STATE, UPDATES, "match"),
    StageEntry("decide", STATE, CANDIDATES, "decide"),
    StageEntry("deliver", STATE, ALERTS, "deliver"),
    StageEntry("store_articles", STORE, FILED),
    StageEntry("embed", WORK, FILED),
    StageEntry("link", STATE, SKETCHES, "link"),
    StageEntry("store_stories", STORE, UPDATES),
    StageEntry("store_alerts", STORE, ALERTS),
    StageEntry("store_letters", STORE, DEADLETTERS),
    StageEntry("store_resolutions", STORE, RESOLUTIONS),
    StageEntry("store_audit", STORE, AUDIT),
    StageEntry("store_links", STORE, LINKS),
)

# the topics that an article passes, one after another; it ends with the readers of the last, unless an alert fires
ARTICLE_PATH = ((RAW,), (CLEAN,), (UNIQUE,), (TAGGED,), (FILED, UPDATES))

WITH_LINKS = frozenset({"embed"})  # with ``STORYWATCH_LINKS`` only; `link` takes corrections at any time

SEGMENT_BYTES = 16_000_000  # brokers delete whole segments: with the default of 1 GB a small limit would have no effect


def required_topics(settings: Settings) -> dict[str, dict[str, str]]:
    """Topic name -> broker settings, for all topics that `init` creates and a worker needs."""
    needed = {topic.name(settings.topic_prefix): topic.config() for topic in ALL}
    for topic, days in retention_days(settings).items():
        needed[topic.name(settings.topic_prefix)]["retention.ms"] = str(days * DAY_MS)
    needed[DEADLETTERS.name(settings.topic_prefix)] |= {
        "retention.bytes": str(settings.deadletter_megabytes * 1_000_000),
        "segment.bytes": str(SEGMENT_BYTES),
    }
    for stage in PIPELINE:
        if stage.table:
            # For a day, longer than any worker takes to recover, tombstones stay readable and rows are not compacted:
            # a stale row is then found next to the valid one (see streams.runtime.state.table)
            needed[changelog(settings.app_id(stage.app), stage.table)] = {
                **TIMES,
                "cleanup.policy": "compact",
                "delete.retention.ms": str(DAY_MS),
                "min.compaction.lag.ms": str(DAY_MS),
                "max.message.bytes": str(MAX_RECORD_BYTES),
            }
    return needed


def pipeline(settings: Settings) -> tuple[StageEntry, ...]:
    """Return the stages that run with these settings, in the order of `PIPELINE`."""
    return tuple(stage for stage in PIPELINE if settings.links or stage.name not in WITH_LINKS)


def retention_days(settings: Settings) -> dict[Topic, int]:
    """Topic -> days, for the topics whose retention the operator chooses. That of the others follows from the delivery
    guarantees: they are read again after an outage."""
    between = (CLEAN, UNIQUE, TAGGED, CANDIDATES)
    return {
        RAW: settings.raw_days,
        **dict.fromkeys(between, settings.stream_days),
        DEADLETTERS: settings.deadletter_days,
    }


def article_path(settings: Settings) -> tuple[frozenset[tuple[str, str]], ...]:
    """The steps of an article's path: (consumer group, name of a topic that it reads), in the order of the pipeline."""
    stages = pipeline(settings)
    return tuple(
        frozenset(
            (settings.app_id(stage.app), stage.reads.name(settings.topic_prefix))
            for stage in stages
            if stage.reads in step
        )
        for step in ARTICLE_PATH
    )


def consumer_groups(settings: Settings) -> dict[str, list[str]]:
    """Consumer group -> names of the topics that it reads, in the order of the pipeline."""
    groups: dict[str, list[str]] = {}
    for stage in pipeline(settings):
        names = groups.setdefault(settings.app_id(stage.app), [])
        name = stage.reads.name(settings.topic_prefix)
        if name not in names:
            names.append(name)
    return groups
