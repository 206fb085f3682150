"""What has to exist in Kafka, and who reads it: the topics, and one changelog for each stage that keeps rows.

The stages stand here by name once more, held to `streams.agents` by a test: whoever asks Kafka about them, as a
command does, must not load the models and tables that the stages work with.
"""

from dataclasses import dataclass

from streams.contract.stage import STATE, STORE, WORK, App
from streams.contract.topics import (
    ALERTS,
    ALL,
    CANDIDATES,
    CLEAN,
    DAY_MS,
    DEADLETTERS,
    FILED,
    MAX_RECORD_BYTES,
    RAW,
    RESOLUTIONS,
    TAGGED,
    TIMES,
    UNIQUE,
    UPDATES,
    Topic,
    changelog,
)
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class Place:
    """Where a stage stands: the process it runs in, the topic it reads, and its table when it keeps rows."""

    name: str
    app: App
    reads: Topic
    table: str | None = None


PIPELINE = (
    Place("clean", WORK, RAW),
    Place("dedup", STATE, CLEAN, "dedup"),
    Place("tag", WORK, UNIQUE),
    Place("story", STATE, TAGGED, "story"),
    Place("match", STATE, UPDATES, "match"),
    Place("decide", STATE, CANDIDATES, "decide"),
    Place("deliver", STATE, ALERTS, "deliver"),
    Place("store_articles", STORE, FILED),
    Place("store_stories", STORE, UPDATES),
    Place("store_alerts", STORE, ALERTS),
    Place("store_letters", STORE, DEADLETTERS),
    Place("store_resolutions", STORE, RESOLUTIONS),
)

SEGMENT_BYTES = 16_000_000  # a broker deletes whole segments: with its usual 1 GB a small limit would mean nothing


def required_topics(settings: Settings) -> dict[str, dict[str, str]]:
    """Topic name -> broker settings, of all that `init` makes and a worker needs."""
    needed = {topic.name(settings.topic_prefix): topic.config() for topic in ALL}
    for topic, days in retention_days(settings).items():
        needed[topic.name(settings.topic_prefix)]["retention.ms"] = str(days * DAY_MS)
    needed[DEADLETTERS.name(settings.topic_prefix)] |= {
        "retention.bytes": str(settings.deadletter_megabytes * 1_000_000),
        "segment.bytes": str(SEGMENT_BYTES),
    }
    for stage in PIPELINE:
        if stage.table:
            # a row that is removed stays readable for a day, longer than any worker takes to recover; and as long
            # no row is compacted, so that one that came too late is found beside the right one, as
            # streams.runtime.state.table explains
            needed[changelog(settings.app_id(stage.app), stage.table)] = {
                **TIMES,
                "cleanup.policy": "compact",
                "delete.retention.ms": str(DAY_MS),
                "min.compaction.lag.ms": str(DAY_MS),
                "max.message.bytes": str(MAX_RECORD_BYTES),
            }
    return needed


def retention_days(settings: Settings) -> dict[Topic, int]:
    """Days that the topics keep whose retention is an operator's choice. That of the others follows from the promises:
    what they hold is read again after an outage."""
    between = (CLEAN, UNIQUE, TAGGED, CANDIDATES)
    return {
        RAW: settings.raw_days,
        **dict.fromkeys(between, settings.stream_days),
        DEADLETTERS: settings.deadletter_days,
    }


def consumer_groups(settings: Settings) -> dict[str, list[str]]:
    """Consumer group -> the topics it reads, in the order of the pipeline."""
    groups: dict[str, list[str]] = {}
    for stage in PIPELINE:
        names = groups.setdefault(settings.app_id(stage.app), [])
        name = stage.reads.name(settings.topic_prefix)
        if name not in names:
            names.append(name)
    return groups
