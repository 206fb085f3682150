"""Kafka's topics and consumer groups: what exists, what is missing, and how many messages wait."""

import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import MemberToRemove, OffsetSpec
from kafka.errors import (
    AuthorizationError,
    BrokerResponseError,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)

from connectors.kafka import repairs
from connectors.kafka.connectivity import diagnose, unreachable
from streams.contract.errors import FatalError, StorywatchError, UsageError
from streams.contract.stage import APPS
from streams.contract.topics import is_changelog
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings
from streams.runtime.topology import pipeline

repairs.apply()  # every module that makes clients of kafka-python imports this one

ANSWER_MS = 5_000  # a broker on the same network answers in milliseconds; a person waits for this
CLUSTER_SECONDS = 30.0  # a busy cluster takes some to publish a new topic, or to elect the coordinator of a group
POLL_SECONDS = 0.1
NO_COORDINATOR = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)

logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its failures are reported as one line by `explain_failure`


def explain_failure(settings: Settings, error: Exception) -> StorywatchError:
    """The error to raise for a client's error: one line that says what to do."""
    if isinstance(error, AuthorizationError):
        return FatalError(
            f"Kafka at {settings.kafka} does not let user {settings.kafka_username} do this ({type(error).__name__}): "
            f"grant what docs/deploying.md lists"
        )
    if isinstance(error, BrokerResponseError) and not error.retriable:
        return UsageError(f"Kafka at {settings.kafka} refuses this: {' '.join(str(error).split())}")
    return diagnose(settings) or unreachable(settings, error)


@contextlib.contextmanager
def admin(settings: Settings) -> Iterator[Any]:
    """An admin client. Client errors, also in the body, are raised as `explain_failure` gives them."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=settings.kafka.split(","),
            client_id="storywatch-admin",
            request_timeout_ms=ANSWER_MS,
            bootstrap_timeout_ms=ANSWER_MS,
            **kafka_access(settings).options(),
        )
    except (KafkaError, OSError, ValueError) as error:
        raise explain_failure(settings, error) from error
    try:
        yield client
    except KafkaError as error:
        raise explain_failure(settings, error) from error
    finally:
        client.close()


@dataclass(frozen=True)
class ExistingTopics:
    """Topic name -> number of partitions."""

    partitions: Mapping[str, int]

    def missing(self, wanted: Mapping[str, Any]) -> list[str]:
        return [name for name in wanted if name not in self.partitions]

    def check(self, wanted: Mapping[str, Any], count: int) -> None:
        """Raises `UsageError` when a topic is missing or has another number of partitions than ``count``."""
        missing = self.missing(wanted)
        if missing and len(missing) < len(wanted) and is_changelog(missing[0]):
            raise UsageError(
                f"changelog {missing[0]} is missing, and with it what a stage remembers: stop every worker and run "
                f"`storywatch init`, which makes it and lets the stage read its input again (docs/troubles.md)"
            )
        if missing:
            together = f" ({len(missing)} in all)" if len(missing) > 1 else ""
            raise UsageError(f"topic {missing[0]} is missing{together}: run `storywatch init` first")
        for name in wanted:
            if self.partitions[name] != count:
                raise UsageError(
                    f"topic {name} has {self.partitions[name]} partitions, the setting STORYWATCH_PARTITIONS says "
                    f"{count}: set it to {self.partitions[name]}, or use another STORYWATCH_TOPIC_PREFIX"
                )


def existing(settings: Settings) -> ExistingTopics:
    """The topics of the cluster. Raises `Unavailable`."""
    with admin(settings) as client:
        return _present(client)


def create(settings: Settings, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Create the missing topics and return their names once the cluster knows them. ``wanted``: name -> settings.

    Raises `UsageError` when an existing topic has another number of partitions, `Unavailable`.
    """
    with admin(settings) as client:
        present = _present(client)
        made = present.missing(wanted)
        present.check({name: None for name in wanted if name not in made}, settings.partitions)
        if not made:
            return []
        with contextlib.suppress(TopicAlreadyExistsError):  # another `init` runs at the same time
            client.create_topics(
                {
                    name: {
                        "num_partitions": settings.partitions,
                        "replication_factor": settings.replication,
                        "configs": dict(wanted[name]),
                    }
                    for name in made
                }
            )
        _wait_until_known(client, made).check(wanted, settings.partitions)
        return made


def _present(client: Any) -> ExistingTopics:
    return ExistingTopics({topic["name"]: len(topic["partitions"]) for topic in client.describe_topics()})


def _wait_until_known(client: Any, names: Sequence[str]) -> ExistingTopics:
    """The topics once ``names`` are among them: a cluster agrees on a topic before every broker knows it."""
    deadline = time.monotonic() + CLUSTER_SECONDS
    while (present := _present(client)).missing(dict.fromkeys(names)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return present


def lag(settings: Settings, read: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Messages that are not committed yet, by "group topic"; ``read``: group -> the topics that it reads.

    Groups are asked in the given order: when upstream ones come first and all are zero, the pipeline is idle.
    """
    lags: dict[str, int] = {}
    with admin(settings) as client:
        for group, names in read.items():
            lags |= dict.fromkeys((f"{group} {name}" for name in names), 0)
            parts = partitions(client, names)
            committed = committed_offsets(client, group, parts)
            for part, end in end_offsets(client, parts).items():
                lags[f"{group} {part.topic}"] += max(0, end - next_offset(committed.get(part)))
    return lags


def partitions(client: Any, names: Sequence[str]) -> list[TopicPartition]:
    """The partitions of topics."""
    return [
        TopicPartition(topic["name"], part["partition_index"])
        for topic in client.describe_topics(list(names))
        for part in topic["partitions"]
    ]


def end_offsets(client: Any, parts: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Partition -> the offset that its next message will have."""
    found = client.list_partition_offsets(dict.fromkeys(parts, OffsetSpec.LATEST))
    return {part: one.offset for part, one in found.items()}


def lag_by_stage(settings: Settings) -> dict[str, int]:
    """Stage -> messages that wait for it, in the order of the pipeline, without those that retention has deleted.

    Only Kafka is asked, so it is known also while no worker runs. Raises `Unavailable`.
    """
    places = pipeline(settings)
    names = {place: place.reads.name(settings.topic_prefix) for place in places}
    with admin(settings) as client:
        parts: dict[str, list[TopicPartition]] = defaultdict(list)
        for part in partitions(client, list(dict.fromkeys(names.values()))):
            parts[part.topic].append(part)
        groups = {app: [part for place in places if place.app == app for part in parts[names[place]]] for app in APPS}
        # commits before ends: messages that are handled in between count as waiting, so no lag is negative
        handled = {app: committed_offsets(client, settings.app_id(app), wanted) for app, wanted in groups.items()}
        everywhere = [part for some in parts.values() for part in some]
        starts = client.list_partition_offsets(dict.fromkeys(everywhere, OffsetSpec.EARLIEST))
        ends = end_offsets(client, everywhere)
    return {
        place.name: sum(
            max(0, ends[part] - max(starts[part].offset, next_offset(handled[place.app].get(part))))
            for part in parts[names[place]]
        )
        for place in places
    }


def committed_by_partition(settings: Settings, group: str, topic: str) -> dict[int, int]:
    """Partition -> next offset of ``topic`` that ``group`` has not handled; without partitions never committed."""
    with admin(settings) as client:
        parts = partitions(client, [topic])
        found = committed_offsets(client, group, parts)
        return {part.partition: next_offset(found[part]) for part in parts if found.get(part) is not None}


def committed_offsets(client: Any, group: str, parts: list[TopicPartition]) -> Any:
    """Partition -> what a group has committed, without partitions never committed."""
    return ask_coordinator(partial(client.list_group_offsets, {group: parts})).get(group, {})


def ask_coordinator(ask: Callable[[], Any]) -> Any:
    """Ask a group's coordinator, and again while it moves; a new cluster has none before the first request."""
    deadline = time.monotonic() + CLUSTER_SECONDS
    while True:
        try:
            return ask()
        except NO_COORDINATOR:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def has_passed(client: Any, group: str, places: Iterable[Any]) -> bool:
    """Whether a group has committed past all of these records (topic, partition, offset)."""
    wanted = {TopicPartition(place.topic, place.partition): place.offset for place in places}
    committed = committed_offsets(client, group, list(wanted))
    return all(next_offset(committed.get(part)) > offset for part, offset in wanted.items())


def next_offset(committed: Any) -> int:
    """The offset of what `committed_offsets` gives for a partition; 0 where nothing was committed."""
    return max(0, committed.offset) if committed is not None else 0


def evict_members(settings: Settings, group: str) -> int:
    """Remove every member of a group; returns how many there were.

    Only for the embedded Kafka, which never expels a dead member, so that a killed worker could not rejoin. A lock
    ensures there that no second worker runs whose members would be removed.
    """
    with admin(settings) as client:
        described = ask_coordinator(partial(client.describe_groups, [group])).get(group, {})
        members = [MemberToRemove(member_id=member["member_id"]) for member in described.get("members", ())]
        if members:
            client.remove_group_members(group, members)
        return len(members)
