"""Topics as `init` makes them, and what the broker says of them."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import MessageSizeTooLargeError
from kafka.structs import OffsetAndMetadata

from connectors.kafka import admin, topic_settings
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.stack import Kind
from streams.contract import topics
from streams.contract.errors import Unavailable, UsageError
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.fiction import raw

WANTED = {topics.RAW.base: topics.RAW.config(), topics.TRACKS.base: topics.TRACKS.config()}


def wanted(settings: Settings) -> dict[str, dict[str, str]]:
    return {f"{settings.topic_prefix}{name}": config for name, config in WANTED.items()}


def test_topics_are_made_once(settings: Settings) -> None:
    everything = topology.required_topics(settings)
    assert sorted(admin.create(settings, everything)) == sorted(everything)
    assert admin.create(settings, everything) == []
    found = admin.existing(settings).partitions
    assert {name: found[name] for name in everything} == dict.fromkeys(everything, 2)


def test_a_topic_with_other_partitions_is_named_with_the_way_out(settings: Settings) -> None:
    admin.create(settings, wanted(settings))
    other = settings.model_copy(update={"partitions": 3})
    name = min(wanted(settings))
    for attempt in (
        lambda: admin.create(other, wanted(other)),
        lambda: admin.existing(other).check(wanted(other), 3),
    ):
        with pytest.raises(UsageError) as refused:
            attempt()
        assert f"topic {name} has 2 partitions" in str(refused.value)
        assert "STORYWATCH_PARTITIONS says 3: set it to 2" in str(refused.value)


def test_a_topic_that_is_missing_is_named(settings: Settings) -> None:
    first, second = wanted(settings)
    admin.create(settings, {first: {}})
    with pytest.raises(UsageError, match=f"topic {second} is missing: run `storywatch init`"):
        admin.existing(settings).check(wanted(settings), 2)


def test_a_topic_has_the_settings_that_were_asked_for(settings: Settings) -> None:
    admin.create(settings, wanted(settings))
    with admin.admin(settings) as client:
        for name, config in wanted(settings).items():
            told = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            found = configs(told)
            assert {key: found[key] for key in config} == config


NARROW = {"cleanup.policy": "delete", "max.message.bytes": "5000", "retention.ms": "1000"}
WIDE = {"max.message.bytes": "5000000"}


def test_a_topic_that_was_set_otherwise_is_named_and_mended(settings: Settings) -> None:
    needed = wanted(settings)
    articles, tracks = needed
    admin.create(settings, {articles: needed[articles] | WIDE, tracks: needed[tracks] | NARROW})
    with pytest.raises(
        UsageError, match=f"topic {tracks} has cleanup.policy delete, and needs compact: run `storywatch"
    ):
        topic_settings.check(settings, needed)
    mended = topic_settings.align(settings, needed)
    assert [(one.topic, str(one)) for one in mended] == [
        (tracks, "cleanup.policy delete -> compact"),
        (tracks, "max.message.bytes 5000 -> 1048588"),
    ], "a topic that takes more is left alone, and so is what an operator says of retention"
    topic_settings.check(settings, needed)
    assert topic_settings.align(settings, needed) == []


def configs(told: Any) -> dict[str, str]:
    """Name -> value, of the one topic that was asked for."""
    (entries,) = [entries for topics_ in told.values() for entries in topics_.values()]
    return {name: str(entry["value"] if isinstance(entry, dict) else entry.value) for name, entry in entries.items()}


def test_what_is_not_committed_is_lag(settings: Settings) -> None:
    admin.create(settings, wanted(settings))
    topic, group = topics.RAW.name(settings.topic_prefix), f"{settings.topic_prefix}group"
    read = {group: [topic]}
    assert admin.lag(settings, read) == {f"{group} {topic}": 0}
    with Producer(settings) as producer:
        for number in range(10):
            producer.send(topics.RAW, raw(f"article {number}"))
    assert admin.lag(settings, read) == {f"{group} {topic}": 10}
    with Reader(settings, [topics.RAW]) as reader:
        first = [record for record in reader.read_to_end() if record.partition == 0]
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka, group_id=group, enable_auto_commit=False)
    try:
        part = TopicPartition(topic, 0)
        consumer.assign([part])
        consumer.commit({part: OffsetAndMetadata(len(first), "", -1)})
    finally:
        consumer.close()
    assert admin.lag(settings, read) == {f"{group} {topic}": 10 - len(first)}


@pytest.mark.parametrize("off", [timedelta(days=-3000), timedelta(days=3)], ids=["long ago", "in days"])
def test_a_record_has_the_time_of_the_broker(settings: Settings, off: timedelta) -> None:
    admin.create(settings, wanted(settings))
    before = time.time()
    send(settings, b"x", timestamp_ms=int((before + off.total_seconds()) * 1000))
    with Reader(settings, [topics.RAW]) as reader:
        (record,) = reader.read_to_end()
    assert abs(record.time - datetime.fromtimestamp(before, UTC)) < timedelta(minutes=5)


def test_a_record_over_the_limit_of_its_topic_is_refused(settings: Settings) -> None:
    admin.create(settings, {topics.RAW.name(settings.topic_prefix): {"max.message.bytes": "5000"}})
    send(settings, b"x" * 4000)
    with pytest.raises(MessageSizeTooLargeError):
        send(settings, b"x" * 6000)
    with Reader(settings, [topics.RAW]) as reader:
        assert [len(record.value or b"") for record in reader.read_to_end()] == [4000]


def test_a_record_of_the_largest_size_that_we_send_is_taken(settings: Settings) -> None:
    names = {topic.name(settings.topic_prefix): topic.config() for topic in (topics.RAW, topics.DEADLETTERS)}
    admin.create(settings, names)
    send(settings, b"x" * (topics.MAX_RECORD_BYTES - 200))
    send(settings, b"x" * topics.MAX_RECORD_BYTES, topics.DEADLETTERS)
    with Reader(settings, [topics.RAW, topics.DEADLETTERS]) as reader:
        sizes = sorted(len(record.value or b"") for record in reader.read_to_end())
    assert sizes == [topics.MAX_RECORD_BYTES - 200, topics.MAX_RECORD_BYTES]


def test_a_mistyped_topic_is_not_made_by_asking_for_it(settings: Settings) -> None:
    with pytest.raises(UsageError, match="does not exist: run `storywatch init`"):
        Reader(settings, [topics.RAW])
    assert topics.RAW.name(settings.topic_prefix) not in admin.existing(settings).partitions


def send(settings: Settings, value: bytes, topic: topics.Topic = topics.RAW, timestamp_ms: int | None = None) -> None:
    producer = KafkaProducer(bootstrap_servers=settings.kafka, max_request_size=2_000_000)
    try:
        name = topic.name(settings.topic_prefix)
        producer.send(name, key=b"k", value=value, timestamp_ms=timestamp_ms).get(timeout=20)
    finally:
        producer.close(timeout=5)


def test_a_reader_gives_up_on_records_that_never_come(settings: Settings, stack_kind: Kind) -> None:
    if stack_kind == "embedded":
        pytest.skip("the embedded Kafka sends everything at once, whatever it is asked for")
    admin.create(settings, wanted(settings))
    for _ in range(20):
        send(settings, b"x" * 900_000)  # a fetch brings one
    with Reader(settings, [topics.RAW], silence_seconds=1.0) as reader:
        looks = reader.batches_to_end()
        next(looks)
        with admin.admin(settings) as client:
            client.delete_topics([topics.RAW.name(settings.topic_prefix)])
        with pytest.raises(Unavailable, match="Kafka does not answer"):
            list(looks)
